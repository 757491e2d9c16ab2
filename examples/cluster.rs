//! Prints what is read of a cluster from a file.
#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a program that prints")]

use std::sync::Arc;

use hotwash::domain::{Evidence, Origin, Source, SourceId};

fn main() {
    for path in std::env::args().skip(1) {
        let text: Arc<str> = std::fs::read_to_string(&path).unwrap().into();
        let source = Source { id: SourceId(0), name: path, origin: Origin::Paste, text };
        let evidence = Evidence { sources: vec![source], readings: vec![] };
        let began = std::time::Instant::now();
        let cluster = hotwash::intake::kube::cluster(&evidence);
        println!("{cluster:#?}\n{:?}", began.elapsed());
    }
}
