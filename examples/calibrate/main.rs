//! Fits the confidence of hypotheses on labelled cases: `calibrate DIR… [--write]`.
//!
//! Prints what the fit gives, and what is lost on each source when it is left out of the fit. With
//! `--write` it writes `src/analyst/calibration.toml` and `docs/calibration.md`.

mod fit;
mod page;

use std::path::PathBuf;

use anyhow::{Context, Result};
use hotwash::analyst::measure::joint;
use hotwash::analyst::scoring::confidence::Calibration;
use hotwash::analyst::{Knowledge, Request, ranked};
use hotwash::domain::report::Conclusion;
use hotwash::domain::{Evidence, Origin, Source, SourceId};
use hotwash::runtime::eval::cases;

use fit::{Row, fit};

fn main() -> Result<()> {
    let (flags, dirs): (Vec<String>, Vec<String>) = std::env::args().skip(1).partition(|a| a.starts_with("--"));
    let dirs: Vec<PathBuf> = dirs.into_iter().map(PathBuf::from).collect();
    let rows = rows(&dirs)?;
    if flags.iter().any(|f| f == "--rows") {
        print!("{}", page::listing(&rows));
        return Ok(());
    }
    let before = Calibration::embedded();
    let mut made = fit(&rows, before);
    made.origin = page::origin(&rows, &chrono::Utc::now().format("%Y-%m-%d").to_string());
    let text = page::markdown(&rows, &made);
    if flags.iter().any(|f| f == "--write") {
        let toml = page::toml(&made)?;
        std::fs::write("src/analyst/calibration.toml", toml).context("run it from the project's folder")?;
        std::fs::write("docs/calibration.md", &text).context("run it from the project's folder")?;
    }
    print!("{text}");
    Ok(())
}

/// Every case in which something is wrong, with what its first hypothesis was made of.
fn rows(dirs: &[PathBuf]) -> Result<Vec<Row>> {
    let mut out = Vec::new();
    for case in cases(dirs, &[]).map_err(|f| anyhow::anyhow!("{f}"))? {
        let case = case.map_err(|f| anyhow::anyhow!("{f}"))?;
        if case.expected.no_incident || case.expected.acceptable_severities.is_some() {
            continue;
        }
        let origin = Origin::File { path: "context.txt".into() };
        let source = Source { id: SourceId(0), name: "context".into(), origin, text: case.text.as_str().into() };
        let evidence = Evidence { readings: vec![hotwash::intake::read(&source)], sources: vec![source] };
        let Some(found) = ranked(&evidence, &Request::default(), Knowledge::embedded()) else { continue };
        let (Some(features), Some(first)) = (found.first, found.hypotheses.first()) else { continue };
        let decided = found.outcome != Conclusion::Inconclusive;
        out.push(Row {
            source: case.source().to_owned(),
            case: case.name.clone(),
            features,
            decided,
            right: joint(&case.expected, first),
        });
    }
    Ok(out)
}
