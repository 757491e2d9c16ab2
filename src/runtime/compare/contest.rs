//! The run itself: every contestant on every case, round by round, so that whoever is compared has
//! seen the same cases when the budget ends the run.

use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use serde::Serialize;

use crate::analyst::agent::{Agent, Prompts, Rung, Setup};
use crate::analyst::measure::{self, CaseResult, Scores};
use crate::analyst::{Knowledge, Request, investigate};
use crate::domain::{Evidence, Origin, Report};
use crate::fault::Fault;
use crate::runtime::eval::{Case, result};
use crate::runtime::files::Raw;
use crate::runtime::folder::Folder;
use crate::runtime::gather::gather;
use crate::runtime::models::purse::Purse;
use crate::runtime::models::saved::{Heard, Saved};
use crate::runtime::models::{Model, News, conduct};

/// Names of addresses in a comparison: always the same, so that the same case is asked about in the
/// same words. Nothing of it is kept.
const SALT: [u8; 32] = [0; 32];

/// Who is compared.
#[derive(Debug, Clone)]
pub struct Contestant {
    /// As it was asked for: `embedded`, `main`, `main:small`.
    pub engine: String,
    /// A model with its limits; none for the embedded engine. It stands alone: nobody takes over.
    pub model: Option<(Arc<dyn Model>, Rung)>,
    /// The prompts it is asked with.
    pub prompts: Prompts,
    /// What a person calls these prompts.
    pub prompt: String,
    /// Whether it sees the embedded report.
    pub sees_embedded: bool,
    /// What the embedded engine knows where its report is in another language than English.
    pub knowledge: Option<Arc<Knowledge>>,
}

impl Contestant {
    /// The language of its reports.
    pub fn language(&self) -> &str {
        &self.prompts.language
    }

    fn knows<'k>(&'k self, english: &'k Knowledge) -> &'k Knowledge {
        self.knowledge.as_deref().unwrap_or(english)
    }
}

/// What is compared, how often, and what it may take.
#[derive(Debug)]
pub struct Contest {
    /// Who.
    pub contestants: Vec<Contestant>,
    /// How often.
    pub repeats: u32,
    /// Where answers are kept.
    pub folder: Arc<Folder>,
    /// Only from the folder: nobody is asked.
    pub replay: bool,
    /// What the run may take.
    pub purse: Arc<Purse>,
}

/// One investigation of one case.
#[derive(Debug, Clone, Serialize)]
pub struct Trial {
    /// How it came out.
    pub result: CaseResult,
    /// Which repeat, from 1.
    pub repeat: u32,
    /// Why there is no report; `None` where there is one.
    pub failed: Option<String>,
    /// Milliseconds: the embedded engine's work, or the model's answers.
    pub ms: f64,
    /// Tokens of the calls.
    pub tokens_in: u64,
    /// Tokens of the answers.
    pub tokens_out: u64,
    /// US dollars; `None` where no price is known.
    pub usd: Option<f64>,
    /// Calls of a model, and how many of them were answered from the folder.
    pub calls: (u32, u32),
}

impl Trial {
    /// True where the case's question was answered rightly: service and kind of the first hypothesis, or
    /// calm, or the severity, whichever the case is about.
    pub fn solved(&self) -> bool {
        let s = &self.result.scores;
        s.joint1.or(s.calm).or(s.severity).unwrap_or(false)
    }
}

/// A contestant with its trials.
#[derive(Debug)]
pub struct Standing {
    /// Who.
    pub who: Contestant,
    /// In order of repeats, then of cases.
    pub trials: Vec<Trial>,
}

/// A case as everybody is given it.
struct Asked {
    case: Case,
    evidence: Evidence,
    embedded: Arc<Report>,
    ms: f64,
}

/// Runs it. The second value says why it ended early, where it did: rounds that not everybody finished
/// are left out then.
///
/// # Errors
/// A replay lacks an answer, or an answer can't be kept.
pub async fn held(
    contest: &Contest,
    cases: &[Case],
    knowledge: &Knowledge,
) -> Result<(Vec<Standing>, Option<String>), Fault> {
    let mut standings: Vec<Standing> =
        contest.contestants.iter().map(|c| Standing { who: c.clone(), trials: Vec::new() }).collect();
    for repeat in 1..=contest.repeats {
        for case in cases {
            let mut all: Vec<(String, Asked)> = Vec::new();
            for standing in &mut standings {
                let who = &standing.who;
                let at = all.iter().position(|(language, _)| language == who.language()).unwrap_or(all.len());
                if at == all.len() {
                    all.push((who.language().to_owned(), asked(case, who.knows(knowledge))));
                }
                let Some((_, asked)) = all.get(at) else { continue };
                match trial(contest, who, (asked, who.knows(knowledge)), repeat).await? {
                    Ok(trial) => standing.trials.push(trial),
                    Err(why) => {
                        even(&mut standings, repeat, &case.name);
                        return Ok((standings, Some(why)));
                    }
                }
            }
        }
    }
    Ok((standings, None))
}

/// Leaves out what not everybody finished: the case of a first round, the whole of a later one.
fn even(standings: &mut [Standing], repeat: u32, case: &str) {
    for standing in standings {
        let stays = |t: &Trial| t.repeat != repeat || (repeat == 1 && t.result.case != case);
        standing.trials.retain(stays);
    }
}

fn asked(case: &Case, knowledge: &Knowledge) -> Asked {
    let raw = Raw {
        name: "context".into(),
        origin: Origin::File { path: "context.txt".into() },
        bytes: case.text.as_bytes().to_vec(),
    };
    let evidence = gather(vec![raw]).evidence;
    let began = Instant::now();
    let mut go_on = |_: &_| ControlFlow::Continue(());
    let embedded = investigate(&evidence, &Request::default(), knowledge, &mut go_on);
    let embedded = Arc::new(embedded.unwrap_or_else(crate::analyst::report::empty));
    let ms = began.elapsed().as_secs_f64() * 1000.0;
    Asked { case: case.clone(), evidence, embedded, ms }
}

/// The call that would be sent first, as a person is shown it.
pub fn payload(who: &Contestant, case: &Case, knowledge: &Knowledge) -> Option<String> {
    let asked = asked(case, who.knows(knowledge));
    let (_, rung) = who.model.as_ref()?;
    Some(Agent::new(setup(who, rung.clone(), &asked)).first().shown())
}

fn setup(who: &Contestant, rung: Rung, asked: &Asked) -> Setup {
    Setup {
        evidence: asked.evidence.clone(),
        request: Request::default(),
        embedded: Arc::clone(&asked.embedded),
        sees_embedded: who.sees_embedded,
        prompts: who.prompts.clone(),
        rungs: vec![rung],
        telemetry: Vec::new(),
        salt: SALT,
    }
}

/// One trial, or why the run has to end before it.
async fn trial(
    contest: &Contest,
    who: &Contestant,
    (asked, knowledge): (&Asked, &Knowledge),
    repeat: u32,
) -> Result<Result<Trial, String>, Fault> {
    let Some((model, rung)) = &who.model else {
        let result = result(&asked.case, &asked.evidence, &asked.embedded);
        let (tokens_in, tokens_out, usd) = (0, 0, Some(0.0));
        return Ok(Ok(Trial { result, repeat, failed: None, ms: asked.ms, tokens_in, tokens_out, usd, calls: (0, 0) }));
    };
    let heard = Arc::new(Mutex::new(Heard::default()));
    let saved: Arc<dyn Model> = Arc::new(Saved {
        inner: (!contest.replay).then(|| Arc::clone(model)),
        names: (rung.name.clone(), rung.model.clone()),
        folder: Arc::clone(&contest.folder),
        repeat,
        price: rung.price,
        purse: Arc::clone(&contest.purse),
        heard: Arc::clone(&heard),
    });
    let (mut report, mut failed, mut used) = (None, None, (0, 0, 0.0));
    let (_keep, orders) = tokio::sync::mpsc::channel(1);
    let mut tell = |news| match news {
        News::Report(done) => report = Some(done),
        News::Ended(why) => failed = Some(why),
        News::Used { usage, usd } => used = (usage.tokens_in, usage.tokens_out, usd),
        _ => {}
    };
    let agent = Agent::new(setup(who, rung.clone(), asked));
    conduct(agent, &[saved], knowledge, orders, &mut tell).await;
    let heard = heard.lock().unwrap_or_else(PoisonError::into_inner).clone();
    if heard.missing {
        let what = format!(
            "no answer of {} to case {} (repeat {repeat}, call {}) is kept in {}",
            who.engine,
            asked.case.name,
            heard.calls,
            contest.folder.path().display()
        );
        return Err(Fault::input(what, "run it once without --replay, with the same engines, prompts and repeats"));
    }
    if let Some(why) = heard.unsaved {
        return Err(Fault::environment(why, "mend that, or name another folder with --answers"));
    }
    if let Some(why) = heard.refused {
        return Ok(Err(why));
    }
    let result = match &report {
        Some(report) => result(&asked.case, &asked.evidence, report),
        None => unanswered(&asked.case),
    };
    Ok(Ok(Trial {
        result,
        repeat,
        failed: report.is_none().then(|| failed.unwrap_or_else(|| "it gave no report".into())),
        ms: heard.ms as f64,
        tokens_in: used.0,
        tokens_out: used.1,
        usd: rung.price.map(|_| used.2),
        calls: (heard.calls, heard.from_folder),
    }))
}

/// A case without a report: nothing that was asked for is right. The embedded report stands in a
/// session; here it is no merit of the model's.
fn unanswered(case: &Case) -> CaseResult {
    let empty = crate::analyst::report::empty();
    let mut result = result(case, &Evidence::default(), &empty);
    let Scores { calm, severity, .. } = &mut result.scores;
    *calm = calm.map(|_| false);
    *severity = severity.map(|_| false);
    (result.scores.claims, result.scores.ungrounded) = (0, 0);
    result.answered = "no report".into();
    result
}

/// The means of one round, as `eval` prints them for one engine.
pub(super) fn round(trials: &[&Trial]) -> measure::Row {
    let results: Vec<CaseResult> = trials.iter().map(|t| t.result.clone()).collect();
    measure::table(&results).pop().unwrap_or_default()
}
