//! Commands and expectations of a report against the evidence: arguments that nobody gave, a
//! runtime that is not this one, output that the command can't print, a step without risk or way
//! back. What a command does to the world is the pre-flight's to say.

use super::pattern::{Pattern, group};
use super::statement::{Part, Statement};
use super::{Finding, Known};
use crate::command::Context;
use crate::domain::Report;

static ARGUMENT: Pattern = Pattern::new(
    r#"(?:\s(?:-n|--namespace|-c|--container|-l|--selector|--context|--revision)[ =]|"name"\s*:\s*"|containers?\.)([^\s"',;|]+)"#,
);
static MEMORY_PATCH: Pattern = Pattern::new(r"(?i)\b(?:patch|set resources)\b[^\n]*memory");
static LIMIT: Pattern = Pattern::new(r"(?i)\b(?:memory )?limits?\b[^\n]{0,20}\d");

/// Words of a runtime: in a command, and in evidence.
const RUNTIMES: &[(&str, &[&str], &[&str])] = &[
    ("Go", &["pprof", "go tool", "goroutine"], &["goroutine", "panic: runtime", ".go:", "golang", "pprof"]),
    (
        "Node",
        &["node --inspect", "heapdump", "npm ", "node -e"],
        &[
            "fast-json-stringify",
            "simdjson",
            "node_modules",
            ".js:",
            "npm",
            "v8",
            "held by map",
            "held by a map",
            "nodejs",
        ],
    ),
    (
        "JVM",
        &["jstack", "jmap", "jcmd", "jstat"],
        &[".java:", "outofmemoryerror", "jvm", "hikari", "springframework", "exception in thread"],
    ),
    (
        "Python",
        &["py-spy", "tracemalloc", "python -m"],
        &["traceback (most recent", ".py\"", "django", "gunicorn", "celery"],
    ),
];

/// Output that a command can't print: the command, the expectation, and why not.
static CANNOT_PRINT: [(Pattern, Pattern, &str); 4] = [
    (
        Pattern::new(r"\bkubectl\b.*\brollout history\b"),
        Pattern::new(r"(?i)added|changelog|cache|commit|message"),
        "`rollout history` prints a pod template and a change-cause, never the text of a changelog",
    ),
    (
        Pattern::new(r"\bkubectl\b.*\btop\b"),
        Pattern::new(r"(?i)\b(?:show|use|with|report)s?\s+0\b|zero memory"),
        "`kubectl top` leaves out pods without metrics; it does not show them with 0",
    ),
    (
        Pattern::new(r"\bkubectl logs\b.*--since=\d+[hd].*\bgrep -c\b"),
        Pattern::new(r"(?i)per (?:minute|second)"),
        "a count over an hour is no rate per minute",
    ),
    (
        Pattern::new(r"\bkubectl logs\b.*\s(?:-l|--selector)\b.*\bgrep -c\b"),
        Pattern::new(r"(?i)count|rate|number"),
        "with a selector `kubectl logs` prints ten lines a pod unless `--tail` is given",
    ),
];

/// Checks the commands of a report.
pub fn of_report(r: &Report, known: &Known<'_>, out: &mut Vec<Finding>) {
    for (i, c) in r.checklist.iter().enumerate() {
        let path = format!("checklist[{i}]");
        let Some(command) = &c.command else { continue };
        of_command(&path, command, &c.notes, known, out);
        cannot_print(&path, command, &c.expect, out);
    }
    for (i, m) in r.mitigation.iter().enumerate() {
        let path = format!("mitigation[{i}]");
        if m.risk.trim().is_empty() || m.rollback.trim().is_empty() {
            out.push(Finding::new(&path, "step-without-risk-or-rollback", "the step names no risk or no way back"));
        }
        match &m.command {
            Some(command) => of_command(&path, command, &m.notes, known, out),
            None if m.blanks.is_empty() && r.checklist.is_empty() => {
                out.push(Finding::new(&path, "step-without-command", "the step has no command"));
            }
            None => {}
        }
    }
}

/// Checks the commands of a page of prose, each with the expectation that follows it.
pub fn of_prose(statements: &[Statement<'_>], known: &Known<'_>, out: &mut Vec<Finding>) {
    let mut plan_commands = 0;
    let mut plan_steps: Vec<&Statement<'_>> = Vec::new();
    for (i, s) in statements.iter().enumerate() {
        if s.part == Part::Trail {
            continue;
        }
        if super::prose::is_command(&s.text) {
            plan_commands += usize::from(s.part == Part::Plan);
            of_command(&s.path, &s.text, &[], known, out);
            let expected =
                statements.iter().skip(i + 1).take(3).find(|n| n.text.to_lowercase().starts_with("expected"));
            if let Some(expected) = expected {
                let all: String = statements
                    .iter()
                    .filter(|n| n.path == expected.path)
                    .map(|n| n.text.as_str())
                    .collect::<Vec<_>>()
                    .join(" ");
                cannot_print(&expected.path, &s.text, &all, out);
            }
            if s.part == Part::Plan && !near_risk(statements, i) {
                out.push(Finding::new(
                    &s.path,
                    "step-without-risk-or-rollback",
                    "the step names no risk or no way back",
                ));
            }
        } else if s.part == Part::Plan {
            // a gap where the command belongs says so itself
            plan_commands += usize::from(holds_command(&s.text) || s.text.starts_with("Command: ["));
            plan_steps.extend(Some(s).filter(|s| is_step(&s.text)));
        }
    }
    if plan_commands == 0
        && let Some(first) = plan_steps.first()
    {
        out.push(Finding::new(&first.path, "step-without-command", "no step of the plan has a command"));
    }
}

/// A gap is no step, and neither is a dated row that tells what was done.
fn is_step(text: &str) -> bool {
    static DATED: Pattern = Pattern::new(r"^\W*(?:\d{4}-\d{2}-\d{2}[T ]?)?\s*\d{1,2}:\d{2}");
    !super::gap::GAP.is_match(text) && !DATED.is_match(text)
}

/// ``Command: `kubectl …` ``: a command within the sentence of its step.
fn holds_command(text: &str) -> bool {
    text.split('`').skip(1).step_by(2).any(super::prose::is_command)
}

fn near_risk(statements: &[Statement<'_>], i: usize) -> bool {
    let from = i.saturating_sub(4);
    statements.iter().skip(from).take(9).any(|s| {
        let low = s.text.to_lowercase();
        low.starts_with("risk:") || low.starts_with("rollback:")
    })
}

fn of_command(path: &str, command: &str, notes: &[String], known: &Known<'_>, out: &mut Vec<Finding>) {
    for c in ARGUMENT.all(command) {
        let value = group(&c, 1).trim_matches(['\'', '"', '}']);
        // `ping -c 50`, `head -n 20`: a count, not a name
        let count = group(&c, 0).trim_start().starts_with(['-']) && !group(&c, 0).contains("--");
        let count = count && value.chars().all(|c| c.is_ascii_digit());
        let blank =
            count || value.is_empty() || value.contains('‹') || value.starts_with('$') || value.starts_with('<');
        let stands =
            value.split(['=', ',']).all(|part| part.is_empty() || known.says(part) || matches!(part, "app" | "name"));
        let grounded = stands && !(value.contains('=') && !known.says(value) && !label_key_known(value, known));
        if !blank && !grounded {
            let what = format!("the argument `{value}` stands nowhere in the evidence");
            out.push(Finding::new(path, "argument-nobody-gave", what).with_fix("make it a blank to fill in"));
        }
        if group(&c, 0).contains("\"name\"") && !blank && !container_named(value, known) {
            let what =
                format!("no line names a container `{value}`; with another name a patch adds a second container");
            out.push(Finding::new(path, "patch-not-grounded", what).with_fix("read the container's name first"));
        }
    }
    if MEMORY_PATCH.is_match(command)
        && !LIMIT.is_match(&known.lower)
        && !notes.iter().any(|n| n.contains("limit"))
        && !command.contains('‹')
    {
        let what = "the present memory limit is not known, so the new one is a guess";
        out.push(Finding::new(path, "patch-not-grounded", what).with_fix("read the limit first"));
    }
    runtime(path, command, known, out);
    preflight(path, command, notes, out);
}

/// What the command pre-flight says and the report does not.
fn preflight(path: &str, command: &str, told: &[String], out: &mut Vec<Finding>) {
    let (_, notes) = crate::analyst::report::label_and_notes(Some(command), None, &Context::default());
    // A note that was told with what is expected in mind begins the same and says more.
    for note in notes.into_iter().filter(|n| !told.iter().any(|t| t.starts_with(n.as_str()))) {
        out.push(Finding::new(path, "command-preflight", note));
    }
}

/// A label is `app=NAME` by habit only; it is known when the evidence has a label at all.
fn label_key_known(value: &str, known: &Known<'_>) -> bool {
    value.split('=').next().is_some_and(|key| known.says(&format!("{key}=")) || known.says(&format!("{key}:")))
}

fn container_named(value: &str, known: &Known<'_>) -> bool {
    ["container ", "container=", "container: ", "containers:", "container/"]
        .iter()
        .any(|k| known.says(&format!("{k}{value}")))
        || known.says(&format!("\"name\":\"{value}\""))
        || known.says(&format!("- name: {value}"))
}

/// A tool of one runtime where the evidence shows another.
fn runtime(path: &str, command: &str, known: &Known<'_>, out: &mut Vec<Finding>) {
    let low = command.to_lowercase();
    for (name, tools, signs) in RUNTIMES {
        if !tools.iter().any(|t| low.contains(t)) || signs.iter().any(|s| known.lower.contains(s)) {
            continue;
        }
        let other = RUNTIMES.iter().find(|(n, _, signs)| n != name && signs.iter().any(|s| known.lower.contains(s)));
        if let Some((other, _, _)) = other {
            let what = format!("the command is for {name}, and the evidence shows {other}");
            out.push(Finding::new(path, "runtime-mismatch", what));
        }
    }
}

fn cannot_print(path: &str, command: &str, expect: &str, out: &mut Vec<Finding>) {
    for (of, expected, why) in &CANNOT_PRINT {
        if of.is_match(command) && expected.is_match(expect) && !(command.contains("--tail") && why.contains("--tail"))
        {
            out.push(Finding::new(path, "expectation-impossible", *why));
        }
    }
}
