//! Reports in another language: our words are said in it, and nothing else changes.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use hotwash::analyst::Knowledge;
use hotwash::analyst::grounding::{Known, mark};
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
        let found = mark(&mut zh, &Known::of(&evidence), hotwash::domain::Beside::ALONE);
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

/// A saved session of the first fixture, and what a verb prints over it.
struct Saved {
    home: tempfile::TempDir,
    id: String,
}

impl Saved {
    fn new(files: &[(&str, &str)]) -> Self {
        let home = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = home.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/incidents/cascading-pool-exhaustion.txt");
        assert!(super::cli::hotwash(home.path()).args(["new", file]).output().unwrap().status.success());
        let list = super::cli::hotwash(home.path()).args(["list", "--json"]).output().unwrap();
        let row: serde_json::Value = serde_json::from_slice(&list.stdout).unwrap();
        Self { id: row["id"].as_str().unwrap().to_owned(), home }
    }

    fn says(&self, args: &[&str]) -> (bool, String) {
        let output = super::cli::hotwash(self.home.path()).args(args).output().unwrap();
        (output.status.success(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
    }

    fn export(&self, format: &str, lang: &str) -> String {
        let (done, text) = self.says(&["export", &self.id, "--format", format, "--lang", lang]);
        assert!(done, "{text}");
        text
    }
}

/// What stands in code: commands and formulas.
fn code(page: &str) -> Vec<&str> {
    page.split('`').skip(1).step_by(2).filter(|c| c.contains(' ')).collect()
}

#[test]
fn every_document_is_labelled_in_the_language_and_keeps_figures_commands_and_places() {
    let saved = Saved::new(&[]);
    let labels = [
        ("postmortem", "## 时间线"),
        ("html", "<summary>目录</summary>"),
        ("confluence", "h2. 改进项"),
        ("csv", "\"优先级\",\"类型\",\"改进项\",\"负责人\",\"期限\""),
        ("github-issues", "来自故障复盘："),
        ("jira-issues", "来自故障复盘："),
        ("markdown", "## 止损方案"),
        ("update", "## 进展通报：客户"),
    ];
    for (format, label) in labels {
        let (en, zh) = (saved.export(format, "en"), saved.export(format, "zh"));
        assert!(zh.contains(label) && !en.contains(label), "{format}: {zh}");
        assert_eq!(code(&en), code(&zh), "{format}");
        if ["postmortem", "csv", "markdown", "update"].contains(&format) {
            assert_eq!(figures(&en), figures(&zh), "{format}");
        }
        let file = saved.home.path().join("document");
        std::fs::write(&file, &zh).unwrap();
        let (held, told) = saved.says(&["verify", &saved.id, file.to_str().unwrap()]);
        assert!(held && told.contains(&format!("as {format} at record")), "{format}: {told}");
    }
    assert!(saved.export("csv", "zh").lines().count() > 2, "its lines end, and no mark stands for that");
    let html = saved.export("html", "zh");
    assert!(html.contains("<html lang=\"zh\">") && html.contains("按真实比例绘制的时间线"), "{html}");
    for word in ["Contents", "Cited lines", ">Show", "in all<", "no service named"] {
        assert!(!html.contains(word), "{word}");
    }
    let (done, pdf) = saved.says(&["export", &saved.id, "--format", "pdf", "--lang", "zh", "--out", "/tmp/none.pdf"]);
    assert!(!done && pdf.contains("export as HTML"), "{pdf}");
}

#[test]
fn what_intake_noticed_is_told_once_in_each_language() {
    let saved = Saved::new(&[("config.toml", "lang = \"zh\"\n")]);
    let list = |page: &str, heading: &str| -> Vec<String> {
        let part = page.split(&format!("## {heading}\n")).nth(1).unwrap().split("\n## ").next().unwrap().to_owned();
        part.lines().filter(|l| l.starts_with("- ")).map(str::to_owned).collect()
    };
    let zh = list(&saved.says(&["export", &saved.id, "--format", "markdown"]).1, "关于证据的提示");
    let spans = zh.iter().filter(|l| l.contains("14:20:03.112")).count();
    assert_eq!(spans, 1, "{zh:?}");
    let english = Saved::new(&[]);
    for lang in ["en", "zh"] {
        let heading = if lang == "en" { "What was noticed about the evidence" } else { "关于证据的提示" };
        let told = list(&english.export("markdown", lang), heading);
        let once: BTreeSet<&String> = told.iter().collect();
        assert_eq!((told.len(), once.len()), (zh.len(), zh.len()), "{told:?}");
    }
}

#[test]
fn a_third_language_is_a_file_and_its_words_are_in_reports_and_documents() {
    let german = "[impact]\nno_users = \"Anteil betroffener Benutzer unbekannt: die Belege zählen keine\"\n\
        [label]\ntimeline = \"Zeitachse\"\nitem_owner = \"Verantwortlich\"\n[sheet]\nstatus = \"Entwurf\"\n";
    let template =
        "# Bericht: {{ title }}\n\n- Stand: {{ status }}\n\n{% for line in impact %}\n- {{ line }}\n{% endfor %}\n";
    let saved = Saved::new(&[("messages/de.toml", german), ("templates/de/standard.md", template)]);
    let page = saved.export("markdown", "de");
    assert!(page.contains("## Zeitachse") && page.contains("Anteil betroffener Benutzer unbekannt"), "{page}");
    assert!(page.contains("## Checklist"), "what is missing is said in English");
    let page = saved.export("postmortem", "de");
    assert!(page.starts_with("# Bericht: ") && page.contains("- Stand: Entwurf"), "{page}");
    assert!(saved.export("csv", "de").contains("\"Verantwortlich\""));
    let (_, told) = saved.says(&["check"]);
    assert!(told.contains("de.toml") && told.contains("messages are missing"), "{told}");
}

#[test]
fn a_report_that_is_not_english_is_not_said_in_another_language_and_the_way_is_told() {
    let saved = Saved::new(&[("config.toml", "lang = \"zh\"\n")]);
    assert!(saved.says(&["export", &saved.id, "--format", "postmortem"]).1.starts_with("# 故障复盘："));
    let (done, told) = saved.says(&["export", &saved.id, "--format", "postmortem", "--lang", "en"]);
    assert!(!done && told.contains("is in `zh`") && told.contains("--lang en"), "{told}");
    let (done, told) = saved.says(&["export", &saved.id, "--format", "postmortem", "--lang", "xx"]);
    assert!(!done && told.contains("there is no language `xx`: there are en, zh"), "{told}");
    assert!(saved.says(&["open", &saved.id, "--lang", "xx"]).1.contains("there is no language `xx`"));
}
