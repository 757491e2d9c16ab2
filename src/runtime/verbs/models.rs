//! `models`, and `analyze` with a model: what is configured, tested or asked after a person said yes.

use std::io::Write;

use crate::analyst::Knowledge;
use crate::cli::Analyze;
use crate::fault::Fault;
use crate::runtime::config::Config;
use crate::runtime::files;

#[cfg(feature = "models")]
pub use with::{analyze, models};
#[cfg(feature = "models")]
pub(super) use with::{confirmed, runtime};

/// `models` in a build without them.
///
/// # Errors
/// Always: it names the feature.
#[cfg(not(feature = "models"))]
pub fn models(_: Option<&str>, _: bool, _: &mut dyn Write) -> Result<u8, Fault> {
    Err(absent())
}

/// `analyze` with a model in a build without them.
///
/// # Errors
/// Always: it names the feature.
#[cfg(not(feature = "models"))]
pub fn analyze(_: &Analyze, _: Vec<files::Raw>, _: (&Config, &Knowledge), _: &mut dyn Write) -> Result<u8, Fault> {
    Err(absent())
}

#[cfg(not(feature = "models"))]
fn absent() -> Fault {
    Fault::usage("this build has no models", "build it with the feature `models`, or use the embedded engine")
}

#[cfg(feature = "models")]
mod with {
    use std::io::{BufRead, IsTerminal};
    use std::sync::Arc;

    use super::super::print;
    use super::*;
    use crate::analyst::agent::{Agent, Call, Message};
    use crate::analyst::{Request, investigate};
    use crate::domain::{Notice, NoticeKind, Report};
    use crate::export;
    use crate::runtime::gather;
    use crate::runtime::models::{Ladder, News, Remote, answer, conduct, host, keys};
    use crate::runtime::places::Places;
    use crate::runtime::verbs::investigate::{json, step_line};

    /// `models`: the table, then one tiny request for each that the person confirms.
    ///
    /// # Errors
    /// The settings can't be read, or there is no model of that name. Exit code 1 when a test failed.
    pub fn models(name: Option<&str>, yes: bool, out: &mut dyn Write) -> Result<u8, Fault> {
        let config = Config::load(Places::from_environment()?)?;
        if config.models.is_empty() && name.is_none() {
            let path = config.places.config.join("config.toml");
            print(
                out,
                &format!(
                    "No models are configured. Add a [models.NAME] table to {}; docs/models.md shows one.\n",
                    path.display()
                ),
            )?;
            return Ok(0);
        }
        if let Some(name) = name.filter(|n| !config.models.contains_key(*n)) {
            let path = config.places.config.join("config.toml");
            let hint = format!("`hotwash models` lists them; a [models.NAME] table in {} adds one", path.display());
            return Err(Fault::usage(format!("there is no model `{name}`"), hint));
        }
        let mut failed = false;
        for (model, m) in config.models.iter().filter(|(n, _)| name.is_none_or(|w| w == n.as_str())) {
            let rung = Ladder::of(&config, model)?.rungs.into_iter().next();
            let price = rung.and_then(|r| r.price).map_or("price unknown".to_owned(), |p| {
                format!("${} in, ${} out for a million tokens", p.input, p.output)
            });
            let key = match keys::key(model, m) {
                Ok(Some(_)) => "key found".to_owned(),
                Ok(None) => "needs no key".to_owned(),
                Err(failure) => failure.what,
            };
            let then = m.fallback.as_deref().unwrap_or("embedded");
            let chosen = if config.model.as_deref() == Some(model) { " (asked first)" } else { "" };
            print(
                out,
                &format!(
                    "{model}{chosen}\n  {} at {}: {} · {key} · {price} · then {then}\n",
                    m.provider.name(),
                    host(m),
                    m.model
                ),
            )?;
            if !confirmed(yes, "  Test it with one tiny request? [y/N] ", out)? {
                print(out, "  not tested\n")?;
                continue;
            }
            failed |= !tested(&Remote::new(model, m)?, out)?;
        }
        Ok(u8::from(failed))
    }

    /// Asks for one word; nothing of any session is in it.
    fn tested(model: &Remote, out: &mut dyn Write) -> Result<bool, Fault> {
        let call = Call {
            system: "Answer with one word.".into(),
            messages: vec![Message::user("Say: ready")],
            max_tokens: 64,
            ..Call::default()
        };
        let began = std::time::Instant::now();
        match runtime()?.block_on(answer(model, call)) {
            Ok(answer) => {
                let usage = answer.usage();
                let ms = began.elapsed().as_millis();
                print(out, &format!("  works: {ms} ms, {} tokens in, {} out\n", usage.tokens_in, usage.tokens_out))?;
                Ok(true)
            }
            Err(failure) => print(out, &format!("  does not work: {}\n", failure.what)).map(|()| false),
        }
    }

    /// True where a person said yes: by a flag, or at the terminal.
    ///
    /// # Errors
    /// The question can't be written.
    pub(in super::super) fn confirmed(yes: bool, question: &str, out: &mut dyn Write) -> Result<bool, Fault> {
        if yes {
            return Ok(true);
        }
        if !std::io::stdin().is_terminal() {
            return Ok(false);
        }
        print(out, question)?;
        let mut line = String::new();
        let _ = std::io::stdin().lock().read_line(&mut line);
        Ok(matches!(line.trim(), "y" | "Y" | "yes"))
    }

    /// A loop for the network.
    ///
    /// # Errors
    /// The system refuses one.
    pub(in super::super) fn runtime() -> Result<tokio::runtime::Runtime, Fault> {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|e| Fault::environment(format!("cannot start: {}", files::reason(&e)), ""))
    }

    /// `analyze` with a model: the embedded investigation first, then the model's beside it.
    ///
    /// # Errors
    /// There is no such model, nobody agreed to send, or the output can't be written.
    pub fn analyze(
        args: &Analyze,
        inputs: Vec<files::Raw>,
        (config, knowledge): (&Config, &Knowledge),
        out: &mut dyn Write,
    ) -> Result<u8, Fault> {
        let ladder = Ladder::of(config, &args.engine)?;
        let gathered = gather::gather(inputs);
        let request = Request { title: args.title.clone(), service: args.service.clone(), session: None };
        let embedded =
            investigate(&gathered.evidence, &request, knowledge, &mut |_| std::ops::ControlFlow::Continue(()));
        let Some(mut embedded) = embedded else { return Ok(0) };
        embedded.notices.splice(0..0, gathered.admitted.into_iter().flatten());
        let embedded = Arc::new(embedded);
        let mut agent = Agent::new(ladder.setup(gathered.evidence.clone(), request, Arc::clone(&embedded)));
        let first = agent.first().shown();
        if args.show_payload {
            return print(out, &format!("{first}\n")).map(|()| 0);
        }
        let question = format!(
            "{first}\n\n{} bytes, masked, would go to {}. Send it? [y/N] ",
            first.len(),
            ladder.rungs.first().map_or("", |r| r.name.as_str())
        );
        if !confirmed(args.send, &question, out)? {
            return Err(Fault::usage(
                "nothing was sent: nobody agreed to it",
                "look at it with --show-payload, then say --send",
            ));
        }
        let report = asked(agent, &ladder, knowledge, (args.trail, &embedded), out)?;
        if args.json {
            print(out, &json(&report)?)?;
        } else if !args.trail {
            print(out, &export::markdown::report(&report, &[]))?;
        }
        Ok(0)
    }

    /// The model's report with its trail; the embedded one, with the reason, where there is none.
    fn asked(
        agent: Agent,
        ladder: &Ladder,
        knowledge: &Knowledge,
        (trail, embedded): (bool, &Report),
        out: &mut dyn Write,
    ) -> Result<Report, Fault> {
        let (mut steps, mut report, mut why) = (Vec::new(), None, None);
        let (_keep, orders) = tokio::sync::mpsc::channel(1);
        let mut tell = |news| match news {
            News::Step(step) => steps.push(step),
            News::Report(done) => report = Some(*done),
            News::Ended(reason) => why = Some(reason),
            _ => {}
        };
        runtime()?.block_on(conduct(agent, &ladder.models, knowledge, orders, &mut tell));
        if trail {
            for step in &steps {
                print(out, &step_line(step)?)?;
            }
        }
        Ok(match report {
            Some(mut report) => {
                report.notices.splice(0..0, embedded.notices.iter().cloned());
                report.trail = steps;
                report
            }
            None => {
                let what = why.unwrap_or_else(|| "it gave no report".into());
                let mut report = embedded.clone();
                let what = format!("the model's investigation ended: {what}; the embedded report stands");
                report.notices.push(Notice { kind: NoticeKind::Other, what, count: 1 });
                report.trail.extend(steps);
                report
            }
        })
    }
}
