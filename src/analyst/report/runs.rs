//! What the failing container was told to run, where a description or manifest shows it: a fault of the command
//! itself stands there in plain sight. It weighs nothing; it is shown beside what does.

use crate::analyst::Casebook;
use crate::domain::{Citation, Claim, Evidence, FaultKind, Hypothesis, Span};
use crate::intake::kube::Container;

/// Characters of a command that are shown.
const SHOWN: usize = 200;
/// Lines of a command that are cited.
const CITED: usize = 8;

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
    let Some(container) = book.cluster.pods_of(&h.subject).find_map(|p| {
        let all = || p.spec.containers.iter();
        let failing = all().find(|c| ended_badly(c)).or_else(|| all().next().filter(|_| all().count() == 1))?;
        (failing.command.is_some() || failing.args.is_some()).then_some(failing)
    }) else {
        return;
    };
    let parts: Vec<Span> = container
        .command
        .iter()
        .chain(&container.args)
        .flat_map(|said| words(evidence.slice(said.at), said.at))
        .collect();
    let whole = parts.iter().map(|at| evidence.slice(*at)).collect::<Vec<_>>().join(" ");
    if whole.is_empty() {
        return;
    }
    let text = format!("Container {} is told to run: “{}”", container.name, excerpt(&whole, &h.statement));
    let cited: Vec<Citation> = parts.iter().take(CITED).map(|at| evidence.cite(*at)).collect();
    let misspelt = misspelt(&h.statement).map(|(wrong, right)| {
        let text = format!("“{wrong}” is one letter off {right}, which is a common program");
        Claim::inferred(text, cited.iter().find(|c| c.quote.contains(&wrong)).cloned().into_iter().collect())
    });
    h.supporting.push(Claim::quoted(text, cited));
    h.supporting.extend(misspelt);
}

/// True for a container that ended otherwise than it should, or can't start.
fn ended_badly(c: &Container) -> bool {
    let code = |s: &crate::intake::kube::State| s.exit_code.as_ref().is_some_and(|code| code.text != "0");
    code(&c.state)
        || code(&c.last)
        || c.state.phase.as_ref().is_some_and(|p| p.text == "Waiting") && c.restarts > Some(0)
}

/// What stands in a command's lines, in order: without the heading, and without what only makes a list of it.
fn words(text: &str, at: Span) -> Vec<Span> {
    const HEADINGS: [&str; 6] = ["Command:", "Args:", "command:", "args:", "\"command\":", "\"args\":"];
    let bare = |line: &str| {
        let heading = HEADINGS.iter().find(|h| line.trim_start().starts_with(**h)).map_or(0, |h| h.len());
        line.len() - line.trim_start().len() + heading
    };
    // an item's dash in a manifest stands before every one of them; in a description the items stand bare
    let mut items = text.lines().map(|l| l.get(bare(l)..).unwrap_or("").trim_start()).filter(|l| !l.is_empty());
    let listed = items.all(|l| l.starts_with("- "));
    let mut out = Vec::new();
    let mut from = 0;
    for line in text.split_inclusive('\n') {
        let said = line.get(bare(line)..).unwrap_or("").trim();
        let said = if listed { said.strip_prefix("- ").unwrap_or(said).trim_start() } else { said };
        let says = said.chars().any(char::is_alphanumeric);
        if let Some(lead) = line.find(said).filter(|_| says) {
            let begin = at.start + from + lead;
            out.push(Span::new(at.source, begin..begin + said.len()));
        }
        from += line.len();
    }
    out
}

/// The command; of a long one its beginning and the part up to the word that the error quotes, cut between words.
fn excerpt(words: &str, statement: &str) -> String {
    if words.chars().count() <= SHOWN {
        return words.to_owned();
    }
    let head = |most: usize| {
        let cut = words.char_indices().nth(most).map_or(words.len(), |(at, _)| at);
        words.get(..cut).unwrap_or(words).rsplit_once(char::is_whitespace).map_or("", |(head, _)| head)
    };
    let quoted = statement.split('"').nth(1).filter(|q| !q.is_empty());
    let end = quoted.and_then(|q| words.rfind(q).map(|at| at + q.len())).filter(|end| *end > head(SHOWN).len());
    let Some(end) = end else { return format!("{} …", head(SHOWN)) };
    let before = words.get(..end).map_or(0, |w| w.chars().count());
    let from = words.char_indices().nth(before.saturating_sub(SHOWN / 2)).map_or(0, |(at, _)| at);
    let tail = words.get(from..end).unwrap_or("").split_once(char::is_whitespace).map_or("", |(_, tail)| tail);
    format!("{} … {tail}", head(SHOWN / 2))
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
    fn a_long_command_is_shown_from_its_first_word_to_the_one_that_the_error_quotes() {
        let words = format!("wget -O - {}done; fi", "sleep 1; ".repeat(40));
        let shown = excerpt(&words, "syntax error: unexpected \"fi\"");
        assert!(shown.starts_with("wget -O - sleep 1;") && shown.ends_with("sleep 1; done; fi"), "{shown}");
        assert!(shown.chars().count() <= SHOWN + 3, "{shown}");
        let plain = excerpt(&words, "it fails");
        assert!(plain.starts_with("wget -O -") && plain.ends_with("1; …"), "{plain}");
        assert_eq!(excerpt("tail /dev/zero", "killed"), "tail /dev/zero");
    }

    #[test]
    fn a_command_is_all_its_words_and_no_heading() {
        let of = |text: &str| {
            let all = words(text, Span::new(crate::domain::SourceId(0), 0..text.len()));
            all.iter().map(|s| text[s.start..s.end].to_owned()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(of("    Command:\n      burn\n      --cores\n      40\n"), "burn --cores 40");
        assert_eq!(of("Args:\n  -c\n  fetch -O - http://a.example; done\n"), "-c fetch -O - http://a.example; done");
        assert_eq!(of("args:\n- -c\n- sleep 3\n"), "-c sleep 3");
        assert_eq!(of("command: [\"sh\", \"-c\"]\n"), "[\"sh\", \"-c\"]");
    }
}
