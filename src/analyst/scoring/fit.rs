//! The fit: a linear score by ridge-penalised logistic regression in which a source counts
//! by the root of its size, then a few levels over that score, each shrunk towards the mean of all.
//! Pure: the same rows give the same figures.

use super::confidence::{Calibration, Features, Level};

/// One case: its source, what its first hypothesis was made of, and whether it was right.
#[derive(Debug, Clone)]
pub struct Row {
    /// The source.
    pub source: String,
    /// The case.
    pub case: String,
    /// What its first hypothesis was made of.
    pub features: Features,
    /// False where the investigation called itself inconclusive.
    pub decided: bool,
    /// True when it named the right service and kind.
    pub right: bool,
}

/// What pulls the coefficients to nothing; larger pulls harder.
const RIDGE: f64 = 0.02;
/// Steps of the descent, and their length.
const STEPS: usize = 20_000;
const LENGTH: f64 = 0.05;
/// A level rests on at least so many cases.
const CASES_PER_LEVEL: usize = 8;
/// Cases that a level is thought to have seen besides its own, right as often as all.
const PRIOR: f64 = 3.0;
/// Levels whose shares are closer than this are one.
const APART: f64 = 0.04;

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
    let mut base = 0.0f64;
    let mut by = [0.0f64; 5];
    for _ in 0..STEPS {
        let (mut base_gradient, mut gradient) = (0.0f64, [0.0f64; 5]);
        for ((x, w), r) in inputs.iter().zip(&weights).zip(rows) {
            let sum = base + x.iter().zip(&by).map(|(x, b)| x * b).sum::<f64>();
            let off = w * (1.0 / (1.0 + (-sum).exp()) - f64::from(u8::from(r.right)));
            base_gradient += off;
            for (g, x) in gradient.iter_mut().zip(x) {
                *g += off * x;
            }
        }
        base -= LENGTH * base_gradient;
        for (b, g) in by.iter_mut().zip(gradient) {
            // more evidence is never less confidence
            *b = (*b - LENGTH * (g + RIDGE * *b)).max(0.0);
        }
    }
    let round = |v: f64| (v * 1000.0).round() / 1000.0;
    let [weight, margin, channels, state, stated] = by.map(round);
    let mut made = Calibration { base: round(base), weight, margin, channels, state, stated, ..before.clone() };
    made.levels = levels(rows, &weights, &made);
    made
}

/// Neighbours over the score that are taken together.
#[derive(Debug, Clone)]
struct Pool {
    from: f64,
    cases: usize,
    right: f64,
    weight: f64,
}

impl Pool {
    fn share(&self) -> f64 {
        self.right / self.weight.max(f64::MIN_POSITIVE)
    }

    fn take(&mut self, other: &Self) {
        self.cases += other.cases;
        self.right += other.right;
        self.weight += other.weight;
    }
}

/// Levels over the score, low to high: neighbours are pooled until none is smaller than the rule and
/// none is less often right than the one below it.
fn levels(rows: &[Row], weights: &[f64], by: &Calibration) -> Vec<Level> {
    let mut order: Vec<(f64, bool, f64)> =
        rows.iter().zip(weights).map(|(r, w)| (by.score(&r.features), r.right, *w)).collect();
    order.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mean = order.iter().filter(|o| o.1).map(|o| o.2).sum::<f64>();
    let mut pools: Vec<Pool> = Vec::new();
    for (score, right, weight) in order {
        let one = Pool { from: score, cases: 1, right: if right { weight } else { 0.0 }, weight };
        match pools.last_mut() {
            Some(p) if p.cases < CASES_PER_LEVEL || (p.from - score).abs() < 1e-9 => p.take(&one),
            _ => pools.push(one),
        }
    }
    let mut merged: Vec<Pool> = Vec::new();
    for mut pool in pools {
        while let Some(last) = merged.last() {
            if last.share() < pool.share() - APART && pool.cases >= CASES_PER_LEVEL {
                break;
            }
            let Some(mut last) = merged.pop() else { break };
            last.take(&pool);
            pool = last;
        }
        merged.push(pool);
    }
    let level = |(i, p): (usize, &Pool)| {
        let n = p.cases as f64;
        let confidence = (p.share() * n + mean * PRIOR) / (n + PRIOR);
        Level {
            from: if i == 0 { f64::NEG_INFINITY } else { (p.from * 100.0).floor() / 100.0 },
            confidence: (confidence * 100.0).round() / 100.0,
            cases: p.cases,
        }
    };
    merged.iter().enumerate().map(level).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(source: &str, weight: f64, right: bool) -> Row {
        let features = Features {
            weight,
            margin: weight,
            channels: 2,
            stated: true,
            state: false,
            first: true,
            ordered: true,
            named: true,
        };
        Row { source: source.into(), case: String::new(), features, decided: true, right }
    }

    #[test]
    fn what_is_right_more_often_gets_more_confidence_and_levels_never_fall() {
        let rows: Vec<Row> = (0..120)
            .map(|i| row(if i % 2 == 0 { "a" } else { "b" }, f64::from(i % 6), (i * 7) % 6 < i % 6 || i % 6 == 5))
            .collect();
        let made = fit(&rows, &Calibration::default());
        assert!(made.weight > 0.0 && made.levels.len() >= 2, "{made:?}");
        assert!(made.levels.windows(2).all(|l| l[0].confidence < l[1].confidence && l[0].from < l[1].from));
        assert!(made.levels.iter().all(|l| l.cases >= CASES_PER_LEVEL && l.confidence < 1.0));
        assert_eq!(made.levels.iter().map(|l| l.cases).sum::<usize>(), rows.len());
    }
}
