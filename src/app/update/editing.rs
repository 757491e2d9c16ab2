//! What helps while the postmortem is written: sections, find and replace, citations from the evidence,
//! one section drafted anew, and every version that was saved.

use super::postmortem::{changed, follow, save};
use super::{Turn, navigate};
use crate::analyst::report::markdown::{marked, place};
use crate::app::desk::Desk;
use crate::app::dialog::{Dialog, Page};
use crate::app::diff::{Change, counts, diff};
use crate::app::editor::Editor;
use crate::app::panel::Panel;
use crate::app::picker::{Choice, Item, Picker};
use crate::app::prompt::{Asking, Prompt};
use crate::app::row::{Role, Row};
use crate::app::standing::author_name;
use crate::domain::counted;
use crate::domain::{Claim, Level, Report};
use crate::journal::event::{Body, Event};
use crate::session::Session;
use crate::session::pages::Version;

/// The longest evidence line that is offered as a quote, in bytes.
const LONGEST_QUOTE: usize = 600;

fn open(desk: &mut Desk, title: &str, items: Vec<Item>) {
    desk.dialog = Some(Dialog::Pick(Box::new(Picker::new(title, items))));
}

/// Shows the sections to go to one.
pub fn pick_section(_: &Session, desk: &mut Desk, _: &mut Turn) {
    let Some(e) = &desk.editor else { return };
    let items = e.sections().iter().map(|s| Item {
        shown: if s.title.is_empty() { "(begin)".into() } else { s.title.clone() },
        detail: format!("line {}", s.from + 1),
        choice: Choice::Line(s.from),
    });
    let items = items.collect();
    open(desk, "Go to which section?", items);
}

/// Shows what can be cited: the report's claims, its figures, the lines of the evidence.
pub fn pick_citation(session: &Session, desk: &mut Desk, _: &mut Turn) {
    let mut items: Vec<Item> = session.report.iter().flat_map(|r| claims(r)).filter_map(claim_item).collect();
    items.dedup_by(|a, b| a.choice == b.choice);
    // Lines of trouble first: where there are more than can be listed, they are the ones cited.
    for grave in [true, false] {
        for (source, line) in session.evidence.lines() {
            let is_grave = line.level.is_some_and(|l| l >= Level::Warn);
            if is_grave != grave || items.len() >= Picker::MOST || line.end - line.start > LONGEST_QUOTE {
                continue;
            }
            let cite = session.evidence.cite_line(source, line);
            if cite.quote.trim().is_empty() {
                continue;
            }
            // the mark of a list belongs to the paste, not to what it says
            let said = cite.quote.trim_start_matches(['-', '*', '•', ' ', '\t']);
            let claim = Claim::quoted(format!("“{said}”"), vec![cite.clone()]);
            items.push(Item { detail: place(&cite), shown: cite.quote, choice: Choice::Insert(marked(&claim)) });
        }
    }
    if items.is_empty() {
        return desk.say(Role::Dim, "there is no evidence to cite yet");
    }
    open(desk, "Cite what? (claims, figures, lines)", items);
}

fn claims(r: &Report) -> impl Iterator<Item = &Claim> {
    std::iter::once(&r.summary)
        .chain(&r.severity.because)
        .chain(&r.customer_impact)
        .chain(r.hypotheses.iter().flat_map(|h| h.supporting.iter().chain(&h.against)))
        .chain(r.timeline.iter().map(|t| &t.what))
}

/// A claim as something to insert; one that rests on nothing is not offered.
fn claim_item(claim: &Claim) -> Option<Item> {
    let first = claim.citations.first()?;
    let detail = match &claim.formula {
        Some(formula) => format!("figure: {formula}"),
        None => format!("claim, {}", place(first)),
    };
    Some(Item { shown: claim.text.clone(), detail, choice: Choice::Insert(marked(claim)) })
}

/// Asks what to find.
pub fn ask_find(_: &Session, desk: &mut Desk, _: &mut Turn) {
    let before = desk.search.clone().unwrap_or_default();
    desk.prompt = Some(Prompt::new(Asking::Find, "find:").starting(before));
}

/// To the next place of what was searched for.
pub fn find_next(_: &Session, desk: &mut Desk, _: &mut Turn) {
    let Some(wanted) = desk.search.clone() else { return desk.say(Role::Dim, "nothing is searched for yet") };
    if desk.editor.as_mut().is_some_and(|e| !e.find_next(&wanted)) {
        desk.say(Role::Warn, format!("`{wanted}` stands nowhere in the text"));
    }
    changed(desk);
}

/// What to find was typed.
pub fn find(session: &Session, desk: &mut Desk, wanted: String, turn: &mut Turn) {
    desk.search = Some(wanted);
    find_next(session, desk, turn);
}

/// Asks what to replace.
pub fn ask_replace(_: &Session, desk: &mut Desk, _: &mut Turn) {
    let before = desk.search.clone().unwrap_or_default();
    desk.prompt = Some(Prompt::new(Asking::ReplaceWhat, "replace (exactly as written):").starting(before));
}

/// What to replace was typed: asks by what, and says how many places there are.
pub fn ask_replacement(desk: &mut Desk, what: String) {
    let Some(e) = &desk.editor else { return };
    match e.text().matches(&what).count() {
        0 => desk.say(Role::Warn, format!("`{what}` stands nowhere in the text")),
        n => desk.prompt = Some(Prompt::new(Asking::ReplaceBy { what }, format!("at {}, by:", counted(n, "place")))),
    }
}

/// Replaces every place.
pub fn replace(desk: &mut Desk, what: &str, by: &str) {
    let undo = desk.keys.key_of("undo");
    if let Some(e) = &mut desk.editor {
        let n = e.replace_all(what, by);
        desk.say(Role::Info, format!("replaced at {}; {undo} takes it back", counted(n, "place")));
    }
    changed(desk);
}

/// Drafts the section under the cursor anew, unless a person wrote in it.
pub fn redraft_section(session: &Session, desk: &mut Desk, turn: &mut Turn) {
    let (text, line) = match &desk.editor {
        Some(e) => (e.text(), e.cursor().0),
        None => (session.postmortem.text.to_string(), line_under_cursor(session, desk)),
    };
    match session.postmortem.with_section_redrafted(&text, line) {
        Ok(new) if new == text => desk.say(Role::Dim, "this section is as the newest draft has it"),
        Ok(new) => {
            match &mut desk.editor {
                Some(e) => {
                    e.replace_text(&new);
                    e.jump(line, 0);
                    changed(desk);
                }
                None => turn.did(desk, Event::PostmortemEdited { body: Body::new(new) }),
            }
            desk.say(Role::Info, "this section is as the newest draft has it now");
        }
        Err(why) => desk.say(Role::Warn, why),
    }
}

/// The text's line under the panel's cursor: rows that tell of a flag are no lines.
fn line_under_cursor(session: &Session, desk: &Desk) -> usize {
    let at = desk.place(Panel::Postmortem).cursor;
    let flagged = |line: usize| {
        let text = session.postmortem.text.split('\n').nth(line).unwrap_or("");
        desk.flags.iter().any(|f| f.line == line && f.holds_for(text))
    };
    let mut line = 0;
    let mut row = 0;
    while row + 1 + usize::from(flagged(line)) <= at {
        row += 1 + usize::from(flagged(line));
        line += 1;
    }
    line
}

/// Shows every version that was saved, the newest first.
pub fn pick_version(session: &Session, desk: &mut Desk, turn: &mut Turn) {
    save(desk, turn);
    let kept = &session.postmortem.versions.kept;
    let mut items = Vec::new();
    for (n, v) in kept.iter().enumerate().rev() {
        let before = n.checked_sub(1).and_then(|b| kept.get(b)).map_or("", |b| b.text.as_ref());
        let (gone, new) = counts(before, &v.text);
        let what = if v.drafted { "draft" } else { "saved" };
        items.push(Item {
            shown: format!("{what} by {}: {} new, {gone} gone", author_name(&v.by), counted(new, "line")),
            detail: format!("{} record {}", v.at.format("%Y-%m-%d %H:%M:%SZ"), v.seq),
            choice: Choice::Version(v.seq),
        });
    }
    if items.is_empty() {
        return desk.say(Role::Dim, "nothing was saved yet");
    }
    open(desk, "Which version?", items);
}

/// Does what is picked.
pub fn picked(session: &Session, desk: &mut Desk, choice: Choice, turn: &mut Turn) {
    let version = |seq: u64| session.postmortem.versions.kept.iter().find(|v| v.seq == seq);
    match choice {
        Choice::Line(line) => {
            if let Some(e) = &mut desk.editor {
                e.jump(line, 0);
            }
            changed(desk);
        }
        Choice::Insert(text) => {
            if let Some(e) = &mut desk.editor {
                e.paste(&apart(e, text));
            }
            changed(desk);
        }
        Choice::Version(seq) => {
            let item = |shown: &str, choice| Item { shown: shown.into(), detail: String::new(), choice };
            let items = vec![
                item("show what differs from the text as it stands", Choice::Compare(seq)),
                item("take this version back (what stands now stays in the journal)", Choice::TakeBack(seq)),
            ];
            open(desk, &format!("The version of record {seq}"), items);
        }
        Choice::Compare(seq) => {
            if let Some(v) = version(seq) {
                let rows = difference(v, &session.postmortem.text);
                let title = format!("From record {seq} to the text as it stands");
                desk.dialog = Some(Dialog::Page(Box::new(Page::new(title, rows))));
            }
        }
        Choice::TakeBack(seq) => take_back(session, desk, version(seq), turn),
    }
}

/// What is inserted, kept apart from the words it comes to stand beside: before a line it is a line of its
/// own, behind a word comes a blank.
fn apart(e: &Editor, text: String) -> String {
    let (line, byte) = e.cursor();
    let line = e.lines().get(line).map_or("", String::as_str);
    let (before, behind) = (line.get(..byte).unwrap_or(""), line.get(byte..).unwrap_or(""));
    let blank = |c: Option<char>| c.is_none_or(char::is_whitespace);
    match (before.is_empty(), behind.is_empty()) {
        (true, false) => text + "\n",
        (true, true) => text,
        (false, _) => {
            let lead = if blank(before.chars().next_back()) { "" } else { " " };
            let tail = if blank(behind.chars().next()) { "" } else { " " };
            format!("{lead}{text}{tail}")
        }
    }
}

fn take_back(session: &Session, desk: &mut Desk, version: Option<&Version>, turn: &mut Turn) {
    let Some(v) = version else { return };
    if v.text == session.postmortem.text {
        return desk.say(Role::Dim, "the text is that version");
    }
    if let Some(e) = &mut desk.editor {
        e.replace_text(&v.text);
        e.dirty = false;
    }
    follow(desk);
    turn.did(desk, Event::PostmortemEdited { body: Body::new(v.text.to_string()) });
    desk.say(
        Role::Info,
        format!("the version of {} stands; what stood before is a version, too", v.at.format("%H:%M:%SZ")),
    );
    navigate::top(session, desk, turn);
}

/// Lines of a comparison around which `AROUND` unchanged ones are shown.
const AROUND: usize = 2;

/// What differs, with a few unchanged lines around, and what was left out said.
fn difference(v: &Version, now: &str) -> Vec<Row> {
    let changes = diff(&v.text, now);
    let touched: Vec<usize> =
        changes.iter().enumerate().filter(|(_, c)| !matches!(c, Change::Same(_))).map(|(n, _)| n).collect();
    if touched.is_empty() {
        return vec![Row::of(Role::Dim, "nothing differs")];
    }
    let (mut rows, mut left_out) = (Vec::new(), 0);
    for (n, change) in changes.iter().enumerate() {
        let near = touched.partition_point(|t| *t + AROUND < n);
        if touched.get(near).is_none_or(|t| *t > n + AROUND) {
            left_out += 1;
            continue;
        }
        if left_out > 0 {
            rows.push(Row::of(Role::Dim, format!("  … {left_out} lines are the same")));
            left_out = 0;
        }
        rows.push(
            match change {
                Change::Same(l) => Row::of(Role::Text, format!("  {l}")),
                Change::Gone(l) => Row::of(Role::Bad, format!("- {l}")),
                Change::New(l) => Row::of(Role::Good, format!("+ {l}")),
            }
            .hang(2),
        );
    }
    if left_out > 0 {
        rows.push(Row::of(Role::Dim, format!("  … {left_out} lines are the same")));
    }
    rows
}
