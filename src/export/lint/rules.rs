//! The lint's own rules, read from `rules.toml` with their examples.

use std::sync::LazyLock;

use regex::Regex;
use serde::Deserialize;

use crate::analyst::grounding::statement::Part;

/// A section that has to be there.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Section {
    pub name: String,
    pub parts: Vec<Part>,
    /// Labels that say the same: `- **Identified**: …`.
    #[serde(default)]
    pub labels: Vec<String>,
}

/// What is said of a gap; which texts are one is grounding's.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gap {
    pub what: String,
    pub fix: String,
}

/// A figure that a page gives once.
pub struct Figure {
    pub name: String,
    pub pattern: Regex,
    examples: Vec<String>,
}

/// Everything in the file.
#[derive(Default)]
pub struct Rules {
    pub sections: Vec<Section>,
    pub gap: Gap,
    pub figures: Vec<Figure>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFigure {
    name: String,
    pattern: String,
    examples: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    section: Vec<Section>,
    gap: Gap,
    figure: Vec<RawFigure>,
}

static RULES: LazyLock<Rules> = LazyLock::new(|| read(include_str!("rules.toml")).unwrap_or_default());

/// The rules.
pub fn rules() -> &'static Rules {
    &RULES
}

fn read(text: &str) -> Result<Rules, String> {
    let file: File = toml::from_str(text).map_err(|e| e.to_string())?;
    let compile = |p: &str| crate::domain::pattern::compile_any_case(p).map_err(|e| e.to_string());
    let figure = |f: RawFigure| {
        Ok::<Figure, String>(Figure { name: f.name, pattern: compile(&f.pattern)?, examples: f.examples })
    };
    Ok(Rules {
        sections: file.section,
        gap: file.gap,
        figures: file.figure.into_iter().map(figure).collect::<Result<_, _>>()?,
    })
}

/// Examples that their own rule does not judge as they say, for `hotwash check` and the tests.
pub fn broken_examples() -> Vec<String> {
    let rules = match read(include_str!("rules.toml")) {
        Ok(rules) => rules,
        Err(why) => return vec![why],
    };
    let mut out = Vec::new();
    for f in &rules.figures {
        out.extend(f.examples.iter().filter(|e| !f.pattern.is_match(e)).map(|e| format!("{}: not read: {e}", f.name)));
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_rule_judges_its_own_examples_as_they_say() {
        assert_eq!(super::broken_examples(), Vec::<String>::new());
    }
}
