//! The bars: head, tabs, pane titles, the line for prompts and hints, the status line.

use super::list::Brush;
use crate::app::action::by_id;
use crate::app::desk::{Desk, Mode, Presence, Screen, Toast};
use crate::app::dialog::Dialog;
use crate::app::layout::Area;
use crate::app::panel::Panel;
use crate::app::prompt::Prompt;
use crate::app::row::Role;
use crate::app::rows::{duration, grouped, notice_count};
use crate::app::veil::Veil;
use crate::app::wrap::{width, wrap};
use crate::domain::counted;
use crate::domain::showable::clean;
use crate::journal::seal::Sealed;
use crate::session::Session;

/// The head: the session's name, and its severity in words.
pub fn head(brush: &mut Brush<'_>, area: Area, session: &Session, desk: &Desk) {
    brush.fill(area, Role::Status);
    let right = match desk.screen {
        Screen::Home => String::new(),
        Screen::Session if area.width < 60 => format!(" {} ", severity(session)),
        Screen::Session => format!(" {} · {} ", severity(session), elapsed(session, desk)),
    };
    let room = area.width.saturating_sub(width(&right) as u16);
    let title = match (desk.screen, session.title.is_empty()) {
        (Screen::Home, _) => "hotwash".to_owned(),
        (_, true) => format!("hotwash · {}", session.report.as_ref().map_or("(no title)", |r| r.title.as_str())),
        (_, false) => format!("hotwash · {}", session.title),
    };
    let title = Veil::of(session, desk).map_or_else(|| title.clone(), |v| v.text(&title));
    cut(brush, area, room, Role::Status, &format!(" {title}"));
    let level = session.report.as_ref().and_then(|r| r.severity.level);
    let role = if session.report.is_some() { Role::of_severity(level) } else { Role::Status };
    brush.text(area.x + room, area.y, area.width - room, role, &right);
}

/// Writes a text that ends in a mark where it does not fit.
fn cut(brush: &mut Brush<'_>, area: Area, room: u16, role: Role, text: &str) {
    if width(&clean(text)) <= usize::from(room) {
        brush.text(area.x, area.y, room, role, text);
    } else if room > 0 {
        brush.text(area.x, area.y, room - 1, role, text);
        brush.text(area.x + room - 1, area.y, 1, Role::Mark, "…");
    }
}

fn severity(session: &Session) -> &'static str {
    session
        .report
        .as_ref()
        .map_or("severity not known yet", |r| r.severity.level.map_or("SEVERITY UNDECIDED", |l| l.name()))
}

/// How long the session has been going on, and the clock that this was read from: a parked console
/// does not redraw itself to count minutes.
fn elapsed(session: &Session, desk: &Desk) -> String {
    let Some(started) = session.started else { return String::new() };
    let now = desk.clock(session);
    let seconds = (now - started).num_seconds().max(0);
    let passed = if seconds < 60 { format!("{seconds} s") } else { duration((seconds - seconds % 60) as f64) };
    format!("{passed} at {}", now.format("%H:%MZ"))
}

/// The tabs: every panel with its key. Where names do not fit, only the one that has the keys is named.
pub fn tabs(brush: &mut Brush<'_>, area: Area, desk: &Desk) {
    brush.fill(area, Role::Tab);
    let key = |panel: Panel| desk.keys.key_of(panel.action());
    let wide = |panel: &Panel| width(&key(*panel)) + width(panel.short()) + 1;
    let named = usize::from(area.width) + 1 >= Panel::ALL.iter().map(wide).sum::<usize>();
    let spaced = usize::from(area.width) >= Panel::ALL.iter().map(|p| wide(p) + 1).sum::<usize>();
    let mut at = 0;
    for panel in Panel::ALL {
        let on = *panel == desk.focus;
        let (keys, names) = if on { (Role::TabOn, Role::TabOn) } else { (Role::Key, Role::Tab) };
        let mut put = |role, text: &str| {
            at += brush.text(area.x + at, area.y, area.width.saturating_sub(at), role, text);
        };
        put(keys, &key(*panel));
        if spaced && named {
            put(names, " ");
        }
        if named || on {
            put(names, panel.short());
        }
        put(Role::Tab, " ");
    }
}

/// A pane's title row.
pub fn title(brush: &mut Brush<'_>, area: Area, name: &str, note: &str, focused: bool) {
    let role = if focused { Role::BorderOn } else { Role::Border };
    brush.fill(area, role);
    brush.text(area.x, area.y, area.width, role, &"─".repeat(usize::from(area.width)));
    let lead = if focused { "─❯ " } else { "── " };
    let used = brush.text(area.x, area.y, area.width, role, &format!("{lead}{name} "));
    if !note.is_empty() {
        let text = format!(" {note} ");
        let wide = width(&text) as u16;
        if used + wide + 1 < area.width {
            brush.text(area.x + area.width - wide - 1, area.y, wide, role, &text);
        }
    }
}

/// The most rows of a toast: a longer one is cut.
const TOAST_ROWS: usize = 3;
/// Rows above it below which it has one row alone.
const LOW: u16 = 18;

/// A toast: its last row is the line above the status, the others stand over what is above that.
fn said(brush: &mut Brush<'_>, area: Area, toast: &Toast, most: usize) {
    let text = clean(&toast.text).replace('\n', " ");
    let columns = usize::from(area.width.saturating_sub(2)).max(1);
    let rows = wrap(&text, columns, 0, most);
    let above = rows.len().saturating_sub(1);
    for (n, row) in rows.iter().enumerate() {
        let y = area.y.saturating_sub((above - n) as u16);
        let here = Area { y, ..area };
        brush.fill(here, Role::Text);
        let end = if n == above { text.len() } else { row.end };
        cut(brush, here, area.width, toast.role, &format!(" {}", text.get(row.start..end).unwrap_or("")));
    }
}

/// The line above the status: a prompt, else the newest toast, else hints for this panel.
pub fn hint(brush: &mut Brush<'_>, area: Area, session: &Session, desk: &Desk) {
    brush.fill(area, Role::Text);
    if let Some(prompt) = &desk.prompt {
        return prompt_line(brush, area, prompt);
    }
    if desk.is_shared() {
        // Nothing comes and goes on a screen that others look at.
        return;
    }
    if let Some(toast) = desk.toasts.last() {
        // What stands above is needed while something is written there, and where there is little of it.
        let busy = desk.dialog.is_some() || desk.editor.is_some() || area.y < LOW;
        let most = if busy { 1 } else { TOAST_ROWS };
        return said(brush, area, toast, most);
    }
    if let Some(work) = &desk.work {
        let of = if work.of > 0 { format!(" of {}", grouped(work.of as usize)) } else { String::new() };
        return cut(
            brush,
            area,
            area.width,
            Role::Info,
            &format!(" {}: {}{of}", work.what, grouped(work.done as usize)),
        );
    }
    if let Some(check) = &desk.paste_for {
        return cut(
            brush,
            area,
            area.width,
            Role::Info,
            &format!(" the next paste is the output for {check}; esc leaves"),
        );
    }
    let mut at = 1;
    // However narrow it is: the key that shows all keys has its place.
    let wide = |key: &str, word: &str| (width(key) + width(word) + 3) as u16;
    let mut kept = wide(&desk.keys.key_of("help"), "keys");
    let all = hints(desk);
    let tells_help = all.iter().any(|(action, _)| *action == "help");
    for (action, word) in all {
        if by_id(action).is_some_and(|a| !(a.enabled)(session, desk)) {
            continue;
        }
        if action == "revoke" && session.allowed.is_empty() {
            continue;
        }
        let key = desk.keys.key_of(action);
        if action == "help" || !tells_help {
            kept = 0;
        }
        if key.is_empty() || at + wide(&key, word) + kept > area.width {
            continue;
        }
        at += brush.text(area.x + at, area.y, area.width - at, Role::Key, &key);
        at += brush.text(area.x + at, area.y, area.width.saturating_sub(at), Role::Dim, &format!(" {word}  "));
    }
}

fn hints(desk: &Desk) -> Vec<(&'static str, &'static str)> {
    let mut out = Vec::new();
    match &desk.dialog {
        Some(Dialog::Approval(_)) => {
            return vec![
                ("approve", "approve, once typed"),
                ("refuse", "leave: nothing runs"),
                ("dialog-down", "scroll"),
                ("dialog-page-down", "page"),
            ];
        }
        Some(Dialog::Pick(_)) => {
            return vec![("palette-run", "take it"), ("palette-down", "next"), ("palette-close", "leave")];
        }
        Some(Dialog::Palette { .. }) => {
            return vec![("palette-run", "do it"), ("palette-down", "next"), ("palette-close", "leave")];
        }
        Some(Dialog::Payload(_)) => {
            return vec![
                ("send-payload", "send exactly this"),
                ("keep-back", "leave: nothing is sent"),
                ("payload-page-down", "scroll"),
            ];
        }
        Some(Dialog::Help { .. } | Dialog::Page(_)) => {
            return vec![("help-down", "scroll"), ("help-page-down", "page"), ("help-close", "leave")];
        }
        None => {}
    }
    if desk.editor.is_some() {
        return vec![
            ("leave-editor", "leave"),
            ("next-fill-in", "next gap"),
            ("cite", "cite"),
            ("go-to-section", "sections"),
            ("find", "find"),
            ("undo", "undo"),
            ("replace", "replace"),
            ("redraft-here", "redraft"),
            ("versions-here", "versions"),
            ("external-editor", "$EDITOR"),
        ];
    }
    if desk.screen == Screen::Home {
        return vec![
            ("open-session", "open"),
            ("new-session", "new"),
            ("find-sessions", "find"),
            ("add-file", "add a file"),
            ("help", "keys"),
            ("quit", "quit"),
            ("sort-sessions", "sort"),
            ("tag-session", "tag"),
            ("delete-session", "delete"),
        ];
    }
    match desk.mode {
        Mode::Live => {}
        Mode::Review => out.extend([("step-back", "back"), ("step-forward", "forward"), ("seek-time", "at a time")]),
        Mode::Follow => out.push(("pin", "with the lead")),
    }
    out.extend(match desk.focus {
        Panel::Hypotheses => {
            vec![
                ("enter", "jump/open"),
                ("confirm", "confirm"),
                ("rule-out", "rule out"),
                ("add-hypothesis", "add"),
                ("rank", "re-rank"),
            ]
        }
        Panel::Checklist => {
            vec![("run", "run"), ("paste-output", "paste output"), ("change-blanks", "change blanks")]
        }
        Panel::Mitigation => vec![("run-mitigation", "run")],
        Panel::Runs => vec![("cancel", "cancel"), ("revoke", "ask again"), ("enter", "open")],
        Panel::Postmortem => vec![
            ("edit", "edit"),
            ("external-editor", "$EDITOR"),
            ("export-postmortem", "export"),
            ("versions", "versions"),
            ("redraft-section", "redraft"),
        ],
        Panel::Notes => vec![
            ("note", "note"),
            ("note-decision", "decision"),
            ("note-action", "action"),
            ("note-question", "question"),
            ("note-role", "role"),
        ],
        Panel::Evidence => vec![("wrap", "wrap"), ("next-source", "next source"), ("back", "back")],
        _ => vec![("enter", "jump/open"), ("back", "back")],
    });
    out.extend([("search", "search"), ("help", "keys"), ("palette", "all actions"), ("quit", "quit")]);
    out
}

fn prompt_line(brush: &mut Brush<'_>, area: Area, prompt: &Prompt) {
    let label = format!(" {} ", prompt.label);
    // The label has what is typed does not need, and half of the line at the least.
    let typed = width(&clean(prompt.before())) + width(&clean(prompt.after())) + 2;
    let most = area.width.saturating_sub(u16::try_from(typed).unwrap_or(u16::MAX)).max(area.width / 2);
    let wide = width(&clean(&label));
    let is_cut = wide > usize::from(most);
    let used = if is_cut { most } else { wide as u16 };
    cut(brush, area, used.saturating_sub(u16::from(is_cut)), Role::Key, &label);
    let room = usize::from(area.width.saturating_sub(used + 1));
    // The end that is being typed stays in sight.
    let mut before = prompt.before();
    while width(&clean(before)) + 1 > room && !before.is_empty() {
        before = before.get(before.chars().next().map_or(0, char::len_utf8)..).unwrap_or("");
    }
    let mut at = area.x + used;
    let end = area.x + area.width;
    at += brush.text(at, area.y, end.saturating_sub(at), Role::Text, before);
    let after = prompt.after();
    let under = after.chars().next().map_or(" ".to_owned(), |c| c.to_string());
    at += brush.text(at, area.y, end.saturating_sub(at), Role::Cursor, &under).max(1);
    let rest = after.get(after.chars().next().map_or(0, char::len_utf8)..).unwrap_or("");
    brush.text(at, area.y, end.saturating_sub(at), Role::Text, rest);
}

/// The status line: what is on disk, what the engine does, how much there is.
pub fn status(brush: &mut Brush<'_>, area: Area, session: &Session, desk: &Desk) {
    brush.fill(area, Role::Status);
    let mut parts: Vec<(Role, String)> = vec![saved(session, desk)];
    if desk.screen == Screen::Session {
        // What a model costs or waits for stands in front: a narrow screen cuts the end.
        parts.extend(model(desk));
        parts.push(engine(session, desk));
        if !desk.running.is_empty() {
            parts.push((Role::Info, format!("{} running", desk.running.len())));
        }
        parts.extend(crate::app::present::told(&desk.present));
        let sources = session.evidence.sources.len();
        parts.push((Role::Status, format!("{sources} source{}", if sources == 1 { "" } else { "s" })));
        let notices = notice_count(session);
        if notices > 0 {
            parts.push((Role::Status, format!("{notices} notice{}", if notices == 1 { "" } else { "s" })));
        }
    }
    if let (Some(update), Screen::Session) = (session.updates.last(), desk.screen) {
        let late = desk.clock(session) > update.due;
        let (role, word) = if late { (Role::Warn, "UPDATE OVERDUE since") } else { (Role::Status, "update due") };
        // Right behind what is saved: a narrow screen cuts the end.
        parts.insert(1, (role, format!("{word} {}", update.due.format("%H:%MZ"))));
    }
    if let (Some(objection), Screen::Session) = (crate::app::objection::told(session), desk.screen) {
        parts.insert(1, objection);
    }
    if let (Some(sharing), Screen::Session) = (&desk.sharing, desk.screen) {
        parts.insert(1, sharing.told());
    }
    if let Some(search) = &desk.search {
        parts.push((Role::Status, format!("/{search}")));
    }
    parts.push((Role::Status, desk.person.clone()));
    if let Some(veil) = Veil::of(session, desk) {
        parts.iter_mut().for_each(|(_, text)| *text = veil.text(text));
    }
    let mut at = 1;
    for (n, (role, text)) in parts.iter().enumerate() {
        let lead = if n == 0 { "" } else { " · " };
        at += brush.text(area.x + at, area.y, area.width.saturating_sub(at), Role::Status, lead);
        let room = area.width.saturating_sub(at);
        cut(brush, Area { x: area.x + at, ..area }, room.min(width(&clean(text)) as u16), *role, text);
        at += (width(&clean(text)) as u16).min(room);
    }
    if at >= area.width && area.width > 0 {
        brush.text(area.x + area.width - 1, area.y, 1, Role::Mark, "…");
    }
}

fn saved(session: &Session, desk: &Desk) -> (Role, String) {
    match (desk.mode, desk.saved.why_not()) {
        (Mode::Review, _) => {
            let at = desk.review.map(|r| format!(" record {} of {}", r.seq, r.of)).unwrap_or_default();
            let time =
                desk.review.and_then(|r| r.at).map(|t| format!(" at {}", t.format("%H:%M:%SZ"))).unwrap_or_default();
            (Role::Info, format!("REVIEW{at}{time}"))
        }
        (Mode::Follow, _) => following(session, desk),
        (_, Some(why)) => (Role::StatusBad, format!("NOT SAVED: {why}")),
        _ if desk.screen == Screen::Home => (Role::Status, "no session open".into()),
        _ if desk.saved.seq >= session.seq => match &session.offered {
            Some(offer) => (Role::Warn, format!("saved · the lead is offered to {}", offer.name)),
            None => (Role::Good, "saved".into()),
        },
        _ => (Role::Warn, "saving…".into()),
    }
}

/// Whom one follows, how far, and whether anything is missing.
fn following(session: &Session, desk: &Desk) -> (Role, String) {
    let Some(f) = &desk.following else { return (Role::Info, "FOLLOW".into()) };
    let who = match (f.who.as_str(), f.lead) {
        (_, Presence::Gone) => "LEAD IS GONE".to_owned(),
        ("", _) => f.from.clone(),
        (who, _) => who.to_owned(),
    };
    let how = if f.pinned { "" } else { ", by yourself" };
    let gaps = if f.gaps == 0 { String::new() } else { format!(" · {} GAPS: {}", f.gaps, f.last_gap) };
    let seal = match f.sealed {
        _ if f.forged => " · FORGED SIGNATURE",
        Some(Sealed::Unsigned) => " · not signed",
        _ => "",
    };
    let role = if f.gaps > 0 || f.forged || f.lead == Presence::Gone { Role::Warn } else { Role::Info };
    if crate::app::update::follow::is_offered(session, desk) {
        let (take, decline) = (desk.keys.key_of("take-lead"), desk.keys.key_of("decline-lead"));
        return (Role::Warn, format!("{who} OFFERS YOU THE LEAD: {take} takes it, {decline} declines{gaps}"));
    }
    (role, format!("FOLLOW {who} record {}{how}{seal}{gaps}", session.seq))
}

/// The model at work: what it has taken so far.
fn model(desk: &Desk) -> Option<(Role, String)> {
    if let Some(m) = desk.model.as_ref().filter(|m| m.wants.as_ref().is_some_and(|w| w.run.is_none())) {
        return Some((Role::Warn, format!("{} WAITS: {} shows its call", m.engine, desk.keys.key_of("telemetry"))));
    }
    let of_model = desk.model.as_ref().map(|m| (&m.engine, m.tokens, m.usd));
    let of_answer = || desk.inquiry.as_ref().map(|i| (&i.engine, i.tokens, i.usd));
    let (engine, (tokens_in, tokens_out), usd) = of_model.or_else(of_answer)?;
    Some((Role::Info, format!("{engine}: {tokens_in} tokens in, {tokens_out} out, ${usd:.4}")))
}

fn engine(session: &Session, desk: &Desk) -> (Role, String) {
    match (desk.investigating, session.embedded_trail()) {
        (Some(run), last) => {
            let steps = last.filter(|i| i.run == run).map_or(0, |i| i.steps.len());
            (Role::Info, format!("investigating, {}", counted(steps, "step")))
        }
        (None, None) => (Role::Status, "engine idle".into()),
        (None, Some(i)) => {
            let ms = session.report.as_ref().map(|r| format!(" {} ms", r.engine.ms)).unwrap_or_default();
            let how = i.ended.as_deref().unwrap_or("interrupted");
            (Role::Status, format!("{} {how}, {}{ms}", i.engine, counted(i.steps.len(), "step")))
        }
    }
}
