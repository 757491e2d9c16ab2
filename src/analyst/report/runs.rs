//! What the failing container was told to run, where a description or manifest shows it: a fault of the command
//! itself stands there in plain sight. It weighs nothing; it is shown beside what does.

use crate::analyst::Casebook;
use crate::domain::{Claim, Evidence, FaultKind, Hypothesis, Span};
use crate::intake::kube::Container;

/// Characters of a command that are shown.
const SHOWN: usize = 160;

/// Programs that images commonly hold, for a name that is one letter off.
const PROGRAMS: &str = include_str!("programs.txt");

/// Adds to the first hypothesis what its failing container runs, where the kind of fault may lie in it.
pub fn add(hypotheses: &mut [Hypothesis], book: &Casebook, evidence: &Evidence) {
    let Some(h) = hypotheses.first_mut() else { return };
    let may_lie_in_it = matches!(
        h.fault_kind,
        FaultKind::ConfigError
            | FaultKind::MissingConfig
            | FaultKind::MemoryExhaustion
            | FaultKind::CpuThrottling
            | FaultKind::JobFailure
            | FaultKind::CrashLoop
    );
    if !may_lie_in_it {
        return;
    }
    let Some((container, said)) = book.cluster.pods_of(&h.subject).find_map(|p| {
        let all = || p.spec.containers.iter();
        let failing = all().find(|c| ended_badly(c)).or_else(|| all().next().filter(|_| all().count() == 1))?;
        Some((failing, failing.args.as_ref().filter(|a| !a.text.is_empty()).or(failing.command.as_ref())?))
    }) else {
        return;
    };
    let Some(at) = longest_line(evidence.slice(said.at), said.at) else { return };
    let words = evidence.slice(at);
    let part = excerpt(words, &h.statement);
    let more = if part.len() < words.len() { ", of a longer command" } else { "" };
    let text = format!("Container {} is told to run: “{part}”{more}", container.name);
    h.supporting.push(Claim::quoted(text, vec![evidence.cite(at)]));
    if let Some((wrong, right)) = misspelt(&h.statement) {
        let text = format!("“{wrong}” is one letter off {right}, which is a common program");
        h.supporting.push(Claim::inferred(text, vec![evidence.cite(said.at)]));
    }
}

/// True for a container that ended otherwise than it should, or can't start.
fn ended_badly(c: &Container) -> bool {
    let code = |s: &crate::intake::kube::State| s.exit_code.as_ref().is_some_and(|code| code.text != "0");
    code(&c.state)
        || code(&c.last)
        || c.state.phase.as_ref().is_some_and(|p| p.text == "Waiting") && c.restarts > Some(0)
}

/// The line of the command that says most: its interpreter and that one's flags stand on others.
fn longest_line(text: &str, at: Span) -> Option<Span> {
    let mut from = 0;
    let mut best: Option<(usize, usize)> = None;
    for line in text.split_inclusive('\n') {
        let lead = line.len() - line.trim_start().len();
        let (begin, end) = (from + lead, from + line.trim_end().len());
        if end > begin && best.is_none_or(|(b, e)| end - begin > e - b) {
            best = Some((begin, end));
        }
        from += line.len();
    }
    best.map(|(begin, end)| Span::new(at.source, at.start + begin..at.start + end))
}

/// The command, or of a long one the part up to the word that the error quotes; else its beginning.
fn excerpt<'t>(words: &'t str, statement: &str) -> &'t str {
    let Some((cut, _)) = words.char_indices().nth(SHOWN) else { return words };
    let quoted = statement.split('"').nth(1).filter(|q| !q.is_empty());
    let end = quoted.and_then(|q| words.rfind(q).map(|at| at + q.len())).filter(|end| *end > cut).unwrap_or(cut);
    let before = words.get(..end).map_or(0, |w| w.chars().count());
    let from = words.char_indices().nth(before.saturating_sub(SHOWN)).map_or(0, |(at, _)| at);
    words.get(from..end).unwrap_or(words).trim()
}

/// The program that was not found, and a common one whose name is one letter off.
fn misspelt(statement: &str) -> Option<(String, &'static str)> {
    let (_, rest) = statement.split_once("exec: \"")?;
    let name = rest.split('"').next()?.rsplit('/').next()?;
    let right = PROGRAMS.lines().find(|p| *p != name && is_one_letter_off(name, p))?;
    Some((name.to_owned(), right))
}

/// One letter added, lost, changed or swapped with its neighbour.
fn is_one_letter_off(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len() < 3 || a.len().abs_diff(b.len()) > 1 {
        return false;
    }
    let same = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let rest = |v: &[char], from: usize| v.get(from..).unwrap_or(&[]).to_vec();
    let (x, y) = (rest(&a, same), rest(&b, same));
    let swapped = x.len() >= 2 && y.len() >= 2 && x[0] == y[1] && x[1] == y[0] && x[2..] == y[2..];
    rest(&x, 1) == rest(&y, 1) || rest(&x, 1) == y || x == rest(&y, 1) || swapped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_is_one_letter_off_is_named() {
        let missing = |name: &str| misspelt(&format!("can't start: exec: \"{name}\": executable file not found"));
        assert_eq!(missing("wgte"), Some(("wgte".into(), "wget")));
        assert_eq!(missing("pythn"), Some(("pythn".into(), "python")));
        assert_eq!(missing("/usr/bin/crul"), Some(("crul".into(), "curl")));
        for own in ["migrate", "wget", "app"] {
            assert_eq!(missing(own), None, "{own}");
        }
    }

    #[test]
    fn a_long_command_is_shown_around_the_word_that_the_error_quotes() {
        let words = format!("{} done; fi", "sleep 1; ".repeat(40));
        let shown = excerpt(&words, "syntax error: unexpected \"fi\"");
        assert!(shown.len() <= SHOWN && shown.ends_with("done; fi"), "{shown}");
        assert!(words.starts_with(excerpt(&words, "it fails")));
        assert_eq!(excerpt("tail /dev/zero", "killed"), "tail /dev/zero");
    }
}
