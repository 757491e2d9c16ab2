//! The fit: a linear score by ridge-penalised logistic regression in which every source counts
//! alike, then a few levels over that score, each shrunk towards the mean of all.

use hotwash::analyst::scoring::confidence::{Calibration, Features, Level};

/// One case: its source, what its first hypothesis was made of, and whether it was right.
#[derive(Debug, Clone)]
pub struct Row {
    pub source: String,
    pub case: String,
    pub features: Features,
    /// False where the investigation called itself inconclusive.
    pub decided: bool,
    pub right: bool,
}

/// What pulls the coefficients to nothing; larger pulls harder.
const RIDGE: f64 = 0.02;
/// Steps of the descent, and their length.
const STEPS: usize = 20_000;
const LENGTH: f64 = 0.05;
/// A level rests on at least so many cases.
const CASES_PER_LEVEL: usize = 14;
/// Cases that a level is thought to have seen besides its own, right as often as all.
const PRIOR: f64 = 3.0;

/// How much a case counts: sources of many cases count more, but not in proportion.
fn shares(rows: &[Row]) -> Vec<f64> {
    let of = |source: &str| rows.iter().filter(|r| r.source == source).count().max(1) as f64;
    let raw: Vec<f64> = rows.iter().map(|r| of(&r.source).powf(-0.5)).collect();
    let sum: f64 = raw.iter().sum();
    raw.into_iter().map(|w| w / sum).collect()
}

/// Fits coefficients and levels to the rows; caps stay as they are in `before`.
pub fn fit(rows: &[Row], before: &Calibration) -> Calibration {
    let weights = shares(rows);
    let inputs: Vec<[f64; 5]> = rows.iter().map(|r| before.inputs(&r.features)).collect();
    let mut b = [0.0f64; 6];
    for _ in 0..STEPS {
        let mut gradient = [0.0f64; 6];
        for ((x, w), r) in inputs.iter().zip(&weights).zip(rows) {
            let sum = b[0] + x.iter().zip(&b[1..]).map(|(x, b)| x * b).sum::<f64>();
            let off = 1.0 / (1.0 + (-sum).exp()) - f64::from(u8::from(r.right));
            gradient[0] += w * off;
            for (g, x) in gradient[1..].iter_mut().zip(x) {
                *g += w * off * x;
            }
        }
        for (i, (b, g)) in b.iter_mut().zip(gradient).enumerate() {
            *b -= LENGTH * (g + if i == 0 { 0.0 } else { RIDGE * *b });
            // more evidence is never less confidence
            *b = if i == 0 { *b } else { b.max(0.0) };
        }
    }
    let [base, weight, margin, channels, state, stated] = b.map(|v| (v * 1000.0).round() / 1000.0);
    let mut made = Calibration { base, weight, margin, channels, state, stated, ..before.clone() };
    made.levels = levels(rows, &weights, &made);
    made
}

/// Levels over the score, low to high: neighbours are pooled until none is smaller than the rule and
/// none is less often right than the one below it.
fn levels(rows: &[Row], weights: &[f64], by: &Calibration) -> Vec<Level> {
    struct Pool {
        from: f64,
        cases: usize,
        right: f64,
        weight: f64,
    }
    let mut order: Vec<(f64, bool, f64)> =
        rows.iter().zip(weights).map(|(r, w)| (by.score(&r.features), r.right, *w)).collect();
    order.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mean = order.iter().filter(|o| o.1).map(|o| o.2).sum::<f64>();
    let mut pools: Vec<Pool> = Vec::new();
    for (score, right, w) in order {
        let right = if right { w } else { 0.0 };
        match pools.last_mut() {
            Some(p) if p.cases < CASES_PER_LEVEL || p.from == score => {
                p.cases += 1;
                p.right += right;
                p.weight += w;
            }
            _ => pools.push(Pool { from: score, cases: 1, right, weight: w }),
        }
    }
    let share = |p: &Pool| p.right / p.weight.max(f64::MIN_POSITIVE);
    while let Some(i) = (1..pools.len()).find(|&i| {
        let (a, b) = (&pools[i - 1], &pools[i]);
        share(a) >= share(b) - 0.04 || b.cases < CASES_PER_LEVEL
    }) {
        let b = pools.remove(i);
        let a = &mut pools[i - 1];
        a.cases += b.cases;
        a.right += b.right;
        a.weight += b.weight;
    }
    let level = |(i, p): (usize, &Pool)| {
        let n = p.cases as f64;
        let confidence = (share(p) * n + mean * PRIOR) / (n + PRIOR);
        Level {
            from: if i == 0 { f64::NEG_INFINITY } else { (p.from * 100.0).round() / 100.0 },
            confidence: (confidence * 100.0).round() / 100.0,
            cases: p.cases,
        }
    };
    pools.iter().enumerate().map(level).collect()
}
