//! The rules' own examples, made whole and run.

use super::{Masks, redact, rules};

/// An example with its made-up parts filled in: the text, and the part that must be gone.
fn made(example: &str) -> (String, Option<String>) {
    let mut seed = 0x2545_f491_4f6c_dd1d_u64 ^ example.len() as u64;
    let mut out = String::new();
    let mut rest = example;
    while let Some(i) = rest.find('{') {
        let (head, tail) = rest.split_at(i);
        out.push_str(head);
        let body = &tail[1..tail.find('}').map_or(1, |n| n)];
        let alphabet = match body.chars().next() {
            Some('a') => "abcdefghijkmnpqrstuvwxyz23456789ABCDEFGHJKLMNPQRSTUVWXYZ",
            Some('l') => "abcdefghijkmnpqrstuvwxyz23456789",
            Some('u') => "ABCDEFGHJKLMNPQRSTUVWXYZ23456789",
            Some('b') => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
            Some('h') => "0123456789abcdef",
            Some('d') => "123456789",
            _ => "",
        };
        match body.get(1..).and_then(|n| n.parse::<usize>().ok()) {
            Some(n) if !alphabet.is_empty() => {
                for k in 0..n {
                    seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    // Each made-up part holds a letter and a digit early on.
                    let c = alphabet.as_bytes()[(seed >> 33) as usize % alphabet.len()];
                    let c = if k == 1 && "alu".contains(&body[..1]) { b'7' } else { c };
                    out.push(char::from(c));
                }
                rest = &tail[body.len() + 2..];
            }
            _ => {
                out.push('{');
                rest = &tail[1..];
            }
        }
    }
    out.push_str(rest);
    let whole = out.replace("{+}", "");
    let span = whole.split_once("{<}").and_then(|(_, t)| t.split_once("{>}")).map(|(s, _)| s.to_owned());
    (whole.replace("{<}", "").replace("{>}", ""), span)
}

#[test]
fn every_rule_finds_its_examples_and_leaves_its_counter_examples() {
    let mut wrong = Vec::new();
    for rule in rules() {
        for example in &rule.yes {
            let (text, span) = made(example);
            let span = span.unwrap_or_else(|| panic!("{example} marks nothing"));
            let masked = redact(&text, &mut Masks::new([7; 32])).text.into_owned();
            if masked.contains(&span) {
                wrong.push(format!("{}: not found: {text}", rule.kind));
            }
            let again = redact(&masked, &mut Masks::new([8; 32])).text.into_owned();
            if again != masked {
                wrong.push(format!("{}: masked twice: {masked} -> {again}", rule.kind));
            }
        }
        for example in &rule.no {
            let (text, _) = made(example);
            let masked = redact(&text, &mut Masks::new([7; 32]));
            if masked.total() > 0 {
                wrong.push(format!("{}: touched: {text} -> {}", rule.kind, masked.text));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
