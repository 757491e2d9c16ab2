//! The console: takes the terminal, runs the loop, gives the terminal back.

use std::io::{self, IsTerminal};
use std::time::Duration;

use super::admission::Ask;
use super::book::Book;
use super::config::Config;
use super::console::{Console, Passed};
use super::files::{self, reason};
use super::follow::attend::Attending;
use super::follow::file::FileInlet;
use super::follow::voice::Voice;
use super::follow::{self, FollowOptions};
use super::shows::Shows;
use super::stage::Stage;
use super::store::Store;
use super::terminal::Terminal;
use super::{knowledge, languages, look, sessions};
use crate::export::lint::Own;
use crate::fault::Fault;
use crate::journal::attend::Over;
use crate::journal::event::{Author, Event, LEAD_TAKEN, NoteKind};
use crate::session::Session;

/// What the console begins with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begin {
    /// The saved sessions, and a place to paste.
    Home,
    /// A new session over these inputs (`-` is standard input); none: a place to paste.
    New {
        /// Files, or `-`.
        inputs: Vec<String>,
        /// The title, possibly empty.
        title: String,
        /// The service the caller named.
        service: Option<String>,
    },
    /// A session whose lead is gone goes on, and the journal says who leads it now.
    TakeOver {
        /// Its id.
        which: String,
    },
    /// A saved session goes on: an id, the beginning of one, or a file.
    Open {
        /// Which.
        which: String,
    },
}

/// How the console runs.
#[derive(Debug, Clone, PartialEq)]
pub struct LiveOptions {
    /// What it begins with.
    pub begin: Begin,
    /// The settings in effect.
    pub config: Config,
}

/// What is ready before the terminal is taken, so that what is wrong is said where it was asked.
enum Ready {
    Home,
    New { asks: Vec<Ask>, title: String, service: Option<String> },
    Open(Box<(Session, Book, Vec<String>)>),
}

/// Runs the console until the person leaves it or the terminal goes away.
///
/// # Errors
/// Where there is no terminal, an input can't be read, the session can't be opened, or something
/// could not be saved.
pub fn run(options: LiveOptions) -> Result<(), Fault> {
    let LiveOptions { begin, config } = options;
    Terminal::check()?;
    let takes_over = matches!(begin, Begin::TakeOver { .. });
    let ready = ready(begin, &config)?;
    let shows = Shows::here();
    let (look, mut faults) = look::of(&config, shows);
    let (keys, wrong) = look::keys(&config);
    faults.extend(wrong);
    // A rule that does not hold is named; the console opens with the built-in ones.
    let own = knowledge::lint_rules(&config).unwrap_or_else(|fault| {
        faults.push(fault);
        Own::default()
    });
    let terminal = Terminal::take(config.mouse)?;
    let (mut passed, after) = (None, config.clone());
    let to = &mut passed;
    on_one_thread(async move {
        let stage = Stage::new(terminal, shows.synchronized)?;
        let mut console = Console::new(config, stage, look);
        console.desk.keys = keys;
        console.start(ready);
        if takes_over {
            console.take_over();
        }
        console.desk.lint = std::sync::Arc::new(own);
        faults.into_iter().for_each(|fault| console.fail(fault));
        *to = console.run().await?;
        Ok(())
    })?;
    match passed {
        None => Ok(()),
        #[cfg(feature = "bridge")]
        Some(Passed { id, over_server: true }) => follow_on_server(&id, after),
        Some(Passed { id, .. }) => follow_on(&id, after),
    }
}

/// The lead was passed to somebody on another machine: what they write comes from the server.
#[cfg(feature = "bridge")]
fn follow_on_server(id: &str, config: Config) -> Result<(), Fault> {
    let mut away = None;
    // The first of them may be the one that is down.
    for server in config.bridge.servers.clone() {
        let address = super::bridge::names::Address { server, session: id.to_owned() };
        match super::bridge::follow(&address, &config) {
            Ok(Some((which, config))) => return run(LiveOptions { begin: Begin::Open { which }, config }),
            Ok(None) => return Ok(()),
            Err(fault) => away = Some(fault),
        }
    }
    away.map_or(Ok(()), Err)
}

/// The lead was passed on: its screen goes on as a follower's, and as a lead's again once it comes back.
fn follow_on(id: &str, config: Config) -> Result<(), Fault> {
    let store = Store::at(config.places.data.clone());
    let (folder, id) = store.folder_of(id)?;
    let voice = Voice::over(store.folder_of(&id)?.0, &config);
    let attending = Attending::own(&folder, &id, &config, Over::Host);
    let inlet = Box::new(FileInlet::new(folder, id));
    match follow::run(FollowOptions { inlet, voice, attending, told: None, config: config.clone() })? {
        Some(which) => run(LiveOptions { begin: Begin::TakeOver { which }, config }),
        None => Ok(()),
    }
}

/// Runs a loop on this thread; what others are still doing when it ends is left behind.
///
/// # Errors
/// The loop's own.
pub(super) fn on_one_thread(work: impl Future<Output = Result<(), Fault>>) -> Result<(), Fault> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e: io::Error| Fault::environment(format!("cannot start: {}", reason(&e)), ""))?;
    let ended = runtime.block_on(work);
    runtime.shutdown_timeout(Duration::from_millis(50));
    ended
}

fn ready(begin: Begin, config: &Config) -> Result<Ready, Fault> {
    match begin {
        Begin::Home => Ok(Ready::Home),
        Begin::New { inputs, title, service } => {
            if inputs.iter().filter(|name| *name == "-").count() > 1 {
                return Err(Fault::usage("`-` stands twice: standard input can be read once", "name it once"));
            }
            let asks = inputs.iter().map(|name| ask(name)).collect::<Result<_, _>>()?;
            Ok(Ready::New { asks, title, service })
        }
        Begin::Open { which } | Begin::TakeOver { which } => {
            let (store, _said_by_the_console) = super::identity::store(config);
            let mut opened = sessions::go_on(&store, &which)?;
            let (from, to) = (languages::of(&opened.0), &config.lang);
            if config.origins.get("lang").is_some_and(|o| o == "--lang") && opened.0.report.is_some() && from != to {
                opened.2.push(format!("the report is in `{from}`: `I` investigates again, in `{to}`"));
            }
            Ok(Ready::Open(Box::new(opened)))
        }
    }
}

fn ask(name: &str) -> Result<Ask, Fault> {
    if name == "-" && io::stdin().is_terminal() {
        let hint = "pipe something into it, or leave `-` out and paste";
        return Err(Fault::usage("`-` reads standard input, and that is the terminal", hint));
    }
    if name == "-" {
        return Ok(Ask::Pipe);
    }
    files::check(name)?;
    Ok(Ask::File { path: name.to_owned() })
}

impl Console {
    /// Who leads from here on stands in the journal, sealed with their key.
    fn take_over(&mut self) {
        let by = Author::Person(self.desk.person.clone());
        let text = LEAD_TAKEN.into();
        self.record(by, Event::NoteTaken { kind: NoteKind::Role, text });
    }

    fn start(&mut self, ready: Ready) {
        match ready {
            Ready::Home => {
                // Nothing is recorded at home: the screen comes before the disk.
                self.first_frame();
                self.identify();
                self.list(crate::app::SessionsQuery::default());
            }
            Ready::New { asks, title, service } => {
                self.identify();
                self.begin(title, service);
                self.first_frame();
                asks.into_iter().for_each(|ask| self.admit(ask));
            }
            Ready::Open(opened) => {
                let (session, book, notices) = *opened;
                self.identify();
                self.resume(session, book, notices);
                self.first_frame();
            }
        }
        self.engine.warm();
    }
}
