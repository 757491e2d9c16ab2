//! Writes the sample journal of the format, when it is asked for by name:
//! `HOTWASH_WRITE_SAMPLE=1 cargo test --test suite writes_the_sample`.

use std::path::Path;

use hotwash::runtime::persist::{Persist, Urgency};
use hotwash::runtime::store::Store;

use super::script::{ID, records};

#[test]
fn writes_the_sample_only_when_asked() {
    if std::env::var_os("HOTWASH_WRITE_SAMPLE").is_none() {
        return;
    }
    let keep = tempfile::tempdir().unwrap();
    let store = Store::at(keep.path());
    let session = store.create_as(ID).unwrap();
    let from = session.path.clone();
    let persist = Persist::spawn(session, |_| {}).unwrap();
    records().into_iter().for_each(|r| persist.append(r, Urgency::Decision).unwrap());
    let closed = persist.flush_and_close();
    let to = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/journals/v1"));
    let _ = std::fs::remove_dir_all(to.join("catalog"));
    std::fs::create_dir_all(to.join("catalog/blobs")).unwrap();
    std::fs::copy(from.join("journal-0001.hw"), to.join("catalog/journal-0001.hw")).unwrap();
    for blob in std::fs::read_dir(from.join("blobs")).unwrap() {
        let blob = blob.unwrap();
        std::fs::copy(blob.path(), to.join("catalog/blobs").join(blob.file_name())).unwrap();
    }
    std::fs::write(to.join("head"), format!("{}\n", closed.head.unwrap())).unwrap();
}
