//! `eval`: investigates every labelled case of some folders and prints the measures. This module
//! walks folders and measures time; what is right and what is not is `analyst::measure`'s to say.

use std::fmt::Write as _;
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use crate::analyst::measure::{self, CaseResult, Expected, Row};
use crate::analyst::{Knowledge, Request, investigate};
use crate::domain::{Evidence, Origin, Report, Source, SourceId};
use crate::fault::Fault;

/// Everything one run of `eval` found. Two runs over the same cases differ in the times alone.
#[derive(Debug)]
pub struct Measured {
    /// Each case's result, by name.
    pub results: Vec<CaseResult>,
    /// How long each took, in milliseconds, in the same order.
    pub ms: Vec<f64>,
}

/// Investigates every case under `dirs` whose name begins with one of `only` (empty: all).
///
/// # Errors
/// Names the folder or file that can't be read, or that no case was found.
pub fn measured(dirs: &[PathBuf], only: &[String]) -> Result<Measured, Fault> {
    let mut cases = Vec::new();
    for dir in dirs {
        find_cases(dir, &mut cases)?;
    }
    cases.retain(|c| only.is_empty() || only.iter().any(|o| name_of(c).starts_with(o.as_str())));
    cases.sort_by_key(|c| name_of(c));
    if cases.is_empty() {
        return Err(Fault::input("no case was found", "a case is a folder with context.txt and expected.json"));
    }
    let knowledge = Knowledge::embedded();
    let mut all = Measured { results: Vec::new(), ms: Vec::new() };
    for case in &cases {
        let (expected, text) = read_case(case)?;
        let began = Instant::now();
        let (evidence, report) = investigated(&text, knowledge);
        all.ms.push(began.elapsed().as_secs_f64() * 1000.0);
        all.results.push(result(&name_of(case), &expected, &evidence, &report));
    }
    Ok(all)
}

/// One investigation of a text, as `analyze` does it.
pub fn investigated(text: &str, knowledge: &Knowledge) -> (Evidence, Report) {
    let source = Source {
        id: SourceId(0),
        name: "context".into(),
        origin: Origin::File { path: "context.txt".into() },
        text: Arc::from(text),
    };
    let reading = crate::intake::read(&source);
    let evidence = Evidence { sources: vec![source], readings: vec![reading] };
    let request = Request::default();
    let mut go_on = |_: &crate::domain::Step| ControlFlow::Continue(());
    let report = investigate(&evidence, &request, knowledge, &mut go_on);
    // `Continue` is the only answer above, so there always is a report.
    let report = report.unwrap_or_else(|| {
        let (hypotheses, outcome) = (Vec::new(), crate::domain::report::Conclusion::Inconclusive);
        let empty = crate::analyst::Casebook::default();
        crate::analyst::report::assemble(&evidence, &request, &empty, knowledge, hypotheses, outcome)
    });
    (evidence, report)
}

fn result(name: &str, expected: &Expected, evidence: &Evidence, report: &Report) -> CaseResult {
    let first = report.hypotheses.first();
    CaseResult {
        case: name.to_owned(),
        source: name.split('-').next().unwrap_or(name).to_owned(),
        scores: measure::score(expected, report, evidence),
        answered: first.map_or_else(
            || format!("{:?}", report.outcome),
            |h| format!("{:?}: {} / {} ({:.2}): {}", report.outcome, h.subject, h.playbook, h.confidence, h.statement),
        ),
        expected: if let Some(levels) = &expected.acceptable_severities {
            format!("severity {levels:?}, answered {:?}", report.severity.level)
        } else if expected.no_incident {
            "no incident".to_owned()
        } else {
            format!("{:?} / {:?} / {:?}", expected.root_cause_services, expected.fault_kinds, expected.keywords_any)
        },
    }
}

fn name_of(case: &Path) -> String {
    case.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default()
}

fn read_case(case: &Path) -> Result<(Expected, String), Fault> {
    let read = |name: &str| {
        fs::read(case.join(name)).map_err(|e| {
            Fault::input(format!("{} can't be read: {e}", case.join(name).display()), "name another folder")
        })
    };
    let expected = serde_json::from_slice(&read("expected.json")?)
        .map_err(|e| Fault::input(format!("{}/expected.json is not valid: {e}", case.display()), "mend the file"))?;
    Ok((expected, String::from_utf8_lossy(&read("context.txt")?).into_owned()))
}

/// A case folder, or any folder with such folders below it, three deep at most.
fn find_cases(dir: &Path, found: &mut Vec<PathBuf>) -> Result<(), Fault> {
    fn walk(dir: &Path, deep: u32, found: &mut Vec<PathBuf>) -> std::io::Result<()> {
        if dir.join("expected.json").is_file() && dir.join("context.txt").is_file() {
            found.push(dir.to_owned());
            return Ok(());
        }
        if deep == 0 {
            return Ok(());
        }
        for entry in fs::read_dir(dir)? {
            let path = entry?.path();
            if path.is_dir() {
                walk(&path, deep - 1, found)?;
            }
        }
        Ok(())
    }
    walk(dir, 3, found)
        .map_err(|e| Fault::input(format!("{} can't be read: {e}", dir.display()), "name a folder with cases"))
}

/// The table, the misses and the times, for a person.
pub fn table(all: &Measured) -> String {
    let mut out = String::new();
    let _ = writeln!(
        out,
        "{:<10} {:>5} {:>6} {:>6} {:>6} {:>7} {:>8} {:>6} {:>6} {:>10} {:>8} {:>6} {:>12} {:>8}",
        "source",
        "cases",
        "svc@1",
        "svc@3",
        "kind@1",
        "joint@1",
        "strict@1",
        "time",
        "calm",
        "false_calm",
        "severity",
        "ece",
        "inconclusive",
        "grounded"
    );
    for row in measure::table(&all.results) {
        write_row(&mut out, &row);
    }
    let _ = writeln!(out, "\nmisses");
    for r in all.results.iter().filter(|r| missed(r)) {
        let _ = writeln!(out, "{}\n  expected {}\n  answered {}", r.case, r.expected, r.answered);
    }
    let mut ms = all.ms.clone();
    ms.sort_by(f64::total_cmp);
    let at = |share: f64| ms.get(((ms.len() as f64 - 1.0) * share).round() as usize).copied().unwrap_or(0.0);
    let _ = writeln!(out, "\nms: median {:.1}, p95 {:.1}, most {:.1}", at(0.5), at(0.95), at(1.0));
    out
}

fn missed(r: &CaseResult) -> bool {
    let s = &r.scores;
    let wanted = [s.svc1, s.kind1, s.strict1, s.time, s.calm, s.severity];
    wanted.contains(&Some(false)) || s.ungrounded > 0
}

fn write_row(out: &mut String, row: &Row) {
    let figure = |v: Option<f64>| v.map_or_else(|| "-".to_owned(), |v| format!("{v:.3}"));
    let _ = writeln!(
        out,
        "{:<10} {:>5} {:>6} {:>6} {:>6} {:>7} {:>8} {:>6} {:>6} {:>10} {:>8} {:>6} {:>12} {:>8}",
        row.source,
        row.cases,
        figure(row.svc1),
        figure(row.svc3),
        figure(row.kind1),
        figure(row.joint1),
        figure(row.strict1),
        figure(row.time),
        figure(row.calm),
        figure(row.false_calm),
        figure(row.severity),
        figure(row.calibration),
        figure(row.inconclusive),
        figure(row.grounded),
    );
}

/// The same as JSON; `ms` stands last.
pub fn json(all: &Measured) -> String {
    let misses: Vec<&CaseResult> = all.results.iter().filter(|r| missed(r)).collect();
    let value = serde_json::json!({
        "table": measure::table(&all.results),
        "misses": misses,
        "ms": all.ms,
    });
    format!("{value:#}\n")
}
