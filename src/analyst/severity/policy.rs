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
    /// The rules, in order.
    #[serde(rename = "rule")]
    pub rules: Vec<Rule>,
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
