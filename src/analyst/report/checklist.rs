//! The checklist: the playbooks' checks with arguments from the evidence, and what would decide
//! between the first two hypotheses.

use super::fill::Arguments;
use super::material::{Material, is_apart};
use super::wording::{capital, fragment, sentence};
use crate::analyst::playbook::CheckTemplate;
use crate::analyst::scope::Block;
use crate::domain::check::Meaning;
use crate::domain::report::Conclusion;
use crate::domain::{Check, FaultKind, Hypothesis, Label};

/// Checks on one list, and hypotheses they come from. A list that is longer is not worked through.
const MOST: usize = 12;
const HYPOTHESES: usize = 4;
const PER_HYPOTHESIS: usize = 4;

/// The checks, those of the first hypothesis first.
pub fn checklist(m: &Material<'_>) -> Vec<Check> {
    let mut out: Vec<Check> = Vec::new();
    let leads: Vec<&Hypothesis> = m.standing(HYPOTHESES).filter(|h| h.rank == 1 || !is_apart(h)).collect();
    for h in &leads {
        let Some(playbook) = m.playbook(h) else { continue };
        let arguments = m.given.arguments(h);
        for template in offered(m, h, &playbook.checks, &arguments).into_iter().take(PER_HYPOTHESIS) {
            add(&mut out, check(m, h, template, &arguments));
        }
    }
    if m.hypotheses.is_empty() && m.outcome == Conclusion::Inconclusive && !m.evidence.sources.is_empty() {
        out.extend(open(m));
    }
    out.truncate(MOST);
    if let Some(decider) = between(m, &leads) {
        out.insert(out.len().min(1), decider);
    }
    out
}

/// The checks of a playbook that fit what the evidence speaks of.
fn offered<'t>(
    m: &Material<'_>,
    h: &Hypothesis,
    all: &'t [CheckTemplate],
    arguments: &Arguments,
) -> Vec<&'t CheckTemplate> {
    let suits = |t: &&CheckTemplate| {
        arguments.suits(t.where_known.as_deref(), t.unless_known.as_deref())
            && super::plan::is_of(h, t.of.as_deref(), arguments)
    };
    let said = all.iter().filter(|t| m.says(t.where_said.as_deref())).filter(suits).collect();
    arguments.offered(said, |t| (t.what.as_str(), t.command.as_deref()))
}

/// Where nothing is suspected: the observations that would give a first lead, of whom the paste is about.
fn open(m: &Material<'_>) -> Vec<Check> {
    let scope = m.book.scope(m.evidence);
    let whose = scope.first_focus().unwrap_or("the service");
    let look = |id: &str, what: String, expect: &str| Check {
        id: format!("open/{id}"),
        what: sentence(&what),
        command: None,
        blanks: Vec::new(),
        expect: sentence(expect),
        rule: None,
        label: Label::SafeReadOnly,
        notes: Vec::new(),
        settles: Vec::new(),
        hypotheses: Vec::new(),
        confirms: false,
        meanings: Vec::new(),
    };
    vec![
        look(
            "level",
            format!("Compare the errors, the latency and the load of {whose} with the hour before"),
            "the time at which one of them leaves its usual level",
        ),
        look(
            "changed",
            format!("List what was changed in {whose} and below it shortly before that time"),
            "a release, a setting or a switch of that time",
        ),
        look("errors", format!("Read the first errors of {whose} from that time on"), "a line that states a reason"),
    ]
}

/// The id of the check that settles a hypothesis: the first of its playbook.
pub fn settling(m: &Material<'_>, h: &Hypothesis) -> Option<String> {
    let offered = offered(m, h, &m.playbook(h)?.checks, &m.given.arguments(h));
    Some(check_id(h, &offered.first()?.id))
}

fn check_id(h: &Hypothesis, name: &str) -> String {
    format!("{}/{name}@{}", h.playbook, h.subject)
}

/// A template's check about a hypothesis.
pub fn check(m: &Material<'_>, h: &Hypothesis, template: &CheckTemplate, arguments: &Arguments) -> Check {
    let fitted = template.command.as_deref().and_then(|c| arguments.fitted(c));
    // what no command can show here is no output to hold a rule against
    let program = |command: &str| command.split_whitespace().next().map(str::to_owned);
    // another program's output is not what the rule was written for
    let same = fitted.as_deref().and_then(program) == template.command.as_deref().and_then(program);
    let ruled = (fitted.is_some() && same) || template.command.is_none();
    let (command, blanks) = match &fitted {
        Some(command) => match arguments.fill(command) {
            (_, blanks) if Arguments::is_form(&blanks) => (None, Vec::new()),
            (command, blanks) => (Some(command), blanks),
        },
        None => (None, Vec::new()),
    };
    let expect = arguments.words(&template.expect);
    let (label, mut notes) = super::plan::label_and_notes(command.as_deref(), Some(&expect), m.given.context());
    notes.extend(command.as_deref().and_then(|c| already_shown(m, h, c)));
    Check {
        id: check_id(h, &template.id),
        what: sentence(&arguments.words(&template.what)),
        command,
        blanks,
        expect: sentence(&expect),
        rule: template.rule.clone().filter(|_| ruled),
        label,
        notes,
        settles: vec![h.rank],
        hypotheses: vec![h.id.clone()],
        confirms: template.confirms && ruled && template.rule.is_some(),
        meanings: Vec::new(),
    }
}

/// That the paste has the output of the very command: it was looked at, and is asked again only for what is now.
fn already_shown(m: &Material<'_>, h: &Hypothesis, command: &str) -> Option<String> {
    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let asked = words(command);
    let scope = m.book.scope(m.evidence);
    let heading = |b: &Block| {
        let line = m.evidence.readings.get(b.source.0 as usize)?.lines.get(b.lines.start)?;
        m.evidence.text(b.source).get(line.range())
    };
    // what is asked on a host is answered by that host alone
    let here = |b: &&Block| {
        asked.first().is_some_and(|w| w == "kubectl") || heading(b).is_some_and(|text| text.contains(&h.subject))
    };
    let block = scope.blocks.iter().filter(|b| words(&b.title) == asked).find(here)?;
    Some(format!(
        "the evidence has this output, from L{} on: asked again, it shows whether that still holds",
        block.lines.start + 1
    ))
}

/// Adds a check; one with the same command is told once and names both hypotheses. Where they expect
/// different things the words say what each expects, and the output is read once for each.
fn add(list: &mut Vec<Check>, check: Check) {
    let Some(known) = list.iter_mut().find(|c| c.command.is_some() && c.command == check.command) else {
        return list.push(check);
    };
    if known.meanings.is_empty() {
        known.meanings.push(meaning(known));
    }
    let new = meaning(&check);
    let alike = |r: &&mut Meaning| (&r.expect, &r.rule, r.confirms) == (&new.expect, &new.rule, new.confirms);
    match known.meanings.iter_mut().find(alike) {
        Some(same) => {
            same.settles.extend(new.settles);
            same.hypotheses.extend(new.hypotheses);
        }
        None => known.meanings.push(new),
    }
    known.settles.extend(check.settles);
    known.hypotheses.extend(check.hypotheses);
    if known.meanings.len() == 1 {
        known.meanings.clear();
    } else {
        let said = |r: &Meaning| {
            let ranks: Vec<String> = r.settles.iter().map(u32::to_string).collect();
            format!("For {}: {}", super::wording::list(&ranks), r.expect)
        };
        known.expect = known.meanings.iter().map(said).collect::<Vec<_>>().join(" ");
    }
}

fn meaning(c: &Check) -> Meaning {
    let Check { id, expect, rule, settles, hypotheses, confirms, .. } = c.clone();
    Meaning { id, expect, rule, settles, hypotheses, confirms }
}

/// What would decide between the first two hypotheses: no command, a comparison a person makes.
fn between(m: &Material<'_>, leads: &[&Hypothesis]) -> Option<Check> {
    let [first, second, ..] = leads else { return None };
    let (a, b) = (m.playbook(first)?, m.playbook(second)?);
    let expect = if a.id == b.id {
        let apart = match a.kind {
            FaultKind::NetworkDelay => "The cause is the one that is slow while all that it calls answers in time",
            _ => "The one that showed it first and without an outside reason is the cause",
        };
        format!("{apart}. For either: {}", fragment(&a.confirms))
    } else {
        format!("For 1: {}. For 2: {}", capital(fragment(&a.confirms)), capital(fragment(&b.confirms)))
    };
    let expect = expect.replace("{subject}", &first.subject);
    Some(Check {
        id: format!("between/{}+{}", first.id, second.id),
        what: sentence(&format!(
            "Decide between 1 ({}: {}) and 2 ({}: {})",
            first.subject, a.title, second.subject, b.title
        )),
        command: None,
        blanks: Vec::new(),
        expect: sentence(&expect),
        rule: None,
        label: Label::SafeReadOnly,
        notes: Vec::new(),
        settles: vec![first.rank, second.rank],
        hypotheses: vec![first.id.clone(), second.id.clone()],
        confirms: false,
        meanings: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(rank: u32, expect: &str) -> Check {
        Check {
            id: format!("c{rank}"),
            what: "Look.".into(),
            command: Some("df -h".into()),
            blanks: Vec::new(),
            expect: expect.into(),
            rule: None,
            label: Label::SafeReadOnly,
            notes: Vec::new(),
            settles: vec![rank],
            hypotheses: vec![format!("h{rank}")],
            confirms: false,
            meanings: Vec::new(),
        }
    }

    #[test]
    fn a_command_of_two_hypotheses_is_listed_once_and_names_both() {
        let mut list = Vec::new();
        add(&mut list, check(1, "It is full."));
        add(&mut list, check(2, "It has room."));
        add(&mut list, check(3, "It is slow."));
        assert_eq!(list.len(), 1);
        assert_eq!(list[0].settles, [1, 2, 3]);
        assert_eq!(list[0].expect, "For 1: It is full. For 2: It has room. For 3: It is slow.");
        assert_eq!(list[0].hypotheses, ["h1", "h2", "h3"]);
        let ways = list[0].ways();
        let told: Vec<_> = ways.iter().map(|w| (w.id.as_str(), w.expect.as_str(), w.hypotheses[0].as_str())).collect();
        assert_eq!(told, [("c1", "It is full.", "h1"), ("c2", "It has room.", "h2"), ("c3", "It is slow.", "h3")]);
        let mut same = Vec::new();
        add(&mut same, check(1, "It is full."));
        add(&mut same, check(2, "It is full."));
        assert_eq!((same[0].hypotheses.len(), same[0].ways().len(), same[0].expect.as_str()), (2, 1, "It is full."));
    }
}
