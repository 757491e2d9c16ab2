//! Tests: intake. Any bytes: no panic; text clean; cut anywhere, the same. The shared measures run
//! where the shared folder is there.

use std::path::PathBuf;

use hotwash::domain::showable::is_hostile;
use hotwash::intake::clean::unmasked;
use hotwash::intake::{Cleaner, admit};
use proptest::prelude::*;

/// The folder of shared corpora and cases, where there is one.
fn shared() -> Option<PathBuf> {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let given = std::env::var_os("HOTWASH_SHARED").map(PathBuf::from);
    given.into_iter().chain([here.join("../shared"), here.join("../../shared")]).find(|p| p.is_dir())
}

fn cleaned(pieces: &[&[u8]]) -> String {
    let (mut cleaner, mut out) = (Cleaner::default(), String::new());
    for piece in pieces {
        cleaner.push(piece, &mut out);
    }
    cleaner.finish(&mut out);
    out
}

#[derive(serde::Deserialize)]
struct Escape {
    name: String,
    bytes_hex: String,
}

fn unhex(text: &str) -> Vec<u8> {
    let digit = |b: u8| (b as char).to_digit(16).unwrap() as u8;
    text.as_bytes().chunks(2).map(|p| digit(p[0]) << 4 | digit(p[1])).collect()
}

#[test]
fn no_escape_of_the_corpus_passes_or_swallows_text() {
    let Some(shared) = shared() else { return println!("skipped: no shared folder") };
    let text = std::fs::read_to_string(shared.join("corpora/escapes.jsonl")).unwrap();
    let mut count = 0;
    for line in text.lines() {
        let escape: Escape = serde_json::from_str(line).unwrap();
        let bytes = unhex(&escape.bytes_hex);
        let whole = admit(&bytes, &mut unmasked).text;
        assert_eq!(whole.chars().find(|c| is_hostile(*c)), None, "{}", escape.name);
        for word in ["PRE", "POST"] {
            let given = bytes.windows(word.len()).any(|w| w == word.as_bytes());
            assert!(!given || whole.contains(word), "{}: {word} is gone", escape.name);
        }
        for cut in (0..=bytes.len()).filter(|c| bytes.len() < 2000 || c % 97 == 0) {
            let (a, b) = bytes.split_at(cut);
            assert_eq!(cleaned(&[a, b]), whole, "{} cut at {cut}", escape.name);
        }
        count += 1;
    }
    println!("{count} escapes: none passes, none swallows text");
}

proptest! {
    #[test]
    fn any_bytes_become_clean_text(bytes in proptest::collection::vec(any::<u8>(), 0..400), cut in 0usize..400) {
        let whole = cleaned(&[&bytes]);
        prop_assert!(!whole.chars().any(is_hostile));
        let (a, b) = bytes.split_at(cut.min(bytes.len()));
        prop_assert_eq!(cleaned(&[a, b]), whole);
        let _ = admit(&bytes, &mut unmasked);
    }
}
