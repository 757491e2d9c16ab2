//! The list of sessions and the search over them.

use std::fs;
use std::path::Path;
use std::time::Instant;

use hotwash::app::HomeRow;
use hotwash::runtime::history;
use hotwash::runtime::scripted;
use hotwash::runtime::store::Store;

use super::script::{ID, SCRIPT, begin};

fn saved() -> (tempfile::TempDir, Store) {
    let keep = tempfile::tempdir().unwrap();
    let store = Store::at(keep.path());
    scripted::run(&store, ID, SCRIPT, |_| {}).unwrap();
    (keep, store)
}

#[test]
fn a_row_says_title_severity_times_records_and_size() {
    let (_keep, store) = saved();
    let rows = history::rows(&store).unwrap();
    let row = &rows[0];
    assert_eq!((rows.len(), row.id.as_str(), row.records), (1, ID, 32));
    assert_eq!(row.title, "catalog writes fail: audit log filled /var");
    assert_eq!((row.severity.as_deref(), row.service.as_deref()), (Some("SEV2"), Some("catalog-api")));
    assert!(row.started.unwrap() < row.last.unwrap() && row.started.unwrap() > begin());
    assert!(row.bytes > 40_000, "{} with its blob", row.bytes);
    assert_eq!(HomeRow::from(row.clone()).severity, "SEV2");
}

#[test]
fn the_newest_comes_first_and_what_can_t_be_read_is_listed_with_its_reason() {
    let (_keep, store) = saved();
    let newer = store.create().unwrap().id;
    let broken = store.create().unwrap();
    fs::create_dir(broken.path.join("journal-0001.hw")).unwrap();
    let rows = history::rows(&store).unwrap();
    let ids: Vec<&str> = rows.iter().map(|r| r.id.as_str()).collect();
    assert_eq!(ids, [broken.id.as_str(), &newer, ID]);
    assert!(rows[0].fault.as_deref().unwrap().contains("no ordinary file"));
    assert_eq!((rows[1].records, rows[1].fault.as_deref()), (0, None));
    assert!(history::rows(&Store::at("/nonexistent/home")).unwrap().is_empty());
}

#[test]
fn a_torn_or_long_journal_is_listed_by_its_last_whole_line() {
    let (_keep, store) = saved();
    let file = store.sessions_path().join(ID).join("journal-0001.hw");
    let whole = fs::read(&file).unwrap();
    fs::write(&file, &whole[..whole.len() - 10]).unwrap();
    assert_eq!(history::rows(&store).unwrap()[0].records, 31);
    fs::write(&file, &whole).unwrap();
    let output = r#"{"by":"program","event":{"type":"run_output","run":9,"text":"TEXT"}}"#;
    let long = vec![output.replace("TEXT", &"x".repeat(60_000)); 60].join("\n");
    scripted::run(&store, ID, &long, |_| {}).unwrap();
    let row = history::rows(&store).unwrap().remove(0);
    assert_eq!((row.records, row.severity.as_deref()), (92, Some("SEV2")), "{row:?}");
}

#[test]
fn a_search_finds_what_a_person_would_read_and_says_where() {
    let (_keep, store) = saved();
    let found = |text: &str| history::search(&store, text).unwrap().into_iter().next().and_then(|r| r.found);
    assert!(found("AUTOVACUUM").unwrap().starts_with("judgement: "));
    assert!(found("WRITE 299 FAILED").unwrap().starts_with("errors.log: "), "within a blob");
    assert!(found("freeze releases").unwrap().starts_with("note: "));
    assert!(found("base/16402/24577\": No space").unwrap().contains("could not extend"), "quotes are found");
    assert!(found("df -h /var").is_some());
    assert_eq!(found("session_started"), None, "our own words are no find");
    assert_eq!(found("nobody wrote this"), None);
}

#[test]
fn many_sessions_are_listed_quickly() {
    let (_keep, store) = saved();
    let count = if std::env::var_os("HOTWASH_MEASURE").is_some() { 2_000 } else { 100 };
    let from = store.sessions_path().join(ID);
    for n in 1..count {
        let to = store.sessions_path().join(format!("01957b2e-0000-7000-8000-1{n:011x}"));
        copy(&from, &to);
    }
    let begun = Instant::now();
    let rows = history::rows(&store).unwrap();
    let listed = begun.elapsed();
    let begun = Instant::now();
    let found = history::search(&store, "nobody wrote this").unwrap();
    println!("{} sessions listed in {listed:?}, searched in {:?}", rows.len(), begun.elapsed());
    assert!(rows.len() == count && found.is_empty());
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to.join("blobs")).unwrap();
    fs::copy(from.join("journal-0001.hw"), to.join("journal-0001.hw")).unwrap();
    for blob in fs::read_dir(from.join("blobs")).unwrap() {
        let blob = blob.unwrap();
        fs::copy(blob.path(), to.join("blobs").join(blob.file_name())).unwrap();
    }
}
