//! Reports in another language: our words are said in it, and nothing else changes.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use hotwash::analyst::Knowledge;
use hotwash::analyst::grounding::mark;
use hotwash::analyst::messages::Messages;
use hotwash::analyst::phrases::{Phrasebook, Translations};
use hotwash::domain::{Claim, Report, StepKind, Support};
use hotwash::export::lint::lint;
use hotwash::runtime::eval::investigated;

fn chinese() -> Knowledge {
    let (ours, own) = (Translations::embedded("zh"), Translations::default());
    let mut knowledge = Knowledge::embedded().clone();
    let book = Phrasebook::new("zh", Messages::embedded(), &ours, &own, &knowledge);
    knowledge.language = Some(Arc::new(book));
    knowledge
}

fn fixtures() -> Vec<(PathBuf, String)> {
    let dir = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/incidents");
    let mut files: Vec<PathBuf> = std::fs::read_dir(dir).unwrap().flatten().map(|e| e.path()).collect();
    files.sort();
    assert!(files.len() >= 8);
    files.into_iter().map(|p| (p.clone(), std::fs::read_to_string(p).unwrap())).collect()
}

/// Every claim of a report, in one order.
fn claims(r: &Report) -> Vec<&Claim> {
    let mut all = vec![&r.summary];
    all.extend(&r.severity.because);
    all.extend(r.hypotheses.iter().flat_map(|h| h.supporting.iter().chain(&h.against)));
    all.extend(r.first_cause.iter().map(|f| &f.what).chain(r.trigger.iter().map(|t| &t.what)));
    all.extend(r.propagation.iter().map(|p| &p.observed).chain(r.blast_radius.iter().map(|b| &b.impact)));
    all.extend(r.services.iter().filter_map(|s| s.impact.as_ref()).chain(r.timeline.iter().map(|t| &t.what)));
    all.extend(r.mitigation.iter().filter_map(|m| m.effect.as_ref()).chain(&r.customer_impact));
    all.extend(r.whys.iter().map(|w| &w.answer).chain(&r.systemic_cause).chain(&r.counterfactual));
    all
}

/// Sentences that are ours alone.
fn ours(r: &Report) -> Vec<&String> {
    let mut all = vec![&r.title, &r.severity.rule];
    all.extend(r.severity.unknown.iter().chain(&r.severity.would_change));
    all.extend(r.hypotheses.iter().map(|h| &h.statement));
    all.extend(r.checklist.iter().flat_map(|c| [&c.what, &c.expect]));
    all.extend(r.mitigation.iter().flat_map(|m| [&m.action, &m.risk, &m.rollback]));
    all.extend(r.whys.iter().map(|w| &w.question));
    all.extend(r.follow_ups.iter().flat_map(|f| [&f.what, &f.owner_role]));
    all.extend(r.trail.iter().map(|s| &s.title).filter(|t| !t.ends_with('…')));
    all
}

/// The figures in a text: digits with what joins them.
fn figures(text: &str) -> BTreeSet<String> {
    let parts = text.split(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ':')));
    parts.map(|p| p.trim_matches(['.', ':']).to_owned()).filter(|p| !p.is_empty()).collect()
}

/// Runs of three Latin words and more that stand neither in quotation marks, code or parentheses nor in
/// the evidence.
fn english(text: &str, evidence: &str) -> Vec<String> {
    let (mut bare, mut deep) = (String::new(), 0_usize);
    let mut code = false;
    for c in text.chars() {
        match c {
            '“' | '(' | '（' => {
                bare.push('|');
                deep += 1;
            }
            '”' | ')' | '）' => deep = deep.saturating_sub(1),
            '`' => code = !code,
            c if deep == 0 && !code => bare.push(c),
            _ => {}
        }
    }
    // commands and states that are names wherever they stand
    const NAMES: [&str; 4] = ["kubectl", "systemctl", "verify error", "idle in transaction"];
    let runs = bare.split(|c: char| !(c.is_ascii_alphabetic() || matches!(c, ' ' | '\'' | '-')));
    let runs = runs.map(str::trim).filter(|r| r.split_whitespace().count() >= 3);
    let plain = |t: &str| t.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    let evidence = plain(evidence);
    let runs = runs.filter(|r| !evidence.contains(&plain(r)));
    runs.filter(|r| !NAMES.iter().any(|n| bare.contains(n) || r.contains(n))).map(str::to_owned).collect()
}

#[test]
fn every_text_of_our_playbooks_is_there_in_chinese_with_the_same_names() {
    let (missing, differ) = Translations::embedded("zh").wrong(Knowledge::embedded().playbooks.values());
    assert!(missing.is_empty(), "missing: {}", missing.join("\n"));
    assert!(differ.is_empty(), "other names in braces: {}", differ.join("\n"));
}

#[test]
fn a_chinese_report_has_the_figures_citations_and_commands_of_the_english_one_and_stays_grounded() {
    let chinese = chinese();
    for (file, text) in fixtures() {
        let (evidence, en) = investigated(&text, Knowledge::embedded());
        let (_, mut zh) = investigated(&text, &chinese);
        let name = file.display();
        assert_eq!(zh.engine.language, "zh");
        assert_eq!(en.evidence, zh.evidence, "{name}");
        assert_eq!(
            en.checklist.iter().map(|c| &c.command).collect::<Vec<_>>(),
            zh.checklist.iter().map(|c| &c.command).collect::<Vec<_>>()
        );
        for (a, b) in claims(&en).into_iter().zip(claims(&zh)) {
            assert_eq!((a.support, &a.formula, &a.citations), (b.support, &b.formula, &b.citations), "{name}");
            assert_eq!(figures(&a.text), figures(&b.text), "{name}: {} / {}", a.text, b.text);
        }
        let held: Vec<Support> = claims(&zh).iter().map(|c| c.support).collect();
        let found = mark(&mut zh, &evidence);
        assert_eq!(held, claims(&zh).iter().map(|c| c.support).collect::<Vec<_>>(), "{name}: {found:?}");
    }
}

#[test]
fn a_chinese_report_holds_no_english_sentence_of_ours() {
    let chinese = chinese();
    let mut wrong = Vec::new();
    for (file, text) in fixtures() {
        let (_, zh) = investigated(&text, &chinese);
        let told = claims(&zh).into_iter().map(|c| &c.text).chain(ours(&zh)).chain(zh.notices.iter().map(|n| &n.what));
        for sentence in told {
            wrong.extend(english(sentence, &text).into_iter().map(|e| format!("{}: {e}: {sentence}", file.display())));
        }
        let thoughts = zh.trail.iter().filter(|s| matches!(s.kind, StepKind::Thought | StepKind::Decision));
        for step in thoughts {
            wrong.extend(english(&step.text, &text).into_iter().map(|e| format!("{e}: {}", step.text)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_chinese_draft_has_every_section_that_the_lint_asks_for() {
    for (file, text) in fixtures() {
        let (_, zh) = investigated(&text, &chinese());
        let page = &zh.postmortem.markdown;
        assert!(page.starts_with("# 故障复盘："), "{page}");
        let missing: Vec<_> = lint(page, None)
            .into_iter()
            .filter(|f| ["section-missing", "zone-missing", "no-owner"].contains(&f.rule))
            .collect();
        assert!(missing.is_empty(), "{}: {missing:?}", file.display());
    }
}

#[test]
fn a_language_that_is_not_there_is_told_with_those_that_are_and_the_file_that_would_add_it() {
    let home = tempfile::tempdir().unwrap();
    let output =
        super::cli::hotwash(home.path()).args(["analyze", "--lang", "de"]).write_stdin("x\n").output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(
        said.contains("there is no language `de`: there are en, zh") && said.contains("messages/de.toml"),
        "{said}"
    );
}
