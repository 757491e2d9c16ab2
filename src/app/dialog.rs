//! Dialogs that stand over the panels: approval of a command, the palette, help.
//!
//! An approval holds the exact text. Nothing in here starts anything.

use chrono::{DateTime, Duration, Utc};

use super::layout::Area;
use super::picker::Picker;
use super::row::{Role, Row};
use super::telemetry::Call;
use super::trial::{self, Trial};
use super::update::leave::{DRY, SESSION};
use super::wrap;
use crate::command::policy::{Place, Policies, Ruling, Then, named_places};
use crate::domain::showable::{clean, is_hostile};
use crate::domain::{Label, Origin};
use crate::journal::event::RunContext;

/// What a command belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// A check of the checklist, by id.
    Check(String),
    /// A mitigation, by id.
    Mitigation(String),
    /// The dry run of this command.
    Dry(String),
    /// A call of a telemetry server.
    Telemetry(Call),
}

impl Item {
    /// The id, as the journal keeps it.
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::Check(id) | Self::Mitigation(id) => Some(id),
            Self::Dry(_) | Self::Telemetry(_) => None,
        }
    }
}

/// A dialog.
#[derive(Debug, Clone, PartialEq)]
pub enum Dialog {
    /// Approval of a command.
    Approval(Box<Approval>),
    /// The command palette.
    Palette {
        /// What was typed.
        query: String,
        /// Which of the found is picked.
        picked: usize,
    },
    /// The help screen.
    Help {
        /// The first row on screen.
        top: usize,
    },
    /// Items, one of which is taken.
    Pick(Box<Picker>),
    /// Rows to be read.
    Page(Box<Page>),
    /// What a model would be given first, to be sent or kept back.
    Payload(Box<Payload>),
}

impl Dialog {
    /// When a dialog that is still dead comes alive.
    pub fn alive_at(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match self {
            Self::Approval(a) => Some(a.alive_at()).filter(|at| *at > now),
            Self::Payload(p) => Some(p.alive_at()).filter(|at| *at > now),
            _ => None,
        }
    }
}

/// A command that waits for its approval.
#[derive(Debug, Clone, PartialEq)]
pub struct Approval {
    /// What it belongs to.
    pub item: Item,
    /// What it is for.
    pub what: String,
    /// What is expected of it.
    pub expect: String,
    /// The exact text that would run.
    pub command: String,
    /// What it does to the world.
    pub label: Label,
    /// Why it has that label.
    pub why: String,
    /// What the pre-flight found.
    pub notes: Vec<String>,
    /// What the policies say of it here; nothing before it is known where it would run.
    pub ruling: Ruling,
    /// What must be typed before the approve key works.
    pub phrase: String,
    /// What was typed.
    pub typed: String,
    /// The record that lets it run unasked here, and whose that is.
    pub allowed: Option<(u64, String)>,
    /// A key came: nothing starts by itself any more.
    pub touched: bool,
    /// The dry run that its tool has.
    pub trial: Option<Trial>,
    /// Where it would run; unknown until the runtime has looked.
    pub context: Option<RunContext>,
    /// When the run would be ended: seconds after its start.
    pub timeout_s: u64,
    /// When the dialog was opened.
    pub opened: DateTime<Utc>,
    /// The first row on screen.
    pub top: usize,
    /// One past the last row that has been on screen, at the width it was opened with.
    pub seen: usize,
}

/// Why an approval is refused just now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say why")]
pub enum Refusal {
    TooEarly,
    Policy,
    NotAllSeen,
    Unseeable,
    NoContext,
    NotTyped,
}

impl Refusal {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::TooEarly => "a dialog takes no keys in its first 300 ms",
            Self::Policy => "a policy refuses it: what it says stands above",
            Self::NotAllSeen => "scroll down to the end first",
            Self::Unseeable => "it holds characters that can't be seen: it can't be approved here",
            Self::NoContext => "where it would run is not known yet",
            Self::NotTyped => "type what is asked for first",
        }
    }
}

impl Approval {
    /// How long a dialog takes no keys after it was opened.
    pub const DEAD_MS: i64 = 300;
    /// Keys that come closer together than this were not typed by a person.
    pub const BURST_MS: i64 = 25;

    /// A dialog about a text that was not looked at yet; what is known of the text is added by whoever asks.
    pub fn of(item: Item, command: String, timeout_s: u64, opened: DateTime<Utc>) -> Self {
        Self {
            item,
            command,
            timeout_s,
            opened,
            what: String::new(),
            expect: String::new(),
            label: Label::CannotTell,
            why: String::new(),
            notes: Vec::new(),
            ruling: Ruling::default(),
            phrase: String::new(),
            typed: String::new(),
            allowed: None,
            touched: false,
            trial: None,
            context: None,
            top: 0,
            seen: 0,
        }
    }

    /// When it takes keys.
    pub fn alive_at(&self) -> DateTime<Utc> {
        self.opened + Duration::milliseconds(Self::DEAD_MS)
    }

    /// It is known where it would run: that is what the policies are asked about.
    pub fn placed(&mut self, context: RunContext, policies: &Policies) {
        self.ruling = policies.ruling(&self.command, self.label, place(&context));
        if self.ruling.then == Then::Warn && self.phrase == "y" {
            self.phrase = "run".into();
        }
        self.context = Some(context);
    }

    /// Why it can't be approved at this moment, if so.
    pub fn refusal(&self, now: DateTime<Utc>, size: (u16, u16)) -> Option<Refusal> {
        let unseeable = self.command.chars().any(|c| is_hostile(c) || c == '\t');
        let (inside, rows) = (text_area(size), self.height(size));
        [
            (now < self.alive_at(), Refusal::TooEarly),
            (self.ruling.then == Then::Refuse, Refusal::Policy),
            (unseeable, Refusal::Unseeable),
            (self.context.is_none(), Refusal::NoContext),
            (inside.height == 0 || self.seen < rows, Refusal::NotAllSeen),
            (!self.words().contains(&self.typed.as_str()), Refusal::NotTyped),
        ]
        .into_iter()
        .find_map(|(holds, why)| holds.then_some(why))
    }

    /// True where leave for the session can be given: it only reads, all of it is literal, and no policy speaks.
    pub fn may_have_leave(&self) -> bool {
        let plain = matches!(self.item, Item::Check(_) | Item::Mitigation(_));
        plain && self.label == Label::SafeReadOnly && self.ruling.then == Then::Ask && self.phrase == "y"
    }

    /// The words that may be typed: what is asked for, then those that do more or less than that.
    pub fn words(&self) -> Vec<&str> {
        let leave = self.may_have_leave().then_some(SESSION);
        let dry = self.trial.is_some().then_some(DRY);
        [Some(self.phrase.as_str()), leave, dry].into_iter().flatten().collect()
    }

    /// The rows at this size, wrapped.
    pub fn height(&self, size: (u16, u16)) -> usize {
        let columns = usize::from(text_area(size).width);
        self.rows().iter().map(|r| wrap::height(&clean(&r.text()), columns, usize::from(r.hang), wrap::MOST_ROWS)).sum()
    }

    /// Scrolls, and remembers how far it has been on screen.
    pub fn scroll(&mut self, by: isize, size: (u16, u16)) {
        let (rows, page) = (self.height(size), usize::from(text_area(size).height));
        self.top = self.top.saturating_add_signed(by).min(rows.saturating_sub(page));
        self.look(size);
    }

    /// Remembers how far it has been on screen. Rows that were skipped over have not been.
    pub fn look(&mut self, size: (u16, u16)) {
        if self.top <= self.seen {
            self.seen = self.seen.max(self.top + usize::from(text_area(size).height));
        }
    }

    /// What the dialog says: the whole command first.
    pub fn rows(&self) -> Vec<Row> {
        let mut rows = vec![Row::of(Role::Strong, self.what.clone()), Row::blank()];
        for (n, line) in self.command.split('\n').enumerate() {
            rows.push(command_row(if n == 0 { "$ " } else { "> " }, line));
        }
        rows.push(Row::blank());
        let why = if self.why.is_empty() { String::new() } else { format!(": {}", self.why) };
        rows.push(
            Row::of(Role::Dim, "what it does  ")
                .bit(Role::of_label(self.label), self.label.name())
                .bit(Role::Text, why)
                .hang(14),
        );
        for because in &self.ruling.because {
            let role = if self.ruling.then == Then::Refuse { Role::Bad } else { Role::Warn };
            rows.push(Row::of(Role::Dim, "policy        ").bit(role, because.clone()).hang(14));
        }
        for note in &self.notes {
            rows.push(Row::of(Role::Dim, "note          ").bit(Role::Warn, note.clone()).hang(14));
        }
        let strange: Vec<char> = self.command.chars().filter(|c| !c.is_ascii() || is_hostile(*c)).collect();
        if !strange.is_empty() {
            let listed: Vec<String> = strange.iter().take(12).map(|c| format!("U+{:04X}", u32::from(*c))).collect();
            let text = format!("characters outside ASCII, marked above: {}", listed.join(" "));
            rows.push(Row::of(Role::Dim, "look-alikes   ").bit(Role::Bad, text).hang(14));
        }
        rows.extend(self.trial.iter().flat_map(trial::rows));
        if !self.expect.is_empty() {
            rows.push(Row::of(Role::Dim, "expected      ").bit(Role::Text, self.expect.clone()).hang(14));
        }
        match &self.context {
            None => rows.push(Row::of(Role::Warn, "where         finding out where it would run …")),
            Some(c) => {
                rows.push(
                    Row::of(Role::Dim, "where         ").bit(Role::Strong, format!("{}@{}", c.user, c.host)).hang(14),
                );
                rows.push(Row::of(Role::Dim, "directory     ").bit(Role::Strong, c.directory.clone()).hang(14));
                let (clusters, profiles) = named_places(&self.command);
                let kube = set_or_named(c.kube.as_deref(), &clusters);
                rows.push(Row::of(Role::Dim, "kube context  ").bit(Role::Strong, kube).hang(14));
                if c.kube.is_none() && crate::command::needs_kube(&self.command) {
                    let text = "no kube context is set here: the command has no cluster to talk to";
                    rows.push(Row::of(Role::Dim, "note          ").bit(Role::Warn, text).hang(14));
                }
                let cloud = set_or_named(c.cloud.as_deref(), &profiles);
                rows.push(Row::of(Role::Dim, "cloud profile ").bit(Role::Strong, cloud).hang(14));
            }
        }
        if let Some((_, whose)) = &self.allowed {
            let text = format!("by {whose}, for this session: it starts by itself now; any key stops that");
            rows.push(Row::of(Role::Dim, "allowed       ").bit(Role::Warn, text).hang(14));
        } else if self.may_have_leave() && self.context.is_some() {
            let text = format!("type `{SESSION}` instead, and exactly this runs here unasked until it is taken back");
            rows.push(Row::of(Role::Dim, "this session  ").bit(Role::Text, text).hang(14));
        }
        rows.push(Row::of(Role::Dim, format!("time limit    {} s, then it is ended", self.timeout_s)));
        rows
    }
}

/// Where a command goes: what it names itself, before what is set where it runs.
fn set_or_named(set: Option<&str>, named: &[String]) -> String {
    let set = set.unwrap_or("none");
    if named.is_empty() {
        set.to_owned()
    } else {
        format!("{} (the command names it; set here: {set})", named.join(", "))
    }
}

/// A context as policies look at it.
pub fn place(context: &RunContext) -> Place<'_> {
    let RunContext { directory, host, user, kube, cloud } = context;
    Place { directory, host, user, kube: kube.as_deref(), cloud: cloud.as_deref() }
}

/// A command's line with everything that is not plain ASCII marked.
pub fn command_row(lead: &str, line: &str) -> Row {
    let mut row = Row::of(Role::Key, lead).hang(2);
    let mut plain = String::new();
    for c in line.chars() {
        if c.is_ascii() && !is_hostile(c) && c != '\t' {
            plain.push(c);
            continue;
        }
        if !plain.is_empty() {
            row = row.bit(Role::Strong, std::mem::take(&mut plain));
        }
        let marked = if is_hostile(c) || c == '\t' {
            format!("‹U+{:04X}›", u32::from(c))
        } else {
            format!("{c}‹U+{:04X}›", u32::from(c))
        };
        row = row.bit(Role::Mark, marked);
    }
    row.bit(Role::Strong, plain)
}

/// Rows to be read and scrolled through, over the panels.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// What they are.
    pub title: String,
    /// The rows.
    pub rows: Vec<Row>,
    /// The first screen row that is shown.
    pub top: usize,
}

impl Page {
    /// A page at its begin.
    pub fn new(title: impl Into<String>, rows: Vec<Row>) -> Self {
        Self { title: title.into(), rows, top: 0 }
    }

    /// The screen rows at this size, wrapped.
    pub fn height(&self, size: (u16, u16)) -> usize {
        let columns = usize::from(text_area(size).width);
        self.rows.iter().map(|r| wrap::height(&clean(&r.text()), columns, usize::from(r.hang), wrap::MOST_ROWS)).sum()
    }
}

/// What a model would be given first.
#[derive(Debug, Clone, PartialEq)]
pub struct Payload {
    /// The model, as the settings name it.
    pub engine: String,
    /// BLAKE3 of the text, in hex.
    pub digest: String,
    /// Its size.
    pub bytes: u64,
    /// The question that it answers; none for an investigation.
    pub question: Option<u32>,
    /// The text, to be scrolled through.
    pub page: Page,
    /// When the dialog was opened.
    pub opened: DateTime<Utc>,
}

impl Payload {
    /// When it takes keys.
    pub fn alive_at(&self) -> DateTime<Utc> {
        self.opened + Duration::milliseconds(Approval::DEAD_MS)
    }
}

/// What must be typed before a command of this label can be approved.
pub fn phrase(label: Label, command: &str) -> String {
    match label {
        Label::SafeReadOnly => "y".into(),
        Label::Mutating | Label::CannotTell => "run".into(),
        Label::Destructive => target(command),
    }
}

/// The name of what a destructive command acts on: its last word that is neither a flag nor the
/// value of one that names a place. Where that is a text of its own (a statement for a database), the
/// database's or the host's name.
pub fn target(command: &str) -> String {
    let words = shell_words::split(command).unwrap_or_else(|_| command.split_whitespace().map(Into::into).collect());
    let (mut last, mut server) = (String::new(), String::new());
    let mut skip = false;
    let mut names = false;
    for word in words {
        if std::mem::take(&mut names) && server.is_empty() {
            server.clone_from(&word);
        }
        if std::mem::take(&mut skip) {
            continue;
        }
        names = matches!(word.as_str(), "-d" | "--dbname" | "-h" | "--host");
        if word.starts_with('-') {
            skip =
                matches!(word.as_str(), "-n" | "--namespace" | "--context" | "-c" | "--container" | "--cluster" | "-o");
            continue;
        }
        last = word;
    }
    if last.contains(char::is_whitespace) {
        last = server;
    }
    if last.is_ascii() && !last.is_empty() && last.len() <= 80 { last } else { "destroy".into() }
}

/// Where a dialog stands.
pub fn area(size: (u16, u16)) -> Area {
    let (w, h) = size;
    let (side, above) = (if w >= 60 { 3 } else { 0 }, if h >= 16 { 2 } else { 0 });
    let width = w.saturating_sub(side * 2);
    let x = if width > 110 { (w - 110) / 2 } else { side };
    Area { x, y: above, width: width.min(110), height: h.saturating_sub(above * 2) }
}

/// Where a dialog's scrolling text stands: inside the frame, above its two last rows.
pub fn text_area(size: (u16, u16)) -> Area {
    let a = area(size);
    Area { x: a.x + 2, y: a.y + 1, width: a.width.saturating_sub(4), height: a.height.saturating_sub(4) }
}

/// What a person calls where a source came from.
pub fn origin_words(origin: &Origin) -> String {
    match origin {
        Origin::Paste => "pasted".into(),
        Origin::File { path } => format!("file {path}"),
        Origin::Pipe => "standard input".into(),
        Origin::Output { run, command } => format!("output of run {run}: {command}"),
        Origin::PastedOutput { check } => format!("output pasted for check {check}"),
    }
}
