//! Following: whoever follows folds and draws what the lead has, from a file and through a pipe, and can
//! do nothing to it.

pub mod equal;
mod figures;
mod files;
mod live;
pub mod peers;
mod presence;
mod shared;
mod strangers;

use std::path::Path;

use hotwash::app::Desk;
use hotwash::journal::Record;
use hotwash::journal::feed::Fed;
use hotwash::runtime::folder::Folder;
use hotwash::runtime::follow::Inlet;
use hotwash::runtime::follow::file::FileInlet;
use hotwash::runtime::follow::follower::Mirror;
use hotwash::runtime::follow::inlet::{Ended, Said, listen};
use hotwash::runtime::persist::{Persist, Urgency};
use hotwash::runtime::store::Store;

use crate::bench::clock;

pub const ID: &str = "01900000-0000-7000-8000-000000000001";

/// Saves records as a session of this home.
pub fn save(home: &Path, records: &[Record]) {
    let persist = Persist::spawn(Store::at(home).create_as(ID).unwrap(), |_| {}).unwrap();
    records.iter().for_each(|r| persist.append(r.clone(), Urgency::Stream).unwrap());
    assert_eq!(persist.flush_and_close().lost, None);
}

pub fn folder(home: &Path) -> Folder {
    Folder::open(&home.join("sessions").join(ID)).unwrap()
}

/// A follower's state, before anything was heard.
pub fn mirror() -> Mirror {
    Mirror::new(Desk::follow("lee", (120, 36), clock(), "test"))
}

/// Everything an inlet says until it ends.
pub fn all(inlet: Box<dyn Inlet>) -> (Vec<Fed>, Ended) {
    let mut said = listen(inlet).unwrap();
    let mut lines = Vec::new();
    loop {
        match said.blocking_recv().unwrap() {
            Said::Lines(more) => lines.extend(more),
            Said::Told(_) => {}
            Said::Ended(ended) => return (lines, ended),
        }
    }
}

pub fn all_of_file(home: &Path) -> Vec<Fed> {
    all(Box::new(FileInlet::new(folder(home), ID).once())).0
}

/// The mirror after these lines, every input taken by its core.
pub fn heard(lines: Vec<Fed>) -> Mirror {
    let mut mirror = mirror();
    hear(&mut mirror, lines);
    mirror
}

pub fn hear(mirror: &mut Mirror, lines: Vec<Fed>) {
    for input in mirror.hear(lines) {
        let turn = mirror.take(input);
        assert_eq!(turn.events, []);
    }
}
