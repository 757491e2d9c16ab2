//! `eval --calibrate FOLDER`: fits the confidence of hypotheses on labelled cases and writes down what
//! came of it: the figures as TOML, and a page that says how well they do where, and what is lost on
//! each source when it is left out of the fit. It does not judge a hypothesis; `measure` does.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::eval::cases;
use super::files::reason;
use crate::analyst::measure::{Scores, calibration_error, joint};
use crate::analyst::scoring::confidence::Calibration;
use crate::analyst::scoring::fit::{Row, fit};
use crate::analyst::{Knowledge, Request, ranked};
use crate::domain::report::Conclusion;
use crate::domain::{Evidence, Origin, Source, SourceId};
use crate::fault::Fault;

/// Fits on every case under `dirs` and writes `calibration.toml`, `calibration.md` and `rows.tsv`
/// into `to`; returns the page.
///
/// # Errors
/// A case can't be read, or a file can't be written.
pub fn calibrate(dirs: &[PathBuf], only: &[String], to: &Path) -> Result<String, Fault> {
    let rows = rows(dirs, only)?;
    let mut made = fit(&rows, Calibration::embedded());
    made.origin = origin(&rows, &chrono::Utc::now().format("%Y-%m-%d").to_string());
    let page = markdown(&rows, &made);
    let toml = toml(&made)?;
    for (name, text) in [("calibration.toml", &toml), ("calibration.md", &page), ("rows.tsv", &listing(&rows))] {
        let path = to.join(name);
        std::fs::write(&path, text).map_err(|e| {
            Fault::environment(format!("cannot write {}: {}", path.display(), reason(&e)), "name a folder that exists")
        })?;
    }
    Ok(page)
}

/// Every case in which something is wrong, with what its first hypothesis was made of.
fn rows(dirs: &[PathBuf], only: &[String]) -> Result<Vec<Row>, Fault> {
    let mut out = Vec::new();
    for case in cases(dirs, only)? {
        let case = case?;
        if case.expected.no_incident || case.expected.acceptable_severities.is_some() {
            continue;
        }
        let origin = Origin::File { path: "context.txt".into() };
        let source = Source { id: SourceId(0), name: "context".into(), origin, text: case.text.as_str().into() };
        let evidence = Evidence { readings: vec![crate::intake::read(&source)], sources: vec![source] };
        let Some(found) = ranked(&evidence, &Request::default(), Knowledge::embedded()) else { continue };
        let (Some(features), Some(first)) = (found.first, found.hypotheses.first()) else { continue };
        let decided = found.outcome != Conclusion::Inconclusive;
        let right = joint(&case.expected, first);
        out.push(Row { source: case.source().to_owned(), case: case.name.clone(), features, decided, right });
    }
    Ok(out)
}

fn sources(rows: &[Row]) -> Vec<&str> {
    let mut all: Vec<&str> = rows.iter().map(|r| r.source.as_str()).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// One line a case, for a person who wants to see what is fitted.
fn listing(rows: &[Row]) -> String {
    let mut out = String::from("source\tcase\tweight\tmargin\tchannels\tstated\tstate\tordered\tdecided\tright\n");
    for r in rows {
        let f = &r.features;
        let _ = writeln!(
            out,
            "{}\t{}\t{:.2}\t{:.2}\t{}\t{}\t{}\t{}\t{}\t{}",
            r.source, r.case, f.weight, f.margin, f.channels, f.stated, f.state, f.ordered, r.decided, r.right
        );
    }
    out
}

/// Where the figures come from.
fn origin(rows: &[Row], day: &str) -> String {
    let counts: Vec<String> =
        sources(rows).iter().map(|s| format!("{s} {}", rows.iter().filter(|r| r.source == *s).count())).collect();
    format!("fitted on {day} on {} labelled incidents ({}); see docs/calibration.md", rows.len(), counts.join(", "))
}

/// The error of a calibration on some rows.
fn error(rows: &[&Row], by: &Calibration) -> f64 {
    let scores: Vec<Scores> = rows
        .iter()
        .map(|r| Scores { confidence: Some(by.confidence(&r.features)), joint1: Some(r.right), ..Scores::default() })
        .collect();
    calibration_error(&scores.iter().collect::<Vec<_>>()).unwrap_or(0.0)
}

/// The log loss: what a wrong answer given with confidence costs.
fn loss(rows: &[&Row], by: &Calibration) -> f64 {
    let cost = |r: &&Row| {
        let p = by.confidence(&r.features).clamp(0.01, 0.99);
        -(if r.right { p } else { 1.0 - p }).ln()
    };
    rows.iter().map(cost).sum::<f64>() / rows.len().max(1) as f64
}

/// The file that is built in.
fn toml(made: &Calibration) -> Result<String, Fault> {
    let body = toml::to_string(made)
        .map_err(|e| Fault::environment(format!("the figures can't be written as TOML: {e}"), "please report this"))?;
    Ok(format!(
        "# How sure a hypothesis is, by what it rests on; see `origin`. Fitted by `hotwash eval DIR…\n\
         # --calibrate FOLDER`; the caps are set by hand and are kept.\n\
         #\n\
         # score = base + weight * w + margin * m + channels * (tools - 1) + state + stated; the last level\n\
         # whose `from` is no higher than the score gives the confidence. `unstated` caps symptoms alone,\n\
         # `one_channel` what one tool alone says, `unordered` a first place that equal stamps leave open,\n\
         # `unnamed` a subject that is a word of one sentence and nobody's name,\n\
         # `later` every hypothesis but the first, `always` all. Below `thin_weight`, where no case was seen,\n\
         # `thin` is the most.\n{body}"
    ))
}

/// The page.
fn markdown(rows: &[Row], made: &Calibration) -> String {
    let mut out = String::from(HEAD);
    let _ =
        writeln!(out, "{}\n\n## Levels\n\n| score from | confidence | cases |\n| ---: | ---: | ---: |", made.origin);
    for l in &made.levels {
        let _ = writeln!(out, "| {:.2} | {:.2} | {} |", l.from, l.confidence, l.cases);
    }
    out.push_str(SOURCES);
    let all = sources(rows);
    let (mut within, mut without, mut now) = (0.0, 0.0, 0.0);
    for source in &all {
        let (own, others): (Vec<&Row>, Vec<&Row>) = rows.iter().partition(|r| r.source == *source);
        let others: Vec<Row> = others.into_iter().cloned().collect();
        let blind = fit(&others, made);
        let right = own.iter().filter(|r| r.right).count() as f64 / own.len() as f64;
        let mean = |by: &Calibration| own.iter().map(|r| by.confidence(&r.features)).sum::<f64>() / own.len() as f64;
        let (a, b) = (error(&own, made), error(&own, &blind));
        (within, without) = (within + a, without + b);
        now += error(&own, Calibration::embedded());
        let _ = writeln!(
            out,
            "| {source} | {} | {right:.2} | {:.2} | {a:.3} | {:.2} | {b:.3} | {:+.3} | {:+.3} |",
            own.len(),
            mean(made),
            mean(&blind),
            b - a,
            loss(&own, &blind) - loss(&own, made),
        );
    }
    let n = all.len().max(1) as f64;
    let every: Vec<&Row> = rows.iter().collect();
    let _ = writeln!(
        out,
        "| mean of sources | {} | | | {:.3} | | {:.3} | {:+.3} | |\n\nOver all {} cases at once, without regard to source, the error is {:.3}. The figures that were built in when this was made gave a mean over sources of {:.3}.",
        rows.len(),
        within / n,
        without / n,
        (without - within) / n,
        rows.len(),
        error(&every, made),
        now / n,
    );
    out.push_str(TAIL);
    out
}

const HEAD: &str = "\
# Calibration

What a confidence means here: of the first hypotheses that were given this confidence, so many named both the right service and the right kind of fault on labelled incidents. Made by

```
hotwash eval DIR… --calibrate FOLDER
```

from folders of labelled cases; the file it writes is built in as `src/analyst/calibration.toml`. Each first hypothesis has a linear score: its weight, its lead over the next one, how many tools speak for it, whether the cluster's own state does, whether a line states the reason. The coefficients are fitted by logistic regression with a ridge penalty, every source counting by the root of its size. Over the score stand a few levels; each is the share of right answers, pooled so that no level rests on fewer than 8 cases, and shrunk towards the mean of all.

";

const SOURCES: &str = "
## Each source, fitted with it and without it

`error` is the expected calibration error in ten bins. *Left out* means: fitted on the other sources alone, then asked about this one, which is what a new source would meet. `cost` is the change of the log loss.

| source | cases | right | confidence | error | confidence, left out | error, left out | error lost | cost |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
";

const TAIL: &str = "
## How to read it

The error in the column `error` is measured on the cases that the figures were fitted on, so it flatters. The column `error, left out` is the honest one for a source that nobody has seen. With ten cases in a source, an error of about 0.1 is what chance alone gives, however good the figures are.

The tools were built while looking at these same cases, so their answers are right here more often than they will be on incidents that nobody has looked at: expect less than what the levels say, and least from a source that is not in the table. That is why no confidence is above 0.95, whatever the fit gives.

Caps are set by hand and stand above the fit: a weight below what was seen, symptoms without a stated reason, one tool alone, stamps without an order, a subject that is a plain word and no name, and every hypothesis but the first.
";
