//! The policy as data: named rules with typed conditions, read from TOML. It decides nothing.

use std::sync::OnceLock;

use serde::Deserialize;

use crate::domain::Severity;
use crate::fault::Fault;

/// A severity policy: the first rule that holds decides.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// Its name, as the sheet shows it.
    pub name: String,
    /// Where its rules and numbers come from.
    #[serde(default)]
    pub origin: String,
    /// The rules, in order.
    #[serde(rename = "rule")]
    pub rules: Vec<Rule>,
    /// What it must answer: held against its rules by [`Policy::broken_examples`].
    #[serde(rename = "example", default)]
    pub examples: Vec<Example>,
}

/// Facts, and the level that the policy must give for them.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// What is known.
    pub facts: Facts,
    /// The level; none is *undecided*.
    #[serde(default)]
    pub level: Option<Severity>,
}

/// What is known of the impact, as the rules ask for it. Shares are in percent, the duration in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[expect(missing_docs, reason = "the names are the facts")]
pub struct Facts {
    pub data_loss: bool,
    pub critical_path_down: bool,
    pub internal_only: bool,
    pub customers_hit: bool,
    pub user_share: Option<f64>,
    pub request_share: Option<f64>,
    pub duration: Option<f64>,
}

/// One rule.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// The level; none is *undecided*.
    #[serde(default)]
    pub level: Option<Severity>,
    /// The rule in words.
    pub rule: String,
    /// When it holds: all of these.
    pub when: Condition,
    /// What is not known where it decides.
    #[serde(default)]
    pub unknown: Vec<String>,
    /// Which one more fact would change it, and to what.
    #[serde(default)]
    pub would_change: Vec<String>,
}

/// Conditions; absent ones do not matter.
#[derive(Debug, Clone, Copy, PartialEq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[expect(missing_docs, reason = "the names are the conditions")]
pub struct Condition {
    pub data_loss: Option<bool>,
    pub critical_path_down: Option<bool>,
    pub internal_only: Option<bool>,
    pub customers_hit: Option<bool>,
    pub user_share_unknown: Option<bool>,
    pub user_share_at_least: Option<f64>,
    pub user_share_above: Option<f64>,
    pub user_share_below: Option<f64>,
    pub user_share_at_most: Option<f64>,
    pub request_share_at_least: Option<f64>,
    pub request_share_below: Option<f64>,
    pub duration_at_least_s: Option<f64>,
    pub duration_below_s: Option<f64>,
}

impl Policy {
    /// The built-in policy.
    pub fn embedded() -> &'static Self {
        static EMBEDDED: OnceLock<Policy> = OnceLock::new();
        // A file of ours that does not parse fails the tests; without rules everything is undecided.
        EMBEDDED.get_or_init(|| Self::read("impact-v2.toml", include_str!("impact-v2.toml")).unwrap_or_default())
    }

    /// The policies that come with the program, by the name of their file, with their text.
    pub const SHIPPED: [(&'static str, &'static str); 2] =
        [("impact-v2", include_str!("impact-v2.toml")), ("request-share", include_str!("request-share.toml"))];

    /// The policy of that name that comes with the program.
    pub fn shipped(name: &str) -> Option<Self> {
        let (file, text) = Self::SHIPPED.iter().find(|(n, _)| *n == name)?;
        Self::read(file, text).ok()
    }

    /// The first rule that holds for the facts.
    pub fn rule_for(&self, facts: &Facts) -> Option<&Rule> {
        self.rules.iter().find(|r| facts.hold(&r.when))
    }

    /// The examples that the rules do not answer as they say, each in words.
    pub fn broken_examples(&self) -> Vec<String> {
        let told = |level: Option<Severity>| level.map_or("undecided", Severity::name);
        let wrong = self.examples.iter().enumerate().filter_map(|(i, e)| {
            let level = self.rule_for(&e.facts).and_then(|r| r.level);
            (level != e.level).then(|| {
                format!(
                    "example {} of policy {} says {}, its rules say {}",
                    i + 1,
                    self.name,
                    told(e.level),
                    told(level)
                )
            })
        });
        wrong.collect()
    }

    /// Reads a policy file.
    ///
    /// # Errors
    /// Names the file, place and reason when the text is not a policy.
    pub fn read(name: &str, text: &str) -> Result<Self, Fault> {
        toml::from_str(text).map_err(|e| {
            Fault::input(format!("severity policy {name} is not valid: {e}"), "mend the file, then run `hotwash check`")
        })
    }
}

impl Facts {
    fn hold(&self, c: &Condition) -> bool {
        let is = |wanted: Option<bool>, fact: bool| wanted.is_none_or(|w| w == fact);
        let number = |wanted: Option<f64>, fact: Option<f64>, holds: fn(f64, f64) -> bool| {
            wanted.is_none_or(|w| fact.is_some_and(|f| holds(f, w)))
        };
        is(c.data_loss, self.data_loss)
            && is(c.critical_path_down, self.critical_path_down)
            && is(c.internal_only, self.internal_only)
            && is(c.customers_hit, self.customers_hit)
            && is(c.user_share_unknown, self.user_share.is_none())
            && number(c.user_share_at_least, self.user_share, |f, w| f >= w)
            && number(c.user_share_above, self.user_share, |f, w| f > w)
            && number(c.user_share_below, self.user_share, |f, w| f < w)
            && number(c.user_share_at_most, self.user_share, |f, w| f <= w)
            && number(c.request_share_at_least, self.request_share, |f, w| f >= w)
            && number(c.request_share_below, self.request_share, |f, w| f < w)
            && number(c.duration_at_least_s, self.duration, |f, w| f >= w)
            && number(c.duration_below_s, self.duration, |f, w| f < w)
    }
}
