//! Tests: secrets are gone, look-alikes stay, and masks are stable.

use hotwash::intake::secrets::{Masks, mask, redact};

fn field(raw: &str) -> String {
    raw.strip_prefix("json:").map_or_else(|| raw.to_owned(), |j| serde_json::from_str(j).unwrap())
}

#[test]
fn secrets_of_the_corpus_are_gone_and_look_alikes_stay() {
    let Some(corpus) = crate::corpora::corpus("secrets.tsv") else { return };
    let (mut spans, mut left, mut alike, mut touched) = (0, Vec::new(), 0, Vec::new());
    for row in corpus.lines().skip(1) {
        let mut fields = row.split('\t');
        let (text, what, kind) = (fields.next().unwrap(), fields.next().unwrap(), fields.next().unwrap());
        let text = field(text).replace("{+}", "");
        if what == "secret" {
            spans += 1;
            let span = text.split_once("{<}").and_then(|(_, t)| t.rsplit_once("{>}")).unwrap().0.to_owned();
            let plain = text.replace("{<}", "").replace("{>}", "");
            let masked = redact(&plain, &mut Masks::new([1; 32])).text.into_owned();
            // A part between several marks is checked piece by piece.
            let pieces = span.split("{>}").map(|p| p.rsplit_once("{<}").map_or(p, |(_, p)| p)).map(str::to_owned);
            if pieces.clone().any(|p| masked.contains(p.trim()) || remains(&masked, &p)) {
                left.push(format!("{kind}: {plain}\n      -> {masked}"));
            }
        } else {
            alike += 1;
            let masked = redact(&text, &mut Masks::new([1; 32]));
            if masked.total() > 0 {
                touched.push(format!("{kind}: {text}\n      -> {}", masked.text));
            }
        }
    }
    println!("{}\n{}", left.join("\n"), touched.join("\n"));
    println!("{} of {spans} spans left, {} of {alike} look-alikes touched", left.len(), touched.len());
    assert!(left.len() * 100 <= spans * 3, "{}", left.join("\n"));
    assert!(touched.len() * 100 <= alike, "{}", touched.join("\n"));
}

/// True where a stretch of twelve bytes of the secret is still there.
fn remains(masked: &str, span: &str) -> bool {
    span.lines().any(|l| {
        let body = l.trim();
        (0..body.len().saturating_sub(12)).any(|i| body.get(i..i + 12).is_some_and(|w| masked.contains(w)))
    })
}

#[test]
fn the_same_value_has_the_same_name_and_another_value_another() {
    let mut masks = Masks::new([3; 32]);
    let one = mask("DB_PASSWORD=tr0ub4dor&3x", &mut masks).text.into_owned();
    let two = mask("password: \"tr0ub4dor&3x\" and PGPASSWORD=correct9horse", &mut masks).text.into_owned();
    assert_eq!(one, "DB_PASSWORD=‹password-1›");
    assert_eq!(two, "password: \"‹password-1›\" and PGPASSWORD=‹password-2›");
}

#[test]
fn masking_twice_changes_nothing_and_lines_stay_lines() {
    let Some(corpus) = crate::corpora::corpus("secrets.tsv") else { return };
    for row in corpus.lines().skip(1) {
        let text = field(row.split('\t').next().unwrap()).replace("{+}", "").replace("{<}", "").replace("{>}", "");
        let once = mask(&text, &mut Masks::new([1; 32])).text.into_owned();
        let twice = mask(&once, &mut Masks::new([2; 32])).text.into_owned();
        assert_eq!(once, twice);
        assert_eq!(text.matches('\n').count(), once.matches('\n').count(), "{text}");
    }
}

#[test]
fn a_value_that_was_named_once_is_masked_where_it_stands_alone() {
    let masked = mask("password=s3cr3t-horse-9\nthe login used s3cr3t-horse-9 twice", &mut Masks::new([1; 32]))
        .text
        .into_owned();
    assert_eq!(masked, "password=‹password-1›\nthe login used ‹password-1› twice");
}

#[test]
fn time_is_linear_on_text_full_of_keywords() {
    for unit in ["password ", "token=", "-----BEGIN ", "kind: Secret\n", "://a:", "eyJ", "4242 ", "%2D", "key: "] {
        let text = unit.repeat(100_000 / unit.len());
        let start = std::time::Instant::now();
        let _ = redact(&text, &mut Masks::new([1; 32]));
        assert!(start.elapsed().as_secs() < 10, "{unit} took {:?}", start.elapsed());
    }
}
