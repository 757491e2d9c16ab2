//! The history: the catalog over all sessions, its cache, tags, the bin; as a person uses them.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use hotwash::analyst::likeness::Traits;
use hotwash::analyst::playbook::PastIncident;
use hotwash::app::desk::Screen;
use hotwash::app::{Effect, HomeRow, Input, SavedKind, SessionsQuery};
use hotwash::journal::event::Event;
use hotwash::runtime::catalog::{Catalog, FILE};
use hotwash::runtime::history::Row;
use hotwash::runtime::store::Store;
use hotwash::runtime::{archive, bin, scripted, tags};

use crate::bench::{Bench, clock};
use crate::journal::script::{ID, SCRIPT};

pub fn saved() -> (tempfile::TempDir, Store) {
    let keep = tempfile::tempdir().unwrap();
    let store = Store::at(keep.path());
    scripted::run(&store, ID, SCRIPT, |_| {}).unwrap();
    (keep, store)
}

pub fn add(store: &Store, title: &str, lines: &[&str]) -> String {
    let id = uuid::Uuid::now_v7().to_string();
    let start = r#"{"by":"program","event":{"type":"session_started","id":"$ID","title":"TITLE","service":null,"version":"0.1.0"}}"#;
    let mut script = start.replace("TITLE", title);
    for line in lines {
        script.push('\n');
        script.push_str(line);
    }
    scripted::run(store, &id, &script, |_| {}).unwrap();
    id
}

fn found(store: &Store, query: &str) -> Vec<Row> {
    Catalog::of(store.clone()).list(&SessionsQuery::parse(query).unwrap(), &mut |_, _| {}).unwrap()
}

fn titles(rows: &[Row]) -> Vec<&str> {
    rows.iter().map(|r| r.title.as_str()).collect()
}

#[test]
fn a_search_finds_words_names_and_parts_of_names_and_says_where() {
    let (_keep, store) = saved();
    add(&store, "dns in checkout-api", &[]);
    for (query, title, place) in [
        ("autovacuum", "catalog writes fail: audit log filled /var", "note: "),
        ("freeze releas", "catalog writes fail: audit log filled /var", "note: "),
        ("checkout-api", "dns in checkout-api", "title: "),
        ("checkout", "dns in checkout-api", "title: "),
        ("api dns", "dns in checkout-api", "title: "),
    ] {
        let rows = found(&store, query);
        assert!(titles(&rows).contains(&title), "{query}: {rows:?}");
        let row = rows.iter().find(|r| r.title == title).unwrap();
        assert!(row.found.as_deref().is_some_and(|f| f.starts_with(place)), "{query}: {:?}", row.found);
    }
    assert_eq!(found(&store, "nobody-wrote-this"), []);
    assert_eq!(found(&store, "\" OR title : NEAR(x) *").len(), 0, "a query is words, no language");
}

#[test]
fn what_changed_is_read_again_and_what_is_gone_is_forgotten() {
    let (_keep, store) = saved();
    assert_eq!(found(&store, "").len(), 1);
    let more = r#"{"by":{"person":"mira"},"event":{"type":"note_taken","kind":"note","text":"the pelican was right"}}"#;
    scripted::run(&store, ID, more, |_| {}).unwrap();
    assert_eq!(found(&store, "pelican").len(), 1);
    assert_eq!(found(&store, "")[0].records, 33);
    fs::remove_dir_all(store.sessions_path().join(ID)).unwrap();
    assert_eq!(found(&store, "pelican"), []);
    assert_eq!(found(&store, ""), []);
}

#[test]
fn a_damaged_or_missing_cache_is_made_anew_and_is_private() {
    let (keep, store) = saved();
    let before = found(&store, "autovacuum");
    let cache = keep.path().join(FILE);
    let mode = |p: &Path| fs::metadata(p).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&cache), 0o600);
    let whole = fs::read(&cache).unwrap();
    let mut torn = whole.clone();
    torn.truncate(whole.len() / 2);
    let mut scribbled = whole.clone();
    scribbled[4096..].iter_mut().for_each(|b| *b = 0x5a);
    for bytes in [b"garbage".to_vec(), torn, scribbled] {
        fs::write(&cache, bytes).unwrap();
        assert_eq!(found(&store, "autovacuum"), before);
        assert_eq!(mode(&cache), 0o600);
    }
    fs::remove_file(&cache).unwrap();
    assert_eq!(found(&store, "autovacuum"), before);
}

#[test]
fn where_no_cache_can_be_kept_the_sessions_are_looked_through() {
    let (keep, store) = saved();
    fs::create_dir(keep.path().join(FILE)).unwrap();
    assert_eq!(found(&store, "").len(), 1);
    assert_eq!(found(&store, "AUTOVACUUM").len(), 1);
    assert_eq!(found(&store, "sev:3").len(), 0);
}

#[test]
fn only_masked_text_goes_into_the_cache() {
    let (keep, store) = saved();
    let secret = ["AKIA", "Q3EGRZ7X5NHW2TVB"].concat();
    let note = format!(
        r#"{{"by":{{"person":"mira"}},"event":{{"type":"note_taken","kind":"note","text":"aws_access_key_id = {secret} pelican"}}}}"#
    );
    add(&store, &format!("aws_access_key_id = {secret}"), &[&note]);
    assert_eq!(found(&store, "pelican").len(), 1);
    let bytes = fs::read(keep.path().join(FILE)).unwrap();
    assert!(!bytes.windows(secret.len()).any(|w| w.eq_ignore_ascii_case(secret.as_bytes())));
}

#[test]
fn tags_are_kept_in_the_journal_and_found() {
    let (keep, store) = saved();
    let other = add(&store, "other", &[]);
    assert_eq!(tags::tag(&store, ID, "disk +Urgent", "kim").unwrap(), ["disk", "urgent"]);
    assert_eq!(tags::tag(&store, ID, "-urgent", "kim").unwrap(), ["disk"]);
    assert_eq!(tags::tag(&store, &other, "", "kim").unwrap(), Vec::<String>::new());
    assert_eq!(found(&store, "tag:disk").len(), 1);
    fs::remove_file(keep.path().join(FILE)).unwrap();
    assert_eq!(found(&store, "tag:disk")[0].tags, ["disk"], "the cache is not where they live");
    let records = store.load(ID).unwrap().records;
    assert!(records.iter().any(|r| matches!(&r.event, Event::Tagged { tags } if tags == &["disk", "urgent"])));
    assert!(store.verify(ID).unwrap().holds());
}

#[test]
fn what_is_deleted_lies_in_the_bin_and_comes_back_whole() {
    let (_keep, store) = saved();
    let before = store.load(ID).unwrap().head;
    let open = store.open(ID).unwrap();
    assert!(bin::delete(&store, ID).unwrap_err().what.contains("is open"), "whoever has it open keeps it");
    drop(open);
    bin::delete(&store, &ID[..8]).unwrap();
    assert_eq!(found(&store, ""), []);
    assert_eq!(found(&store, "is:binned").len(), 1);
    assert_eq!(found(&store, "autovacuum"), []);
    assert!(store.load(ID).is_err());
    bin::restore(&store, ID).unwrap();
    assert_eq!(store.load(ID).unwrap().head, before);
    assert_eq!(found(&store, "").len(), 1);
    assert_eq!(found(&store, "is:binned"), []);
    assert!(bin::restore(&store, ID).unwrap_err().hint.contains("--bin"));
}

#[test]
fn the_bin_is_emptied_of_what_was_named_and_of_nothing_else() {
    let (keep, store) = saved();
    let (gone, kept) = (add(&store, "pelican lost", &[]), add(&store, "heron kept", &[]));
    for id in [&gone, &kept] {
        bin::delete(&store, id).unwrap();
    }
    assert_eq!(found(&store, "is:binned pelican").len(), 1);
    let elsewhere = keep.path().join("elsewhere");
    fs::write(&elsewhere, "not ours").unwrap();
    std::os::unix::fs::symlink(&elsewhere, keep.path().join("bin").join(&gone).join("link")).unwrap();
    assert_eq!(bin::empty(&store, &[gone.clone(), ID.to_owned()]).unwrap(), 1, "what is not in the bin stays");
    assert!(elsewhere.exists(), "a link is taken away, not what it names");
    assert_eq!(bin::ids(&store).unwrap(), [kept]);
    assert!(bin::restore(&store, &gone).is_err());
    assert_eq!((found(&store, "is:binned pelican").len(), found(&store, "").len()), (0, 1));
    let bytes = fs::read(keep.path().join(FILE)).unwrap();
    assert!(!bytes.windows(7).any(|w| w == b"pelican"), "its words are out of the cache, too");
}

#[test]
fn an_emptying_that_was_cut_off_lists_no_half_session_and_is_ended_by_the_next() {
    let (keep, store) = saved();
    bin::delete(&store, ID).unwrap();
    let half = keep.path().join("bin").join(format!("erasing-{ID}"));
    fs::rename(keep.path().join("bin").join(ID), &half).unwrap();
    assert_eq!(bin::ids(&store).unwrap(), Vec::<String>::new());
    assert_eq!(found(&store, "is:binned"), []);
    bin::empty(&store, &[]).unwrap();
    assert!(!half.exists());
}

#[test]
fn the_verb_that_empties_the_bin_asks_for_how_many() {
    let (keep, store) = saved();
    bin::delete(&store, ID).unwrap();
    let run = |args: &[&str], typed: &str| {
        let mut verb = assert_cmd::Command::cargo_bin("hotwash").unwrap();
        let done = verb.env("HOTWASH_HOME", keep.path()).args(args).write_stdin(typed).output().unwrap();
        (done.status.code(), String::from_utf8_lossy(&[done.stdout, done.stderr].concat()).into_owned())
    };
    for typed in ["", "yes\n", "erase 2 sessions\n"] {
        let (code, said) = run(&["empty-bin"], typed);
        assert!(code == Some(2) && said.contains("audit log") && said.contains("nothing was erased"), "{said}");
    }
    assert_eq!(run(&["empty-bin", "--confirm", "erase 9 sessions"], "").0, Some(2));
    assert_eq!(bin::ids(&store).unwrap().len(), 1);
    let (code, said) = run(&["empty-bin"], "erase 1 session\n");
    assert!(code == Some(0) && said.contains("1 session is erased for good"), "{said}");
    assert!(run(&["empty-bin"], "").1.contains("nothing is in the bin"));
}

#[test]
fn the_bin_is_emptied_from_the_home_screen_by_typing_how_many() {
    let mut b = home(vec![row("aaaaaaaa-1", "checkout down")]);
    b.keys("E");
    assert!(b.desk.prompt.is_none() && b.says("look at the bin first"), "{}", b.screen());
    b.keys("B");
    let query = b.desk.home_query.clone();
    b.input(Input::FoundSessions { query, rows: vec![row("aaaaaaaa-1", "checkout down")] });
    assert!(b.says("E erases them for good"), "{}", b.screen());
    b.keys("E 'yes' enter");
    assert!(b.says("nothing was erased"), "{}", b.screen());
    assert!(!b.effects.iter().any(|e| matches!(e, Effect::EmptyBin { .. })));
    b.keys("E");
    assert!(b.says("type `erase 1 session`"), "{}", b.screen());
    b.keys("'erase 1 session' enter");
    assert!(b.effects.contains(&Effect::EmptyBin { ids: vec!["aaaaaaaa-1".into()] }));
}

fn home(rows: Vec<HomeRow>) -> Bench {
    let mut b = Bench::new((80, 24));
    b.input(Input::Sessions(rows));
    b
}

fn row(id: &str, title: &str) -> HomeRow {
    HomeRow {
        id: id.into(),
        title: title.into(),
        started: Some(clock()),
        severity: "SEV2".into(),
        ..HomeRow::default()
    }
}

#[test]
fn the_home_screen_finds_sorts_and_says_what_it_shows() {
    let mut b = home(vec![row("aaaaaaaa-1", "checkout down")]);
    b.keys("/ 'heap tag:cache' enter");
    let asked = SessionsQuery::parse("heap tag:cache").unwrap();
    assert!(b.effects.contains(&Effect::FindSessions { query: asked.clone() }));
    b.input(Input::Sessions(vec![row("cccccccc-3", "a late answer")]));
    assert!(!b.says("a late answer"), "the answer to an older question");
    let hit = HomeRow {
        found: Some("note: the heap grew".into()),
        tags: vec!["cache".into()],
        kind: SavedKind::Imported,
        ..row("bbbbbbbb-2", "redis evicts")
    };
    b.input(Input::FoundSessions { query: asked, rows: vec![hit] });
    for text in ["found by: heap tag:cache", "redis evicts", "#cache", "the heap grew", "imported"] {
        assert!(b.says(text), "{text}\n{}", b.screen());
    }
    b.keys("s");
    assert!(b.says("by changed"), "{}", b.screen());
    b.keys("/ ctrl-u 'sev:9' enter");
    assert!(b.says("1, 2, 3 or undecided"), "{}", b.screen());
    b.keys("/ ctrl-u enter s s s");
    assert!(b.effects.last() == Some(&Effect::ListSessions) || b.effects.contains(&Effect::ListSessions));
    assert_eq!(b.desk.screen, Screen::Home);
}

#[test]
fn a_session_is_tagged_deleted_and_restored_from_the_home_screen() {
    let mut b = home(vec![row("aaaaaaaa-1", "checkout down")]);
    b.keys("G t 'disk' enter");
    assert!(b.effects.contains(&Effect::Tag { id: "aaaaaaaa-1".into(), typed: "disk".into() }));
    b.keys("t 'a;b' enter");
    assert!(b.says("is no tag"), "{}", b.screen());
    b.keys("d");
    assert!(b.effects.contains(&Effect::DeleteSession { id: "aaaaaaaa-1".into() }));
    b.keys("B");
    let query = b.desk.home_query.clone();
    b.input(Input::FoundSessions { query, rows: vec![row("aaaaaaaa-1", "checkout down")] });
    assert!(b.says("In the bin (1)"), "{}", b.screen());
    b.keys("G enter").wait(100);
    assert!(!b.effects.iter().any(|e| matches!(e, Effect::OpenSession { .. })));
    b.keys("u");
    assert!(b.effects.contains(&Effect::RestoreSession { id: "aaaaaaaa-1".into() }));
}

#[test]
fn an_open_session_is_tagged_in_its_own_journal() {
    let mut b = Bench::investigated((80, 24));
    b.keys("T 'disk' enter T '-disk +dns' enter");
    assert_eq!(b.session.tags, ["dns"]);
    assert_eq!(b.events().iter().filter(|e| matches!(e, Event::Tagged { .. })).count(), 2);
}

#[test]
fn an_archive_is_imported_elsewhere_proven_and_only_looked_at() {
    let (keep, store) = saved();
    let file = keep.path().join("incident.tar");
    let archived = archive::archive(&store, ID, &file).unwrap();
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let elsewhere = tempfile::tempdir().unwrap();
    let other = Store::at(elsewhere.path().join("home"));
    let imported = archive::import(&other, &file).unwrap();
    assert_eq!((imported.head, imported.records), (archived.head, archived.records));
    assert_eq!(other.load(ID).unwrap().records, store.load(ID).unwrap().records, "with its blobs");
    assert!(matches!(other.open(ID).unwrap(), hotwash::runtime::store::Opened::ReadOnly(l) if l.read_only.is_some()));
    assert!(tags::tag(&other, ID, "x", "kim").is_err(), "nothing is written to it");
    assert!(found(&other, "is:imported")[0].imported);
    assert!(archive::import(&other, &file).unwrap_err().what.contains("here already"));
    assert!(other.verify(ID).unwrap().holds());
}

#[test]
fn a_changed_or_cut_archive_is_refused_and_leaves_nothing() {
    let (keep, store) = saved();
    let file = keep.path().join("incident.tar");
    archive::archive(&store, ID, &file).unwrap();
    let whole = fs::read(&file).unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let other = Store::at(elsewhere.path());
    let step = (whole.len() / 60).max(1);
    for at in (0..whole.len() - 1024).step_by(step) {
        let mut flipped = whole.clone();
        flipped[at] ^= 1;
        let cut = whole[..at].to_vec();
        for bytes in [flipped, cut] {
            fs::write(&file, &bytes).unwrap();
            if let Ok(v) = archive::import(&other, &file) {
                // Padding between files is not what is proven: what came in is what left.
                assert!(v.holds() && other.load(ID).unwrap().records == store.load(ID).unwrap().records, "byte {at}");
                fs::remove_dir_all(other.sessions_path().join(ID)).unwrap();
            }
        }
    }
    assert_eq!(fs::read_dir(elsewhere.path().join("arriving")).unwrap().count(), 0);
    assert_eq!(other.ids().unwrap(), Vec::<String>::new());
    fs::write(&file, "no archive").unwrap();
    assert!(archive::import(&other, &file).is_err());
}

#[test]
fn a_folder_of_postmortems_is_found_and_compared_with() {
    let (_keep, store) = saved();
    let docs = tempfile::tempdir().unwrap();
    let one = docs.path().join("2025-11-03-audit-log.md");
    let text = "# The audit log filled the disk\n\ncatalog-api failed.\n\n## Resolution\n\ncatalog-api is well.\n\nThe log was rotated.\n";
    fs::write(&one, text).unwrap();
    let catalog = Catalog::of(store.clone()).with_documents(docs.path());
    let list = |q: &str| catalog.list(&SessionsQuery::parse(q).unwrap(), &mut |_, _| {}).unwrap();
    let rows = list("rotated");
    assert_eq!(titles(&rows), ["The audit log filled the disk"]);
    assert_eq!(rows[0].document.as_deref(), Some(one.display().to_string().as_str()));
    assert_eq!(list("is:document after:2025-11").len(), 1);
    let report = hotwash::session::Session::of(&store.load(ID).unwrap().records).report.unwrap();
    let mut traits = Traits::of_report(&report);
    traits.words.extend(["audit".into(), "filled".into(), "disk".into()]);
    let (found, of) = catalog.alike(&traits, ID, 5).unwrap();
    assert_eq!((found.len(), of), (1, 1), "the session itself is no earlier incident");
    assert_eq!(found[0].fixed, ["told as the fix: catalog-api is well.", "told as the fix: The log was rotated."]);
    fs::remove_file(&one).unwrap();
    assert_eq!(list("rotated").len(), 0);
}

#[test]
fn what_fixed_it_then_is_what_was_noted_or_run_and_never_what_was_proposed() {
    let (_keep, store) = saved();
    let past = Catalog::of(store).past();
    assert_eq!(past.len(), 1);
    assert_eq!(past[0].fixed, ["noted as a decision: freeze releases until the rotation is in"]);
    assert!(past[0].outcome.ends_with("(confirmed)"), "{}", past[0].outcome);
}

#[test]
fn similar_incidents_are_shown_with_what_is_the_same_what_differs_and_the_fix() {
    let mut b = Bench::investigated((80, 24));
    b.keys("L");
    let asked = b.effects.iter().rev().find_map(|e| match e {
        Effect::FindSimilar { traits } => Some(traits.clone()),
        _ => None,
    });
    let traits = asked.unwrap();
    assert_eq!(traits.services[0], "order-svc");
    let past = PastIncident {
        id: "01900000-0000-7000-8000-00000000abcd".into(),
        title: "checkout slow".into(),
        day: "2026-01-02".into(),
        services: vec!["order-svc".into(), "redis".into()],
        playbook: traits.playbook.clone(),
        fixed: vec!["noted as an action: made the cache smaller".into()],
        ..PastIncident::default()
    };
    let found = hotwash::analyst::likeness::alike(&traits, &[past], 5);
    b.input(Input::Similar { found, of: 7 });
    for text in
        ["checkout slow", "the same", "services: order-svc", "differs", "redis", "made the cache smaller", "1 of 7"]
    {
        assert!(b.says(text), "{text}\n{}", b.screen());
    }
    b.keys("esc");
    assert!(b.desk.dialog.is_none());
}
