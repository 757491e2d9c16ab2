//! The follower's loop: lines become the fold, the fold becomes the screen. It stands on the same stage,
//! core and view as the live console; there is no journal, no runner and no approval behind it.

use std::collections::VecDeque;
use std::io::IsTerminal;
use std::time::{Duration, Instant};

use chrono::Utc;
use tokio::sync::mpsc::Receiver;

use super::super::clipboard;
use super::super::config::Config;
use super::super::live::on_one_thread;
use super::super::look;
use super::super::shows::Shows;
use super::super::stage::{Cue, Stage, until};
use super::super::terminal::Terminal;
use super::attend::Attending;
use super::inlet::{self, Ended, Inlet, Said};
use super::seals::SealChecks;
use super::voice::Voice;
use crate::app::{self, Desk, Effect, Input, Standpoint};
use crate::fault::Fault;
use crate::journal::course::{Course, Step};
use crate::journal::feed::Fed;
use crate::journal::peer::Saying;
use crate::journal::seal::{PublicKey, Sealed};
use crate::session::Session;
use crate::view::{self, Look};

/// How long leaving waits for the last bytes to be written.
const LONGEST_END: Duration = Duration::from_millis(300);

/// How one follows.
pub struct FollowOptions {
    /// Where the records come from.
    pub inlet: Box<dyn Inlet>,
    /// How one speaks to the lead; `None`: one may only look.
    pub voice: Option<Voice>,
    /// How the lead knows that this person is here; `None` where nobody can be told.
    pub attending: Option<Attending>,
    /// What is to be said at once: why the lead was not taken.
    pub told: Option<Fault>,
    /// The settings in effect.
    pub config: Config,
}

/// Follows until the person leaves; the session's id where they take its lead.
///
/// # Errors
/// Where there is no terminal, or nothing to listen with.
pub fn run(options: FollowOptions) -> Result<Option<String>, Fault> {
    let FollowOptions { inlet, voice, attending, told, config } = options;
    Terminal::check()?;
    let shows = Shows::here();
    let (look, mut faults) = look::of(&config, shows);
    let (keys, wrong) = look::keys(&config);
    faults.extend(wrong.into_iter().chain(told));
    let (from, trusted) = (inlet.name(), inlet.trusts());
    let terminal = Terminal::take(config.mouse)?;
    let said = inlet::listen(inlet)
        .map_err(|e| Fault::environment(format!("cannot listen: {}", super::super::files::reason(&e)), ""))?;
    let mut taken = None;
    let leads = &mut taken;
    on_one_thread(async move {
        let stage = Stage::new(terminal, shows.synchronized)?;
        let desk =
            Desk { keys, theme: look::shared(&config), ..Desk::follow(config.name, stage.size(), Utc::now(), from) };
        let (mirror, forged) = Mirror::trusting(desk, trusted).checking();
        let mut follower = Follower {
            voice,
            attending,
            mirror,
            forged,
            look,
            stage,
            said,
            wake: None,
            ended: false,
            handed: false,
            leads: None,
        };
        if let (Some(voice), Some(following)) = (&follower.voice, &mut follower.mirror.desk.following) {
            following.voice = Some(voice.name().to_owned());
            following.key = voice.key();
            following.leads = voice.role().leads();
        }
        follower.mirror.answers.extend(faults.into_iter().map(Input::Failed));
        *leads = follower.run().await?;
        Ok(())
    })?;
    Ok(taken)
}

/// Fold and desk of a follower: what of it is no terminal. The same for every screen it is shown on.
#[derive(Debug)]
pub struct Mirror {
    /// The fold so far.
    pub session: Session,
    /// How the follower looks at it.
    pub desk: Desk,
    /// What is handled before anything else.
    pub answers: VecDeque<Input>,
    course: Course,
    /// Where every seal is checked, not only the newest of a batch.
    checks: Option<SealChecks>,
}

impl Mirror {
    /// An empty mirror.
    pub fn new(desk: Desk) -> Self {
        let (answers, course) = (VecDeque::new(), Course::default());
        Self { session: Session::default(), desk, answers, course, checks: None }
    }

    /// An empty mirror that takes only what one of these keys has sealed; `None`: sealed or not.
    pub fn trusting(desk: Desk, keys: Option<Vec<PublicKey>>) -> Self {
        let course = keys.map_or_else(Course::default, Course::trusting);
        Self { course, ..Self::new(desk) }
    }

    /// The same, with every seal checked on a thread of its own; whose did not hold comes out there.
    #[must_use]
    pub fn checking(self) -> (Self, Receiver<PublicKey>) {
        let (checks, forged) = SealChecks::start();
        (Self { checks: Some(checks), ..self }, forged)
    }

    /// Takes lines in; what they lead to besides the fold comes back as inputs for the core.
    pub fn hear(&mut self, lines: Vec<Fed>) -> Vec<Input> {
        folded(&mut self.session, &mut self.course, self.checks.as_ref(), lines)
    }

    /// One input through the core. Events are what a person does to a session: here there are none,
    /// whatever the core says.
    pub fn take(&mut self, input: Input) -> app::Turn {
        self.desk.now = Utc::now();
        app::update(&self.session, &mut self.desk, input)
    }
}

/// Folds lines into a session; what they lead to besides comes back as inputs for the core. The seals
/// that the newest one vouches for go to be checked each for itself.
pub fn folded(session: &mut Session, course: &mut Course, checks: Option<&SealChecks>, lines: Vec<Fed>) -> Vec<Input> {
    let (mut inputs, mut grown) = (Vec::new(), false);
    let mut view = None;
    course.vouch(&lines);
    for fed in lines {
        match course.take(fed) {
            None => {}
            Some(Step::Fold(record)) => {
                session.apply(&record);
                grown = true;
            }
            Some(Step::Begin { .. }) => {
                *session = Session::default();
                inputs.push(Input::Opened);
                grown = true;
            }
            Some(Step::Superseded) => {
                inputs.push(Input::Odd("records were superseded over there: follow again to see them".into()));
            }
            // The last of a batch says all.
            Some(Step::View(value)) => view = Standpoint::read(value),
            Some(Step::Lead { there }) => inputs.push(Input::Lead { there }),
            Some(Step::Answers(answers)) => inputs.push(Input::NotTaken(answers)),
            Some(Step::Odd(what)) => inputs.push(Input::Odd(what)),
        }
    }
    if grown {
        inputs.push(Input::Grown);
        inputs.extend(course.sealed().map(Input::Sealed));
        let rest = course.unchecked();
        if let Some(checks) = checks {
            checks.check(rest);
        }
    }
    inputs.extend(view.map(|v| Input::LeadStands(Box::new(v))));
    inputs
}

struct Follower {
    voice: Option<Voice>,
    attending: Option<Attending>,
    mirror: Mirror,
    look: Look,
    stage: Stage,
    said: Receiver<Said>,
    /// Whose name stood on a seal that did not hold.
    forged: Receiver<PublicKey>,
    wake: Option<Instant>,
    ended: bool,
    handed: bool,
    /// The session that this person leads from now on.
    leads: Option<String>,
}

impl Follower {
    async fn run(mut self) -> Result<Option<String>, Fault> {
        self.stage.want_answer();
        let mut listening = true;
        while !self.ended {
            while let Some(answer) = self.mirror.answers.pop_front() {
                self.take(answer, true);
            }
            if std::mem::take(&mut self.handed) {
                let size = self.stage.stop().await?;
                self.take(size, true);
                continue;
            }
            let woken = until(self.wake);
            let late = until(self.attending.as_ref().and_then(Attending::due));
            tokio::select! {
                biased;
                cue = self.stage.cue() => match cue {
                    Cue::Frame => self.draw(),
                    Cue::Input(input) => self.take(input, true),
                    Cue::Stop => self.handed = true,
                    Cue::End => break,
                },
                said = self.said.recv(), if listening => match said {
                    Some(Said::Lines(lines)) => {
                        self.hear(lines);
                        // So many wait that the inlet has to: this screen is behind what there is.
                        let in_step = self.said.len() + 1 < self.said.max_capacity();
                        self.attending.iter_mut().for_each(|a| a.step(in_step));
                    }
                    Some(Said::Told(what)) => self.take(Input::Failed(Fault::environment(what, "")), false),
                    Some(Said::Ended(ended)) => { listening = false; self.over(ended); }
                    None => listening = false,
                },
                Some(key) = self.forged.recv() => self.take(Input::Sealed(Sealed::Forged(key)), false),
                () = late => self.attending.iter_mut().for_each(Attending::say_due),
                () = woken => {
                    self.wake = None;
                    self.take(Input::Deadline, false);
                }
            }
        }
        self.stage.end(LONGEST_END).await;
        if let Some(attending) = self.attending.take() {
            attending.leave().await;
        }
        Ok(self.leads)
    }

    fn hear(&mut self, lines: Vec<Fed>) {
        for input in self.mirror.hear(lines) {
            self.take(input, false);
        }
    }

    /// Nothing more comes: what is here stays on screen until the person leaves.
    fn over(&mut self, ended: Ended) {
        let what = match ended {
            Ended::End => "nothing more comes from over there: this is what it holds so far".to_owned(),
            Ended::Failed(what) => what,
        };
        self.take(Input::Lead { there: false }, false);
        self.take(Input::Failed(Fault::environment(what, "")), false);
    }

    fn take(&mut self, input: Input, by_person: bool) {
        let turn = self.mirror.take(input);
        for effect in turn.effects {
            self.perform(effect);
        }
        match (turn.redraw, by_person) {
            (true, true) => self.stage.want_answer(),
            (true, false) => self.stage.want_news(),
            (false, _) => {}
        }
    }

    /// The few effects that change nothing: the clipboard, time, leaving.
    fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Copy { text } => match clipboard::sequence(&text, std::env::var_os("TMUX").is_some()) {
                Ok(sequence) => {
                    self.stage.send(sequence);
                    self.mirror.answers.push_back(Input::CopySent { bytes: text.len() });
                }
                Err(fault) => self.mirror.answers.push_back(Input::Failed(fault)),
            },
            Effect::Wake { after_ms } => self.wake = Some(Instant::now() + Duration::from_millis(after_ms)),
            Effect::Say(saying) => self.say(saying),
            Effect::OpenSession { id } => (self.leads, self.ended) = (Some(id), true),
            Effect::Suspend => self.handed = true,
            Effect::Quit => self.ended = true,
            _ => {}
        }
    }

    fn say(&mut self, saying: Saying) {
        let Some(voice) = &mut self.voice else { return };
        self.mirror.answers.push_back(match voice.say(&self.mirror.session, saying) {
            Ok(count) => Input::SaidToLead { count },
            Err(why) => Input::Failed(Fault::environment(format!("not said: {why}"), "")),
        });
    }

    fn draw(&mut self) {
        self.mirror.desk.now = Utc::now();
        let (session, desk, look) = (&self.mirror.session, &self.mirror.desk, &self.look);
        self.stage.draw(|frame| view::draw(frame, session, desk, look));
    }
}

/// Whether standard input can be followed.
///
/// # Errors
/// Where it is the terminal.
pub fn check_pipe() -> Result<(), Fault> {
    if std::io::stdin().is_terminal() {
        let hint = "pipe it in: ssh HOST hotwash follow ID --raw | hotwash follow -";
        return Err(Fault::usage("`-` reads standard input, and that is the terminal", hint));
    }
    Ok(())
}
