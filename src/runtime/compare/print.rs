//! A comparison for a person and as JSON: each figure with how many repeats it is the mean of, and how
//! far apart they were.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::contest::{Contestant, Standing, Trial, round};
use crate::analyst::spread::{Spread, spread};

/// A measure: its name, how many decimals a person wants, and one figure per repeat.
struct Measure {
    name: &'static str,
    decimals: usize,
    figures: Option<Spread>,
}

fn rounds(standing: &Standing) -> Vec<Vec<&Trial>> {
    let last = standing.trials.iter().map(|t| t.repeat).max().unwrap_or(0);
    (1..=last).map(|n| standing.trials.iter().filter(|t| t.repeat == n).collect()).collect()
}

/// One figure of every round. A round that says nothing about it leaves the measure without a figure.
fn of(rounds: &[Vec<&Trial>], figure: impl Fn(&[&Trial]) -> Option<f64>) -> Option<Spread> {
    let all: Option<Vec<f64>> = rounds.iter().map(|r| figure(r)).collect();
    spread(&all?)
}

fn mean(trials: &[&Trial], of: impl Fn(&Trial) -> f64) -> Option<f64> {
    (!trials.is_empty()).then(|| trials.iter().map(|t| of(t)).sum::<f64>() / trials.len() as f64)
}

fn cost(trials: &[&Trial]) -> Option<f64> {
    trials.iter().map(|t| t.usd).sum()
}

fn solved(trials: &[&Trial]) -> usize {
    trials.iter().filter(|t| t.solved()).count()
}

fn measures(standing: &Standing) -> Vec<Measure> {
    let rounds = rounds(standing);
    let share = |t: bool| f64::from(u8::from(t));
    let row = |name, figure: fn(&crate::analyst::measure::Row) -> Option<f64>| Measure {
        name,
        decimals: 3,
        figures: of(&rounds, |r| figure(&round(r))),
    };
    let each = |name, decimals, figure: &dyn Fn(&Trial) -> f64| Measure {
        name,
        decimals,
        figures: of(&rounds, |r| mean(r, figure)),
    };
    vec![
        each("solved", 3, &|t| share(t.solved())),
        row("svc@1", |r| r.svc1),
        row("kind@1", |r| r.kind1),
        row("joint@1", |r| r.joint1),
        row("strict@1", |r| r.strict1),
        row("calm", |r| r.calm),
        row("false_calm", |r| r.false_calm),
        row("severity", |r| r.severity),
        row("grounded", |r| r.grounded),
        each("no report", 3, &|t| share(t.failed.is_some())),
        each("ms/case", 1, &|t| t.ms),
        each("tokens in/case", 0, &|t| t.tokens_in as f64),
        each("tokens out/case", 0, &|t| t.tokens_out as f64),
        Measure {
            name: "$/case",
            decimals: 5,
            figures: of(&rounds, |r| cost(r).map(|usd| usd / r.len().max(1) as f64)),
        },
        Measure {
            name: "$/solved case",
            decimals: 5,
            figures: of(&rounds, |r| cost(r).filter(|_| solved(r) > 0).map(|usd| usd / solved(r) as f64)),
        },
    ]
}

fn model(standing: &Standing) -> Option<&str> {
    standing.who.model.as_ref().map(|(_, rung)| rung.model.as_str())
}

fn in_language(who: &Contestant) -> String {
    if who.language() == "en" { String::new() } else { format!(", in {}", who.language()) }
}

/// For a person. `-` is a figure that is not known: no price, nothing solved, no case that asks for it.
pub fn table(standings: &[Standing], ended: Option<&str>) -> String {
    let mut out = String::new();
    for standing in standings {
        let rounds = rounds(standing);
        let who = &standing.who;
        let about = match model(standing) {
            Some(model) => format!(" ({model}), prompts {} {}", who.prompt, who.prompts.hash()),
            None => String::new(),
        };
        let cases = rounds.first().map_or(0, Vec::len);
        let _ = writeln!(out, "{}{about}{}: {cases} cases, {} repeats", who.engine, in_language(who), rounds.len());
        let _ = writeln!(out, "  {:<16} {:>3} {:>10} {:>10} {:>10} {:>10}", "measure", "n", "mean", "min", "max", "sd");
        for Measure { name, decimals, figures } in measures(standing) {
            let Some(s) = figures else {
                let _ = writeln!(out, "  {name:<16} {:>3} {:>10} {:>10} {:>10} {:>10}", "-", "-", "-", "-", "-");
                continue;
            };
            let number = |v: f64| format!("{v:.decimals$}");
            let sd = s.sd.map_or_else(|| "-".to_owned(), number);
            let _ = writeln!(
                out,
                "  {name:<16} {:>3} {:>10} {:>10} {:>10} {sd:>10}",
                s.n,
                number(s.mean),
                number(s.min),
                number(s.max)
            );
        }
        failures(standing, &mut out);
        out.push('\n');
    }
    if let Some(why) = ended {
        let _ = writeln!(out, "ended early: {why}; what not everybody finished is left out");
    }
    out
}

/// Why there is no report, each reason once.
fn failures(standing: &Standing, out: &mut String) {
    let mut said: Vec<(&str, &str, usize)> = Vec::new();
    for t in &standing.trials {
        let Some(why) = t.failed.as_deref() else { continue };
        match said.iter_mut().find(|(_, known, _)| *known == why) {
            Some((_, _, n)) => *n += 1,
            None => said.push((&t.result.case, why, 1)),
        }
    }
    for (case, why, n) in said {
        let _ = writeln!(out, "  no report of {case}: {why} ({n} times in all)");
    }
}

/// The same as JSON, with every trial.
pub fn json(standings: &[Standing], ended: Option<&str>) -> String {
    let engines: Vec<Value> = standings
        .iter()
        .map(|s| {
            let measures: serde_json::Map<String, Value> =
                measures(s).into_iter().map(|m| (m.name.to_owned(), json!(m.figures))).collect();
            let asked = model(s).is_some();
            json!({
                "engine": s.who.engine,
                "model": model(s),
                "language": s.who.language(),
                "prompts": asked.then(|| s.who.prompt.clone()),
                "prompts_hash": asked.then(|| s.who.prompts.hash()),
                "measures": measures,
                "trials": s.trials,
            })
        })
        .collect();
    format!("{:#}\n", json!({ "engines": engines, "ended_early": ended }))
}
