//! The command palette: which actions a query finds, best first. It runs none.

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use super::action::{ALL, Action};
use super::desk::Desk;
use super::update::keys::contexts_of_panels;
use crate::session::Session;

/// The actions that a query finds and that are possible now, best first.
pub fn found(session: &Session, desk: &Desk, query: &str) -> Vec<&'static Action> {
    let here = contexts_of_panels(desk);
    let possible = ALL.iter().filter(|a| here.contains(&a.context) && a.id != "palette" && (a.enabled)(session, desk));
    let mut matcher = Matcher::new(Config::DEFAULT);
    let pattern = Pattern::parse(query, CaseMatching::Ignore, Normalization::Smart);
    let mut scored: Vec<(u32, &Action)> = possible
        .filter_map(|a| {
            let mut buffer = Vec::new();
            let text = format!("{} {}", a.title, a.id);
            pattern.score(Utf32Str::new(&text, &mut buffer), &mut matcher).map(|score| (score, a))
        })
        .collect();
    scored.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    scored.into_iter().map(|(_, a)| a).collect()
}
