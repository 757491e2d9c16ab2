//! A team's own rules: a TOML file with patterns over sentences in the form of ours, each with sentences
//! it must flag and sentences it must not; and the names of rules that are switched off.
//!
//! ```toml
//! off = ["mean-of-one"]
//!
//! [[rule]]
//! id = "no-ticket"
//! parts = ["action_items"]
//! pattern = '^P\d:'
//! unless = '\b[A-Z]+-\d+\b'
//! what = "the action item names no ticket"
//! fix = "add the ticket"
//! examples = ["P1: alert at 80%"]
//! counter_examples = ["P1: alert at 80% (OPS-12)"]
//! ```

use serde::Deserialize;

use crate::analyst::grounding::wording::{self, Rule};
use crate::fault::Fault;

/// Rules beside ours, and those of ours that don't apply.
#[derive(Default)]
pub struct Own {
    /// Rules over sentences.
    pub rules: Vec<Rule>,
    /// Ids of rules that are switched off.
    pub off: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    off: Vec<String>,
    #[serde(default)]
    rule: Vec<toml::Table>,
}

impl std::fmt::Debug for Own {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let ids: Vec<&str> = self.rules.iter().map(|r| r.id).collect();
        f.debug_struct("Own").field("rules", &ids).field("off", &self.off).finish()
    }
}

impl Own {
    /// Adds a file's rules.
    ///
    /// # Errors
    /// Names the file, and what is wrong in it: its form, a pattern, an example that its own rule does
    /// not judge as it says.
    pub fn add(&mut self, name: &str, text: &str) -> Result<(), Fault> {
        let wrong = |why: String| {
            let hint = "mend the file, or take it out of the folder `lint`; docs/lint.md shows its form";
            Fault::input(format!("{name}: {}", why.trim_end()), hint)
        };
        let file: File = toml::from_str(text).map_err(|e| wrong(e.to_string()))?;
        let mut rules = toml::Table::new();
        rules.insert("rule".into(), file.rule.into_iter().map(toml::Value::Table).collect::<Vec<_>>().into());
        let text = toml::to_string(&rules).map_err(|e| wrong(e.to_string()))?;
        let rules = wording::read(&text).map_err(wrong)?;
        if let Some(broken) = rules.iter().flat_map(Rule::broken_examples).next() {
            return Err(wrong(broken));
        }
        self.rules.extend(rules);
        self.off.extend(file.off);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "off = [\"gap\"]\n[[rule]]\nid = \"no-ticket\"\nparts = [\"action_items\"]\npattern = '^P\\d:'\n\
        unless = 'OPS-\\d'\nwhat = \"no ticket\"\nexamples = [\"P1: a\"]\ncounter_examples = [\"P1: a OPS-1\"]\n";

    #[test]
    fn own_rules_apply_and_ours_can_be_switched_off() {
        let mut own = Own::default();
        own.add("a.toml", FILE).unwrap();
        let found = super::super::lint_with("## Action items\n\n- P1: alert at 80%, owner: team\n- TBD\n", None, &own);
        assert!(found.iter().any(|f| f.rule == "no-ticket" && f.line == 3), "{found:?}");
        assert!(!found.iter().any(|f| f.rule == "gap"));
    }

    #[test]
    fn a_file_that_does_not_hold_is_named_with_the_reason() {
        let why = |text: &str| Own::default().add("a.toml", text).unwrap_err().what;
        assert!(why("[[rule]]\nid = 1").starts_with("a.toml: "));
        assert!(why(&FILE.replace("P1: a\"]\ncounter", "Q1: a\"]\ncounter")).contains("should flag"));
        assert!(why("on = []").contains("unknown field"));
    }
}
