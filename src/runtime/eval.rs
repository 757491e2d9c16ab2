//! `eval`: investigates every labelled case of some folders and prints the measures. This module
//! walks folders and measures time; what is right and what is not is `analyst::measure`'s to say.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use super::beside::THREADS;
use crate::analyst::measure::{self, CaseResult, Expected, Row};
use crate::analyst::report::{Prepared, assemble};
use crate::analyst::{Knowledge, Request, investigate_with};
use crate::domain::{Evidence, Origin, Report, Source, SourceId};
use crate::fault::Fault;

/// Everything one run of `eval` found. Two runs over the same cases differ in the times alone, which
/// is why they are printed apart from the measures.
#[derive(Debug)]
pub struct Measured {
    /// Each case's result, by name.
    pub results: Vec<CaseResult>,
    /// How long each took, in milliseconds, in the same order.
    pub ms: Vec<f64>,
    /// How large each is, in bytes, in the same order.
    pub bytes: Vec<usize>,
}

/// A labelled case: its folder's name, what is known of it, and what a responder would paste.
#[derive(Debug, Clone)]
pub struct Case {
    /// The folder's name.
    pub name: String,
    /// What is known of it.
    pub expected: Expected,
    /// The paste.
    pub text: String,
}

impl Case {
    /// The source it belongs to: what stands before the first hyphen.
    pub fn source(&self) -> &str {
        self.name.split('-').next().unwrap_or(&self.name)
    }
}

/// The folders under `dirs` that hold a case whose name begins with one of `only` (empty: all), by
/// name; each is read when its turn comes.
///
/// # Errors
/// Names the folder that can't be read, or says that no case was found.
pub fn cases(dirs: &[PathBuf], only: &[String]) -> Result<impl Iterator<Item = Result<Case, Fault>>, Fault> {
    let mut cases = Vec::new();
    for dir in dirs {
        find_cases(dir, &mut cases)?;
    }
    cases.retain(|c| only.is_empty() || only.iter().any(|o| name_of(c).starts_with(o.as_str())));
    cases.sort_by_key(|c| name_of(c));
    if cases.is_empty() {
        return Err(Fault::input("no case was found", "a case is a folder with context.txt and expected.json"));
    }
    Ok(cases.into_iter().map(|path| {
        let (expected, text) = read_case(&path)?;
        Ok(Case { name: name_of(&path), expected, text })
    }))
}

/// Investigates every case under `dirs` whose name begins with one of `only` (empty: all).
///
/// # Errors
/// Names the folder or file that can't be read, or that no case was found.
pub fn measured(dirs: &[PathBuf], only: &[String]) -> Result<Measured, Fault> {
    measured_with(dirs, only, Knowledge::embedded())
}

/// The same, with what the caller knows: another severity policy.
///
/// # Errors
/// Those of [`measured`].
pub fn measured_with(dirs: &[PathBuf], only: &[String], knowledge: &Knowledge) -> Result<Measured, Fault> {
    let mut all = Measured { results: Vec::new(), ms: Vec::new(), bytes: Vec::new() };
    for case in cases(dirs, only)? {
        let case = case?;
        let began = Instant::now();
        let (evidence, report) = investigated(&case.text, knowledge);
        all.ms.push(began.elapsed().as_secs_f64() * 1000.0);
        all.bytes.push(case.text.len());
        all.results.push(result(&case, &evidence, &report));
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
    let reading = crate::intake::read_with(&source, THREADS);
    let evidence = Evidence { sources: vec![source], readings: vec![reading] };
    let request = Request::default();
    let mut go_on = |_: &crate::domain::Step| ControlFlow::Continue(());
    let report = investigate_with(&evidence, &request, (knowledge, THREADS), &[], &mut go_on);
    // `Continue` is the only answer above, so there always is a report.
    let report = report.unwrap_or_else(|| {
        let (hypotheses, outcome) = (Vec::new(), crate::domain::report::Conclusion::Inconclusive);
        let empty = crate::analyst::Casebook::default();
        let prepared = Prepared::of(&evidence);
        assemble((&evidence, &prepared), &request, &empty, (knowledge, THREADS), hypotheses, outcome)
    });
    (evidence, report)
}

/// How a report of a case came out.
pub fn result(case: &Case, evidence: &Evidence, report: &Report) -> CaseResult {
    let expected = &case.expected;
    let first = report.hypotheses.first();
    CaseResult {
        case: case.name.clone(),
        source: case.source().to_owned(),
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
    walk(dir, 3, found).map_err(|e| {
        let what = format!("{} can't be read: {}", dir.display(), super::files::reason(&e));
        Fault::input(what, "name a folder with cases")
    })
}

/// The table and the misses, for a person: the same to the byte for the same cases.
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
    for r in all.results.iter().filter(|r| !measure::missed(&r.scores).is_empty()) {
        let missed = measure::missed(&r.scores).join(", ");
        let _ = writeln!(out, "{}: {missed}\n  expected {}\n  answered {}", r.case, r.expected, r.answered);
    }
    out
}

/// Milliseconds per case and throughput of one source, or of all.
#[derive(Debug, serde::Serialize)]
struct Times {
    source: String,
    median: f64,
    p95: f64,
    most: f64,
    mb_per_s: f64,
}

fn times_of(source: &str, cases: &[(f64, usize)]) -> Times {
    let mut ms: Vec<f64> = cases.iter().map(|(ms, _)| *ms).collect();
    ms.sort_by(f64::total_cmp);
    let at = |share: f64| ms.get(((ms.len() as f64 - 1.0) * share).round() as usize).copied().unwrap_or(0.0);
    let seconds = ms.iter().sum::<f64>() / 1000.0;
    let bytes: usize = cases.iter().map(|(_, bytes)| *bytes).sum();
    let round = |v: f64| (v * 10.0).round() / 10.0;
    let mb_per_s = if seconds > 0.0 { bytes as f64 / 1e6 / seconds } else { 0.0 };
    Times {
        source: source.to_owned(),
        median: round(at(0.5)),
        p95: round(at(0.95)),
        most: round(at(1.0)),
        mb_per_s: round(mb_per_s),
    }
}

fn all_times(all: &Measured) -> Vec<Times> {
    let mut by_source: BTreeMap<&str, Vec<(f64, usize)>> = BTreeMap::new();
    for (r, took) in all.results.iter().zip(all.ms.iter().copied().zip(all.bytes.iter().copied())) {
        by_source.entry(&r.source).or_default().push(took);
        by_source.entry("").or_default().push(took);
    }
    let (every, sources): (Vec<_>, Vec<_>) = by_source.into_iter().partition(|(source, _)| source.is_empty());
    let named = sources.into_iter().map(|(source, cases)| times_of(source, &cases));
    named.chain(every.into_iter().map(|(_, cases)| times_of("all", &cases))).collect()
}

/// The times, for a person; no two runs have the same.
pub fn times(all: &Measured) -> String {
    let mut out = format!("{:<10} {:>8} {:>8} {:>8} {:>8}\n", "ms", "median", "p95", "most", "MB/s");
    for t in all_times(all) {
        let _ = writeln!(out, "{:<10} {:>8.1} {:>8.1} {:>8.1} {:>8.1}", t.source, t.median, t.p95, t.most, t.mb_per_s);
    }
    out
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

/// The same as JSON, with every case; the times only where they are asked for.
pub fn json(all: &Measured, with_times: bool) -> String {
    let misses: Vec<serde_json::Value> = all
        .results
        .iter()
        .filter(|r| !measure::missed(&r.scores).is_empty())
        .map(|r| serde_json::json!({ "case": r.case, "missed": measure::missed(&r.scores), "expected": r.expected, "answered": r.answered }))
        .collect();
    let mut value = serde_json::json!({
        "table": measure::table(&all.results),
        "misses": misses,
        "cases": all.results,
    });
    if with_times && let Some(map) = value.as_object_mut() {
        map.insert("times".into(), serde_json::json!(all_times(all)));
    }
    format!("{value:#}\n")
}
