//! The actions: one table with name, title, docs, where each holds and when it is possible. Help,
//! palette, key files and the README's section of keys all come from it.

use super::desk::{Desk, Mode, Presence};
use super::keymap::Context;
pub use super::action_docs::keys_markdown;
use super::update::{
    Turn, editing, follow, home, hypotheses, keys, lint, model, navigate, notes, overlay, postmortem, prompts, questions, review,
    runs, similar, tags, telemetry, updates,
};
use crate::session::Session;

/// One thing a person can do.
pub struct Action {
    /// Its name in key files.
    pub id: &'static str,
    /// Where it holds.
    pub context: Context,
    /// A short name for the palette.
    pub title: &'static str,
    /// What it does.
    pub docs: &'static str,
    /// When it is possible.
    pub enabled: fn(&Session, &Desk) -> bool,
    /// Does it.
    pub run: fn(&Session, &mut Desk, &mut Turn),
}

type Enabled = fn(&Session, &Desk) -> bool;
type Deed = fn(&Session, &mut Desk, &mut Turn);

const fn act(
    context: Context,
    id: &'static str,
    title: &'static str,
    docs: &'static str,
    enabled: Enabled,
    run: Deed,
) -> Action {
    Action { id, context, title, docs, enabled, run }
}

fn always(_: &Session, _: &Desk) -> bool {
    true
}

fn live(_: &Session, desk: &Desk) -> bool {
    desk.mode == Mode::Live
}

fn has_evidence(session: &Session, desk: &Desk) -> bool {
    live(session, desk) && !session.evidence.sources.is_empty()
}

fn investigates(_: &Session, desk: &Desk) -> bool {
    desk.investigating.is_some()
}

fn asks_model(_: &Session, desk: &Desk) -> bool {
    desk.model.is_some()
}

fn has_postmortem(session: &Session, _: &Desk) -> bool {
    !session.postmortem.text.is_empty()
}

fn can_edit(session: &Session, desk: &Desk) -> bool {
    live(session, desk) && session.seq > 0
}

fn has_report(session: &Session, _: &Desk) -> bool {
    session.report.is_some()
}

fn searched(_: &Session, desk: &Desk) -> bool {
    desk.search.is_some()
}

fn can_go_back(_: &Session, desk: &Desk) -> bool {
    !desk.back.is_empty()
}

fn reviews(_: &Session, desk: &Desk) -> bool {
    desk.mode == Mode::Review
}

/// Whoever leads, and whoever may say something to the lead.
fn speaks(_: &Session, desk: &Desk) -> bool {
    desk.mode == Mode::Live || desk.following.as_ref().is_some_and(|f| f.voice.is_some())
}

fn may_lead(_: &Session, desk: &Desk) -> bool {
    desk.following.as_ref().is_some_and(|f| f.voice.is_some() && f.lead == Presence::Gone)
}

fn voices(session: &Session, desk: &Desk) -> bool {
    follows(session, desk) && speaks(session, desk)
}

fn follows(_: &Session, desk: &Desk) -> bool {
    desk.mode == Mode::Follow
}

use Context as C;

/// Every action.
pub const ALL: &[Action] = &[
    act(C::Everywhere, "help", "Help", "shows every key", always, overlay::open_help),
    act(C::Everywhere, "palette", "Command palette", "finds any action by its name", always, overlay::open_palette),
    act(C::Everywhere, "quit", "Quit", "ends the console; everything is saved", always, keys::quit),
    act(C::Everywhere, "suspend", "Suspend", "stops the process until `fg`", always, keys::suspend),
    act(C::Everywhere, "theme", "Next theme", "changes the theme", always, keys::next_theme),
    act(C::Everywhere, "close", "Close", "closes what is open, ends the search", always, keys::close),
    act(
        C::Home,
        "open-session",
        "Open the session",
        "goes on with the saved session under the cursor",
        live,
        home::open,
    ),
    act(C::Home, "new-session", "New session", "begins an empty session", live, home::begin),
    act(C::Home, "find-sessions", "Find sessions", "asks for words and filters over all sessions", live, home::ask),
    act(C::Home, "sort-sessions", "Sort the sessions", "newest, last changed, most severe, by title", live, home::sort),
    act(C::Home, "tag-session", "Tag the session", "gives it tags, or takes them away", live, tags::ask),
    act(C::Home, "delete-session", "Delete the session", "moves it to the bin", live, home::delete),
    act(C::Home, "show-bin", "The bin", "shows what was deleted, or the sessions again", live, home::bin),
    act(C::Home, "restore-session", "Restore the session", "takes it back from the bin", live, home::restore),
    act(C::Home, "refresh", "List again", "lists the saved sessions again", live, home::list),
    act(C::Session, "panel-evidence", "Evidence", "shows what was given, line by line", always, navigate::evidence),
    act(C::Session, "panel-trail", "Trail", "shows the investigation's steps", always, navigate::trail),
    act(C::Session, "panel-hypotheses", "Hypotheses", "shows what may be the cause", always, navigate::hypotheses),
    act(C::Session, "panel-checklist", "Checklist", "shows what would settle it", always, navigate::checklist),
    act(
        C::Session,
        "panel-summary",
        "Summary",
        "shows the summary and the severity's sheet",
        always,
        navigate::summary,
    ),
    act(C::Session, "panel-mitigation", "Mitigation", "shows what could be done", always, navigate::mitigation),
    act(C::Session, "panel-impact", "Customer impact", "shows how customers were hit", always, navigate::impact),
    act(C::Session, "panel-services", "Services", "shows the affected services", always, navigate::services),
    act(C::Session, "panel-timeline", "Timeline", "shows what happened when", always, navigate::timeline),
    act(
        C::Session,
        "panel-forensic",
        "Forensic report",
        "shows patient zero, path and radius",
        always,
        navigate::forensic,
    ),
    act(C::Session, "panel-whys", "5 whys", "shows the 5 whys", always, navigate::whys),
    act(C::Session, "panel-follow-ups", "Follow-ups", "shows the follow-ups", always, navigate::follow_ups),
    act(C::Session, "panel-postmortem", "Postmortem", "shows the postmortem", always, navigate::postmortem),
    act(C::Session, "panel-notes", "Notes", "shows the scribe's notes", always, navigate::notes),
    act(C::Session, "panel-notices", "Notices", "shows what intake noticed", always, navigate::notices),
    act(C::Session, "panel-runs", "Runs", "shows the commands that were run", always, navigate::runs),
    act(C::Session, "next-panel", "Next panel", "shows the next panel", always, navigate::next_panel),
    act(C::Session, "previous-panel", "Previous panel", "shows the previous panel", always, navigate::previous_panel),
    act(C::Session, "back", "Back", "goes back to where the last jump came from", can_go_back, navigate::back),
    act(
        C::Session,
        "investigate",
        "Investigate again",
        "investigates everything given so far",
        has_evidence,
        runs::investigate_again,
    ),
    act(
        C::Session,
        "stop-investigation",
        "Stop the investigation",
        "stops the investigation",
        investigates,
        runs::stop_investigation,
    ),
    act(
        C::Session,
        "similar",
        "Was there something like it?",
        "compares with earlier incidents: what is the same, what differs, what fixed it then",
        live,
        similar::ask,
    ),
    act(
        C::Session,
        "update",
        "Make an update",
        "for bridge, colleagues and customers: what is known, what changed, when the next is due",
        has_report,
        updates::make,
    ),
    act(C::Session, "tags", "Tag this session", "gives it tags, or takes them away", live, tags::ask),
    act(
        C::Session,
        "ask-model",
        "Ask a model, or steer it",
        "asks the model of the settings for a second opinion; while it works, says where it should look",
        has_evidence,
        model::ask,
    ),
    act(
        C::Session,
        "stop-model",
        "Stop the model",
        "stops the model; its connection ends, the embedded report stands",
        asks_model,
        model::stop,
    ),
    act(
        C::Session,
        "what-was-given",
        "What the model was given",
        "shows every request as it was sent, masked, with sizes and what was left out",
        always,
        model::show_given,
    ),
    act(
        C::Session,
        "export-requests",
        "Export what models were given",
        "writes every request as it was sent",
        always,
        model::export_given,
    ),
    act(C::Session, "title", "Set the title", "asks for the session's title", live, prompts::ask_title),
    act(C::Session, "note", "Take a note", "takes a note, from any panel", speaks, notes::note),
    act(
        C::Session,
        "copy",
        "Copy",
        "sends the row under the cursor to the terminal's clipboard",
        always,
        navigate::copy,
    ),
    act(
        C::Session,
        "export-postmortem",
        "Export the postmortem",
        "writes the postmortem as Markdown into the session's folder",
        has_postmortem,
        postmortem::export_postmortem,
    ),
    act(
        C::Session,
        "export-to",
        "Export as …",
        "asks for a format and a file, writes the document there",
        always,
        postmortem::export_to,
    ),
    act(
        C::Session,
        "export-report",
        "Export the report",
        "writes the whole report as Markdown",
        has_report,
        postmortem::export_report,
    ),
    act(
        C::Session,
        "export-transcript",
        "Export the transcript",
        "writes everything that happened, in order",
        always,
        postmortem::export_transcript,
    ),
    act(
        C::Session,
        "export-update",
        "Export the updates",
        "writes stakeholder updates",
        has_report,
        postmortem::export_update,
    ),
    act(
        C::Session,
        "export-json",
        "Export as JSON",
        "writes the report to a file",
        has_report,
        postmortem::export_json,
    ),
    act(
        C::Session,
        "catch-up",
        "Catch up",
        "shows what is known, tried, running, open, and next",
        always,
        overlay::open_catch_up,
    ),
    act(C::Session, "ask", "Ask about this incident", "asks a question; the answer cites", live, questions::ask),
    act(
        C::Session,
        "telemetry",
        "Ask a telemetry server",
        "lists a configured MCP server's tools, or calls one after approval",
        live,
        telemetry::ask,
    ),
    act(C::Session, "go-home", "Saved sessions", "goes to the saved sessions", live, home::go),
    act(C::List, "down", "Down", "one row down", always, navigate::down),
    act(C::List, "up", "Up", "one row up", always, navigate::up),
    act(C::List, "page-down", "Page down", "one page down", always, navigate::page_down),
    act(C::List, "page-up", "Page up", "one page up", always, navigate::page_up),
    act(C::List, "top", "To the top", "to the first row", always, navigate::top),
    act(C::List, "bottom", "To the end", "to the last row; the trail follows from there", always, navigate::bottom),
    act(
        C::List,
        "enter",
        "Jump or open",
        "jumps to the cited line, or opens and closes the row",
        always,
        navigate::enter,
    ),
    act(C::List, "toggle", "Open or close", "opens and closes what the row belongs to", always, navigate::toggle),
    act(C::List, "search", "Search", "searches in this panel", always, prompts::ask_search),
    act(C::List, "search-next", "Next match", "to the next match", searched, navigate::search_next),
    act(C::List, "search-previous", "Previous match", "to the previous match", searched, navigate::search_previous),
    act(C::List, "add-file", "Add a file", "asks for a file to read as evidence", live, prompts::ask_file),
    act(C::Evidence, "wrap", "Wrap lines", "wraps long lines, or cuts and marks them", always, navigate::wrap),
    act(C::Evidence, "left", "Left", "moves cut lines to the right", always, navigate::left),
    act(C::Evidence, "right", "Right", "moves cut lines to the left", always, navigate::right),
    act(C::Evidence, "next-source", "Next source", "to the next source", always, navigate::next_source),
    act(C::Evidence, "previous-source", "Previous source", "to the previous source", always, navigate::previous_source),
    act(C::Hypotheses, "confirm", "Confirm the hypothesis", "confirms it, with a reason", speaks, hypotheses::confirm),
    act(
        C::Hypotheses,
        "rule-out",
        "Rule the hypothesis out",
        "rules it out, with a reason",
        speaks,
        hypotheses::rule_out,
    ),
    act(
        C::Hypotheses,
        "reopen",
        "Reopen the hypothesis",
        "takes a verdict back, with a reason",
        speaks,
        hypotheses::reopen,
    ),
    act(C::Hypotheses, "add-hypothesis", "Add a hypothesis", "asks for subject and statement", live, hypotheses::add),
    act(
        C::Hypotheses,
        "rank",
        "Re-rank the hypothesis",
        "puts it at another place, with a reason",
        live,
        hypotheses::rank,
    ),
    act(
        C::Checklist,
        "run",
        "Run the command",
        "asks for blanks, then for approval of the exact text",
        live,
        runs::ask_check,
    ),
    act(
        C::Checklist,
        "paste-output",
        "Paste its output",
        "takes the next paste as this check's output",
        live,
        runs::paste_output,
    ),
    act(
        C::Checklist,
        "change-blanks",
        "Change what was filled in",
        "asks again for the blanks of this command",
        live,
        runs::change_blanks,
    ),
    act(
        C::Mitigation,
        "run-mitigation",
        "Run the mitigation",
        "asks for blanks, then for approval of the exact text",
        live,
        runs::ask_mitigation,
    ),
    act(C::Runs, "cancel", "Cancel the run", "ends it: TERM, then KILL", live, runs::cancel),
    act(
        C::Postmortem,
        "edit",
        "Edit the postmortem",
        "edits it here; it is saved as it is typed",
        can_edit,
        postmortem::edit,
    ),
    act(C::Postmortem, "external-editor", "Edit in $EDITOR", "hands it to your editor", can_edit, postmortem::external),
    act(
        C::Postmortem,
        "new-draft",
        "Take the new draft",
        "takes the engine's newest draft; sections that a person wrote in stay",
        can_edit,
        postmortem::take_draft,
    ),
    act(
        C::Postmortem,
        "redraft-section",
        "Draft this section anew",
        "takes the section under the cursor from the newest draft, unless a person wrote in it",
        can_edit,
        editing::redraft_section,
    ),
    act(C::Postmortem, "versions", "Versions", "shows every save: what differs, and taking one back", can_edit, editing::pick_version),
    act(
        C::Postmortem,
        "next-finding",
        "Next lint finding",
        "goes to the next thing that a reviewer would send back",
        has_postmortem,
        lint::next_finding,
    ),
    act(
        C::Postmortem,
        "apply-fix",
        "Mend it",
        "makes the edit that the finding here offers",
        can_edit,
        lint::apply_fix,
    ),
    act(C::Notes, "note-decision", "Note a decision", "takes a decision", speaks, notes::decision),
    act(C::Notes, "note-action", "Note an action", "takes an action", speaks, notes::action),
    act(C::Notes, "note-question", "Note a question", "takes a question", speaks, notes::question),
    act(C::Notes, "note-role", "Note a role", "takes who does what", speaks, notes::role),
    act(C::Review, "step-forward", "Next record", "one record further", reviews, review::forward),
    act(C::Review, "step-back", "Previous record", "one record back", reviews, review::back),
    act(C::Review, "steps-forward", "Ten records further", "ten records further", reviews, review::far_forward),
    act(C::Review, "steps-back", "Ten records back", "ten records back", reviews, review::far_back),
    act(C::Review, "first-record", "First record", "to the begin", reviews, review::first),
    act(C::Review, "last-record", "Last record", "to the end", reviews, review::last),
    act(C::Review, "seek-time", "What was known at …", "asks for a time", reviews, prompts::ask_time),
    act(C::Follow, "pin", "With the lead", "sees what the lead sees, or looks around freely", follows, follow::pin),
    act(C::Follow, "take-lead", "Take the lead", "goes on where a lead who is gone left off", may_lead, follow::take_lead),
    act(C::Follow, "propose", "Propose a check", "proposes a check to the lead", voices, follow::propose),
    act(C::Editor, "leave-editor", "Leave", "saves and leaves", always, postmortem::leave),
    act(C::Editor, "save-now", "Save now", "saves at once", always, postmortem::save_now),
    act(C::Editor, "undo", "Undo", "takes the last change back", always, postmortem::undo),
    act(C::Editor, "redo", "Redo", "makes it again", always, postmortem::redo),
    act(
        C::Editor,
        "next-fill-in",
        "Next [FILL IN]",
        "jumps to the next mark of something unwritten",
        always,
        postmortem::next_fill_in,
    ),
    act(C::Editor, "go-to-section", "Sections", "shows the sections to go to one", always, editing::pick_section),
    act(
        C::Editor,
        "cite",
        "Insert a citation",
        "finds a claim, a figure or a line of the evidence, and inserts it with its place",
        always,
        editing::pick_citation,
    ),
    act(C::Editor, "find", "Find", "asks what to find in the text", always, editing::ask_find),
    act(C::Editor, "find-next", "Find the next", "to the next place of it", always, editing::find_next),
    act(C::Editor, "replace", "Replace", "asks what to replace, and by what, at every place", always, editing::ask_replace),
    act(
        C::Editor,
        "redraft-here",
        "Draft this section anew",
        "takes this section from the newest draft, unless a person wrote in it",
        always,
        editing::redraft_section,
    ),
    act(C::Editor, "versions-here", "Versions", "saves, and shows every version", always, editing::pick_version),
    act(
        C::Editor,
        "delete-word",
        "Delete a word",
        "takes the word before the cursor away",
        always,
        postmortem::delete_word,
    ),
    act(
        C::Editor,
        "delete-to-end",
        "Delete to the end",
        "takes the rest of the line away",
        always,
        postmortem::delete_to_end,
    ),
    act(C::Prompt, "submit", "Answer", "gives the answer", always, prompts::submit),
    act(C::Prompt, "cancel-prompt", "Leave", "leaves without an answer", always, prompts::cancel),
    act(C::Prompt, "offer", "Next offer", "takes the next answer that the evidence offers", always, prompts::offer),
    act(C::Approval, "approve", "Approve", "approves exactly the text shown", live, runs::approve),
    act(C::Approval, "refuse", "Leave", "leaves without running anything", always, overlay::close),
    act(C::Approval, "dialog-down", "Down", "scrolls down", always, overlay::down),
    act(C::Approval, "dialog-up", "Up", "scrolls up", always, overlay::up),
    act(C::Palette, "palette-run", "Run", "does what is picked", always, overlay::run_picked),
    act(C::Palette, "palette-close", "Leave", "leaves", always, overlay::close),
    act(C::Palette, "palette-down", "Down", "picks the next", always, overlay::down),
    act(C::Palette, "palette-up", "Up", "picks the previous", always, overlay::up),
    act(C::Payload, "send-payload", "Send", "sends exactly what is shown to the model", live, model::send),
    act(C::Payload, "keep-back", "Leave", "leaves; nothing is sent", always, model::keep_back),
    act(C::Payload, "payload-down", "Down", "scrolls down", always, overlay::down),
    act(C::Payload, "payload-up", "Up", "scrolls up", always, overlay::up),
    act(C::Payload, "payload-page-down", "Page down", "one page down", always, overlay::page_down),
    act(C::Payload, "payload-page-up", "Page up", "one page up", always, overlay::page_up),
    act(C::Help, "help-close", "Leave", "leaves", always, overlay::close),
    act(C::Help, "help-down", "Down", "scrolls down", always, overlay::down),
    act(C::Help, "help-up", "Up", "scrolls up", always, overlay::up),
    act(C::Help, "help-page-down", "Page down", "one page down", always, overlay::page_down),
    act(C::Help, "help-page-up", "Page up", "one page up", always, overlay::page_up),
];

/// The action of a name.
pub fn by_id(id: &str) -> Option<&'static Action> {
    ALL.iter().find(|a| a.id == id)
}
