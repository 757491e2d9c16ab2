//! Weight → probability, by figures that are data with an origin (`calibration.toml`): a linear
//! score, levels over it that say how often such a first hypothesis was right, and caps for evidence
//! that is thin. `hotwash eval --calibrate` fits the figures anew.

use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

/// What the confidence of a hypothesis depends on.
#[derive(Debug, Clone, Copy, PartialEq)]
#[expect(missing_docs, reason = "the names say what each is")]
pub struct Features {
    pub weight: f64,
    /// How far it stands before the next one, or behind the first.
    pub margin: f64,
    pub channels: usize,
    pub stated: bool,
    /// A tool that reads the cluster's own state speaks for it, not only lines that somebody wrote.
    pub state: bool,
    pub first: bool,
    /// False where stamps give no order and others compete for the first place.
    pub ordered: bool,
    /// False where the subject is a word of one sentence and nothing that anything is called.
    pub named: bool,
}

/// The figures.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the file says what each is")]
pub struct Calibration {
    pub origin: String,
    pub base: f64,
    pub weight: f64,
    pub margin: f64,
    pub channels: f64,
    pub state: f64,
    pub stated: f64,
    pub weight_cap: f64,
    pub margin_cap: f64,
    pub caps: Caps,
    #[serde(default, rename = "level")]
    pub levels: Vec<Level>,
}

/// How often a first hypothesis with such a score was right.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Level {
    /// The least score.
    pub from: f64,
    /// The confidence, 0 to 1.
    pub confidence: f64,
    /// How many cases it rests on.
    pub cases: usize,
}

/// Where confidence ends when evidence is thin.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the file says what each is")]
pub struct Caps {
    pub thin: f64,
    pub thin_weight: f64,
    pub unstated: f64,
    pub one_channel: f64,
    pub unordered: f64,
    pub unnamed: f64,
    pub later: f64,
    pub always: f64,
}

impl Default for Calibration {
    fn default() -> Self {
        Self {
            origin: "none: a cautious default".into(),
            base: -2.0,
            weight: 0.5,
            margin: 0.2,
            channels: 0.2,
            state: 0.0,
            stated: 0.0,
            weight_cap: 6.0,
            margin_cap: 3.0,
            caps: Caps {
                thin: 0.4,
                thin_weight: 1.0,
                unstated: 0.5,
                one_channel: 0.6,
                unordered: 0.5,
                unnamed: 0.5,
                later: 0.4,
                always: 0.8,
            },
            levels: Vec::new(),
        }
    }
}

impl Calibration {
    /// The figures that are built in.
    pub fn embedded() -> &'static Self {
        static EMBEDDED: OnceLock<Calibration> = OnceLock::new();
        EMBEDDED.get_or_init(|| toml::from_str(include_str!("../calibration.toml")).unwrap_or_default())
    }

    /// What the score is made of, each about as large as the others.
    pub fn inputs(&self, f: &Features) -> [f64; 5] {
        let flag = |set: bool| if set { 1.0 } else { 0.0 };
        [
            f.weight.clamp(-self.weight_cap, self.weight_cap),
            f.margin.clamp(-self.margin_cap, self.margin_cap),
            f.channels.saturating_sub(1).min(3) as f64,
            flag(f.state),
            flag(f.stated),
        ]
    }

    /// The score of a hypothesis.
    pub fn score(&self, f: &Features) -> f64 {
        let by = [self.weight, self.margin, self.channels, self.state, self.stated];
        self.base + self.inputs(f).iter().zip(by).map(|(x, b)| x * b).sum::<f64>()
    }

    /// The confidence of a hypothesis, 0 to 1.
    pub fn confidence(&self, f: &Features) -> f64 {
        let score = self.score(f);
        let level = self.levels.iter().rev().find(|l| score >= l.from).or(self.levels.first());
        let mut p = level.map_or_else(|| 1.0 / (1.0 + (-score).exp()), |l| l.confidence);
        if f.weight < self.caps.thin_weight {
            p = p.min(self.caps.thin);
        }
        if !f.stated {
            p = p.min(self.caps.unstated);
        }
        if f.channels < 2 {
            p = p.min(self.caps.one_channel);
        }
        if !f.ordered {
            p = p.min(self.caps.unordered);
        }
        if !f.named {
            p = p.min(self.caps.unnamed);
        }
        if !f.first {
            p = p.min(self.caps.later);
        }
        // Two decimals: more would claim more than is known.
        (p.min(self.caps.always) * 100.0).round() / 100.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_weight_is_never_less_confidence_and_thin_evidence_is_capped() {
        let c: Calibration = toml::from_str(include_str!("../calibration.toml")).unwrap();
        let at = |weight: f64, stated: bool| {
            c.confidence(&Features {
                weight,
                margin: 1.0,
                channels: 1,
                stated,
                state: false,
                first: true,
                ordered: true,
                named: true,
            })
        };
        let curve: Vec<f64> = (0..12).map(|w| at(f64::from(w), true)).collect();
        assert!(curve.windows(2).all(|w| w[0] <= w[1]), "{curve:?}");
        assert!(at(50.0, true) <= c.caps.one_channel);
        assert!(at(50.0, false) <= c.caps.unstated);
        assert!(at(0.5, true) <= 0.5, "next to nothing speaks for it");
    }
}
