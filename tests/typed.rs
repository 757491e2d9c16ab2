//! What a person types keeps no secret: in the real binary from the key to the disk, and in a command's blank.

use std::time::{Duration, Instant};

use hotwash::journal::Event;
use hotwash::runtime::store::Store;

use crate::bench::Bench;
use crate::terminal::{Console, LONGEST, Setting};

#[test]
fn a_blank_takes_no_secret() {
    let mut b = Bench::investigated((100, 30));
    b.keys("4 r");
    assert!(b.desk.prompt.is_some(), "{}", b.screen());
    let key = ["ghp_", "x9Rk2LmQ7vTzB4nW8cYs1Dp3Fh6Gj5Ka0EuI"].concat();
    b.keys(&format!("ctrl-u '{key}' enter"));
    assert!(b.says("looks like a secret"), "{}", b.screen());
    assert!(!b.events().iter().any(|e| matches!(e, Event::BlankFilled { .. })));
}

#[test]
fn what_is_typed_is_masked_before_it_is_saved() {
    let home = tempfile::tempdir().unwrap();
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/incidents/disk-full.txt");
    let mut console =
        Console::start(&Setting { size: (120, 36), ..Setting::new(home.path(), &["new", file, "--title", "a case"]) });
    console.wait_for_text("finished");
    let secret = ["hun", "ter2xyz9"].concat();
    for (opens, typed) in [("m", "note DB_PASSWORD="), ("t", "title DB_PASSWORD="), ("pe", "page DB_PASSWORD=")] {
        console.keys(opens);
        console.settle(Duration::from_millis(300));
        console.type_in(format!("\x1b[200~{typed}{secret}\x1b[201~").as_bytes());
        console.settle(Duration::from_millis(300));
        console.keys("\r");
        console.settle(Duration::from_millis(300));
    }
    let store = Store::at(home.path());
    let id = store.ids().unwrap().remove(0);
    let deadline = Instant::now() + LONGEST;
    let said = loop {
        let said = format!("{:?}", store.load(&id).unwrap().records);
        let all = ["note DB_PASSWORD", "title DB_PASSWORD", "page DB_PASSWORD"].iter().all(|w| said.contains(w));
        if all {
            break said;
        }
        assert!(Instant::now() < deadline, "not all was saved; on screen:\n{}", console.rows());
        console.read(Instant::now() + Duration::from_millis(50));
    };
    assert!(!said.contains(&secret), "a secret was saved");
    let session = home.path().join("sessions").join(&id);
    for file in std::fs::read_dir(&session).unwrap().flatten().filter(|f| f.path().is_file()) {
        let bytes = std::fs::read(file.path()).unwrap();
        assert!(!bytes.windows(secret.len()).any(|w| w == secret.as_bytes()), "{:?}", file.path());
    }
}
