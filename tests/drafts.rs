//! The drafts of the fixtures and of labelled incidents, through the lint as a stranger's page would go:
//! every sentence against the evidence, with nothing exempt but honest gaps.

use std::path::{Path, PathBuf};

use hotwash::analyst::Knowledge;
use hotwash::export::items;
use hotwash::export::lint::{Own, lint, lint_session};
use hotwash::runtime::eval;
use hotwash::session::Session;

/// A draft may have gaps, and nothing else that a reviewer would send back.
#[test]
fn drafts_of_every_incident_have_no_finding_but_gaps() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(here.join("fixtures/incidents")).unwrap().map(|e| e.unwrap().path()).collect();
    match crate::cases::cases() {
        Some(dir) => {
            let mut cases: Vec<PathBuf> =
                std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().path().join("context.txt")).collect();
            cases.retain(|p| std::fs::metadata(p).is_ok_and(|m| m.len() < 60_000));
            cases.sort();
            let every = (cases.len() / 20).max(1);
            files.extend(cases.into_iter().step_by(every).take(20));
        }
        None => println!("skipped: the labelled cases are not at hand"),
    }
    let mut wrong = Vec::new();
    for file in &files {
        let text = String::from_utf8_lossy(&std::fs::read(file).unwrap()).into_owned();
        let (evidence, report) = eval::investigated(&text, Knowledge::embedded());
        let page = &report.postmortem.markdown;
        if let Some(dir) = std::env::var_os("DRAFTS") {
            let name = file.display().to_string().replace('/', "_");
            std::fs::write(Path::new(&dir).join(name), page).unwrap();
        }
        for f in lint(page, Some(&evidence)) {
            if f.rule != "gap" {
                let line = report.postmortem.markdown.lines().nth(f.line as usize - 1).unwrap_or("");
                wrong.push(format!("{}:{}: {}: {}\n    {line}", file.display(), f.line, f.rule, f.reason));
            }
        }
        wrong.extend(awkward(page).into_iter().map(|why| format!("{}: {why}", file.display())));
        assert!(!items::items(&report.postmortem.markdown).iter().any(|i| i.kind.is_empty()), "{}", file.display());
    }
    println!("{} drafts, {} findings that are no gap", files.len(), wrong.len());
    if let Some(dir) = std::env::var_os("DRAFTS") {
        std::fs::write(Path::new(&dir).join("findings"), wrong.join("\n")).unwrap();
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What an author would have to mend by hand before showing a draft to anybody.
fn awkward(page: &str) -> Vec<String> {
    let mut out = Vec::new();
    for line in page.lines() {
        let quotes = line.split('“').skip(1).filter_map(|rest| rest.split_once('”').map(|(quote, _)| quote));
        // one that is as long as a quote may be is cut wherever that is
        let whole = |q: &&str| q.len() < 120 && !q.contains(['{', '\\']);
        let cut = quotes.filter(whole).filter(|q| q.matches('"').count() % 2 == 1).count();
        let command = line.trim_start_matches([' ', '-']).strip_prefix("Rollback: kubectl").is_some();
        let key = line.starts_with("| ") && line.to_lowercase().contains("| startsat");
        for (is, why) in [
            (cut > 0, "a quotation mark is opened in a quote and not closed"),
            (line.contains("&gt;") || line.contains("&amp; "), "an escape that nothing needs"),
            (command, "a command in plain words"),
            (key, "a key is told as an event"),
        ] {
            if is {
                out.push(format!("{why}: {line}"));
            }
        }
    }
    out
}

#[test]
fn a_chinese_template_says_everything_that_the_english_one_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
    for name in ["postmortem.md", "short.md", "nine.md"] {
        let marks = |file: PathBuf| -> Vec<String> {
            let text = std::fs::read_to_string(file).unwrap();
            let opened = text.split("{%").skip(1).map(|t| t.split("%}").next().unwrap_or("").trim().to_owned());
            let valued = text.split("{{").skip(1).map(|t| t.split(['|', '}']).next().unwrap_or("").trim().to_owned());
            opened.chain(valued).collect()
        };
        assert_eq!(marks(root.join(name)), marks(root.join("zh").join(name)), "{name}");
    }
}

#[test]
fn a_sessions_page_is_held_against_the_evidence_and_the_journal_and_no_line_of_it_is_exempt() {
    let log = "2026-06-02T09:12:00Z ERROR shop out of memory, 96 calls failed\n";
    let session = Session::of(&crate::exports::records(log, "kim restarted 7 of 9 workers at 09:41"));
    let found = |page: &str| -> Vec<&'static str> {
        lint_session(&session, page, &Own::default())
            .into_iter()
            .map(|f| f.rule)
            .filter(|r| *r == "figure-without-source")
            .collect()
    };
    let page = session.postmortem.text.to_string();
    assert_eq!(found(&page), Vec::<&str>::new(), "{page}");
    let told = |line: &str| format!("# P\n\n## Impact\n\n{line}\n");
    assert_eq!(found(&told("96 calls failed, and 7 of 9 workers were restarted.")), Vec::<&str>::new());
    assert_eq!(found(&told("98 calls failed.")), ["figure-without-source"]);
    // what an engine drafted is held as strictly as what a person wrote
    let mut drafted = session.clone();
    drafted.postmortem.draft = told("98 calls failed.").into();
    let found = lint_session(&drafted, &told("98 calls failed."), &Own::default());
    assert!(found.iter().any(|f| f.rule == "figure-without-source"));
}

#[test]
fn every_way_back_is_told_as_something_to_do() {
    for playbook in Knowledge::embedded().playbooks.values() {
        for step in &playbook.mitigations {
            let first = step.rollback.split_whitespace().next().unwrap_or("");
            let noun = ["the", "a", "an", "its", "former", "present", "new", "old"].contains(&first);
            assert!(!noun, "{}: {}: `{}` names a thing", playbook.id, step.id, step.rollback);
        }
    }
}

fn draft_of(text: &str) -> String {
    eval::investigated(text, Knowledge::embedded()).1.postmortem.markdown
}

/// What stands under a heading, up to the next.
fn under<'p>(page: &'p str, heading: &str) -> &'p str {
    let from = page.find(heading).map(|at| at + heading.len()).unwrap();
    page[from..].split("\n## ").next().unwrap()
}

#[test]
fn deploy_notes_under_a_heading_without_marks_are_changes_in_the_zone_it_states() {
    let page = draft_of(include_str!("../fixtures/incidents/retry-storm.txt"));
    assert!(under(&page, "## Trigger").contains("inventory-client 4.2.0 out to web"), "{page}");
    let rows: Vec<&str> = under(&page, "## Timeline").lines().filter(|l| l.starts_with("| 2026")).collect();
    assert!(rows[0].starts_with("| 2026-07-14T11:58:00Z |") && rows.is_sorted(), "{rows:#?}");
}

#[test]
fn a_changes_number_is_no_service_that_is_in_trouble() {
    let page = draft_of(include_str!("../fixtures/incidents/dns-change.txt"));
    for line in page.lines().filter(|l| l.contains("CHG-4410")) {
        assert!(!line.starts_with("# ") && !line.starts_with("- CHG-4410"), "{line}");
    }
    assert!(under(&page, "## Trigger").contains("pushed the zone cleanup (CHG-4410)"), "{page}");
    assert!(!page.contains("of CHG-4410") && !page.contains("is CHG-4410"), "{page}");
}

#[test]
fn a_servers_checks_are_asked_in_its_own_words() {
    let line =
        |text: &str| format!("2026-05-04T10:00:00Z ERROR billing-svc write to ledger-db failed: {text}\n").repeat(3);
    let plan = |text: &str| {
        let (_, r) = eval::investigated(&line(text), Knowledge::embedded());
        let checks = r.checklist.iter().filter_map(|c| c.command.clone());
        checks.chain(r.mitigation.iter().filter_map(|m| m.command.clone())).collect::<Vec<_>>().join("\n")
    };
    let postgres = plan("ERROR: cannot execute INSERT in a read-only transaction (SQLSTATE 25006)");
    assert!(postgres.contains("psql ") && !postgres.contains("mysql"), "{postgres}");
    let mysql = plan("ERROR 1290 (HY000): The MySQL server is running with the --read-only option");
    assert!(mysql.contains("mysql ") && !mysql.contains("psql"), "{mysql}");
}
