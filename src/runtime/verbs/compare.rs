//! `eval` over several engines: who is compared, what it would send, and whether somebody agreed to it.

use std::io::Write;

use crate::cli::Compare;
use crate::fault::Fault;

/// True where more is asked for than the embedded engine's measures.
pub fn asks_for_more(with: &Compare) -> bool {
    with.engine.iter().any(|e| e != "embedded")
        || with.engine.len() > 1
        || with.repeats > 1
        || with.replay
        || !with.prompts.is_empty()
        || with.lang.iter().any(|l| l != "en")
}

#[cfg(feature = "models")]
pub use with::eval;

/// Engines compared, in a build that has only one.
///
/// # Errors
/// Always: it names the feature.
#[cfg(not(feature = "models"))]
pub fn eval(_: &[String], _: bool, _: &[String], _: &Compare, _: &mut dyn Write) -> Result<u8, Fault> {
    Err(Fault::usage("this build has no models to compare", "build it with the feature `models`"))
}

#[cfg(feature = "models")]
mod with {
    use std::path::{Path, PathBuf};
    use std::sync::Arc;

    use super::super::models::{confirmed, runtime};
    use super::super::print;
    use super::*;
    use crate::analyst::Knowledge;
    use crate::analyst::agent::Prompts;
    use crate::analyst::agent::prompts::V1;
    use crate::runtime::compare::{Contest, Contestant, held, json, payload, table};
    use crate::runtime::config::{Config, read_optional};
    use crate::runtime::eval::{Case, cases};
    use crate::runtime::folder::{Folder, words};
    use crate::runtime::knowledge::phrases;
    use crate::runtime::models::purse::Purse;
    use crate::runtime::models::{Ladder, host, prompts};
    use crate::runtime::places::Places;

    /// A language's code, and what the embedded engine needs to report in it; nothing for English.
    type Spoken = (String, Option<Arc<Knowledge>>);

    /// Compares engines on the cases of some folders.
    ///
    /// # Errors
    /// An engine, a folder or a case is not there, nobody agreed to send, a replay lacks an answer, or
    /// the budget ended the run (after what there is was printed).
    pub fn eval(
        dirs: &[String],
        as_json: bool,
        only: &[String],
        with: &Compare,
        out: &mut dyn Write,
    ) -> Result<u8, Fault> {
        let config = Config::load(Places::from_environment()?)?;
        let contestants = contestants(&config, with)?;
        let dirs: Vec<PathBuf> = dirs.iter().map(PathBuf::from).collect();
        let all = cases(&dirs, only)?.collect::<Result<Vec<_>, _>>()?;
        let knowledge = Knowledge::embedded();
        let first = contestants.iter().find_map(|c| Some((c, payload(c, all.first()?, knowledge)?)));
        if let Some((who, first)) = first {
            if with.show_payload {
                return print(out, &format!("{first}\n")).map(|()| 0);
            }
            if !with.replay {
                agreed(&config, (&contestants, who), &first, (&all, with), out)?;
            }
        }
        let folder = with.answers.as_ref().map_or_else(|| config.places.data.join("answers"), PathBuf::from);
        let folder = Folder::open_or_make(&folder).map_err(|e| {
            let what = format!("answers can't be kept in {}: {}", folder.display(), words(&e));
            Fault::input(what, "name another folder with --answers")
        })?;
        let contest = Contest {
            contestants,
            repeats: with.repeats,
            folder: Arc::new(folder),
            replay: with.replay,
            purse: Arc::new(Purse::new(with.usd, with.calls)),
        };
        let (standings, ended) = runtime()?.block_on(held(&contest, &all, knowledge))?;
        let ended = ended.as_deref();
        print(out, &if as_json { json(&standings, ended) } else { table(&standings, ended) })?;
        let spent = contest.purse.spent();
        match ended {
            None => Ok(0),
            Some(why) => Err(Fault::environment(
                format!("the run ended before its budget was exceeded: {why} ({} calls made)", spent.calls),
                "say --usd or --calls; what was answered is kept and is not asked again",
            )),
        }
    }

    /// Asks before the first byte leaves: what it is, how large, to whom, and what all may take.
    fn agreed(
        config: &Config,
        (contestants, first): (&[Contestant], &Contestant),
        payload: &str,
        (all, with): (&[Case], &Compare),
        out: &mut dyn Write,
    ) -> Result<(), Fault> {
        let models: Vec<&Contestant> = contestants.iter().filter(|c| c.model.is_some()).collect();
        // At least one call each; answers that are kept already are found only on the way.
        let least = models.len() as u64 * all.len() as u64 * u64::from(with.repeats);
        let kept = with.answers.is_some() || config.places.data.join("answers").is_dir();
        if least > with.calls && !kept {
            let what =
                format!("{least} investigations need a call each at the least, and the run may make {}", with.calls);
            return Err(Fault::usage(what, "say a larger --calls, fewer repeats, or --only some cases"));
        }
        let to: Vec<String> = models
            .iter()
            .filter_map(|c| {
                let (_, rung) = c.model.as_ref()?;
                let host = config.models.get(&rung.name).map(host).unwrap_or_default();
                let price = if rung.price.is_some() { "" } else { ", price unknown: only calls limit it" };
                Some(format!("{} ({} at {host}{price}), prompts {}", c.engine, rung.model, c.prompt))
            })
            .collect();
        let question = format!(
            "{payload}\n\n{} bytes, masked, would go to {} first. In all: {} cases, {} repeats, at most {} calls \
             and ${:.2}, to\n  {}\nSend them? [y/N] ",
            payload.len(),
            first.engine,
            all.len(),
            with.repeats,
            with.calls,
            with.usd,
            to.join("\n  ")
        );
        if confirmed(with.send, &question, out)? {
            return Ok(());
        }
        let hint = "look at it with --show-payload, then say --send; --replay asks nobody";
        Err(Fault::usage("nothing was sent: nobody agreed to it", hint))
    }

    fn contestants(config: &Config, with: &Compare) -> Result<Vec<Contestant>, Fault> {
        let mut asked: Vec<(String, Prompts)> = Vec::new();
        for word in &with.prompts {
            asked.push((word.clone(), prompts_of(config, word)?));
        }
        if asked.is_empty() {
            let own = prompts(config)?;
            asked.push((own.version.clone(), own));
        }
        let mut out = Vec::new();
        for (language, knowledge) in languages(config, with)? {
            for engine in &with.engine {
                let model = if engine == "embedded" { None } else { Some(one(config, engine)?) };
                let sets = if model.is_some() { asked.as_slice() } else { asked.get(..1).unwrap_or_default() };
                for (name, prompts) in sets {
                    let ladder = model.as_ref();
                    out.push(Contestant {
                        engine: engine.clone(),
                        model: ladder.and_then(|l| Some((Arc::clone(l.models.first()?), l.rungs.first()?.clone()))),
                        prompts: prompts.clone().in_language(&language),
                        prompt: name.clone(),
                        sees_embedded: ladder.is_none_or(|l| l.sees_embedded),
                        knowledge: knowledge.clone(),
                    });
                }
            }
        }
        Ok(out)
    }

    /// The languages to compare, each with what the embedded engine needs to report in it. The measures
    /// are of what the program ships: a person's own playbooks are not among it.
    fn languages(config: &Config, with: &Compare) -> Result<Vec<Spoken>, Fault> {
        let mut out: Vec<Spoken> = Vec::new();
        for code in &with.lang {
            if out.iter().any(|(known, _)| known == code) {
                continue;
            }
            let config = config.clone().in_language(Some(code));
            let mut knowledge = None;
            if code != "en" {
                let mut own = Knowledge::embedded().clone();
                own.language = Some(Arc::new(phrases(&config, &own)?));
                knowledge = Some(Arc::new(own));
            }
            out.push((code.clone(), knowledge));
        }
        if out.is_empty() {
            out.push(("en".into(), None));
        }
        Ok(out)
    }

    /// `NAME` or `NAME:MODEL`, where NAME is a table of the settings or the provider of one. It stands
    /// alone: who takes over in a session would blur the comparison.
    fn one(config: &Config, engine: &str) -> Result<Ladder, Fault> {
        let (name, model) = engine.split_once(':').map_or((engine, None), |(n, m)| (n, Some(m)));
        let known = config.models.get_key_value(name);
        let by_provider = || config.models.iter().find(|(_, m)| model.is_some() && m.provider.name() == name);
        let mut alone = config.clone();
        alone.models.clear();
        let name = match known.or_else(by_provider) {
            Some((table, settings)) => {
                let mut settings = settings.clone();
                settings.fallback = None;
                settings.model = model.map_or(settings.model, str::to_owned);
                alone.models.insert(table.clone(), settings);
                table.clone()
            }
            None => {
                // The fault that names what there is.
                return Ladder::of(config, engine);
            }
        };
        Ladder::of(&alone, &name)
    }

    /// `v1` is ours; anything else is a folder with files of the same names.
    fn prompts_of(config: &Config, word: &str) -> Result<Prompts, Fault> {
        match word {
            "v1" => return Ok(Prompts::default()),
            "own" => return prompts(config),
            _ => {}
        }
        let mut all = Prompts::default();
        let mut found = false;
        for (name, _) in V1 {
            if let Some(text) = read_optional(&Path::new(word).join(format!("{name}.md")))? {
                all.replace(name, text);
                found = true;
            }
        }
        if found {
            return Ok(all);
        }
        let names: Vec<String> = V1.iter().map(|(n, _)| format!("{n}.md")).collect();
        let hint = format!("`v1`, `own`, or a folder with some of {}", names.join(", "));
        Err(Fault::usage(format!("there are no prompts in `{word}`"), hint))
    }
}
