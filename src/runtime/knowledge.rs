//! What the analyst knows before it reads: our playbooks, and a person's own over them; the severity
//! policy and the postmortem template that the settings name.

use std::borrow::Cow;
use std::path::PathBuf;
use std::sync::Arc;

use super::catalog::Catalog;
use super::config::{Config, own_files, read_optional};
use super::files::reason;
use crate::analyst::Knowledge;
use crate::analyst::messages::Messages;
use crate::analyst::phrases::{Phrasebook, Translations};
use crate::analyst::report::postmortem::Template;
use crate::analyst::severity::Policy;
use crate::export::lint::Own;
use crate::fault::Fault;

/// Our playbooks with the person's own merged over them, and the policy and template of the settings.
///
/// # Errors
/// Names the file, line and reason when one of their own files is missing or not valid.
pub fn load(config: &Config) -> Result<Cow<'static, Knowledge>, Fault> {
    let playbooks = own_files(&config.places, "playbooks", "toml")?;
    let policy = policy(config, &config.severity_policy)?;
    let template = template(config)?;
    let english = config.lang == "en";
    if playbooks.is_empty() && policy.is_none() && template.is_none() && english {
        return Ok(Cow::Borrowed(Knowledge::embedded()));
    }
    let mut knowledge = Knowledge::embedded().clone();
    for path in playbooks {
        let name = path.display().to_string();
        knowledge.merge(&name, &text(&path)?)?;
    }
    knowledge.severity_policy = policy;
    knowledge.template = template;
    if !english {
        knowledge.language = Some(Arc::new(phrases(config, &knowledge)?));
    }
    Ok(Cow::Owned(knowledge))
}

/// The same with the saved sessions as history, as far as the catalog has read them: what a session's investigations work with.
///
/// # Errors
/// Those of [`load`]; a session that can't be read is left out.
pub fn load_with_history(config: &Config) -> Result<Cow<'static, Knowledge>, Fault> {
    let mut knowledge = load(config)?;
    let past = Catalog::configured(config).past();
    if !past.is_empty() {
        knowledge.to_mut().history = past;
    }
    Ok(knowledge)
}

/// Our messages with the person's own files merged over them, each named by its language
/// (`messages/de.toml`); and what is wrong with those that were left out.
///
/// # Errors
/// When the folder or a file can't be read.
pub fn messages(config: &Config) -> Result<(Cow<'static, Messages>, Vec<Fault>), Fault> {
    let own = own_files(&config.places, "messages", "toml")?;
    if own.is_empty() {
        return Ok((Cow::Borrowed(Messages::embedded()), Vec::new()));
    }
    let (mut all, mut faults) = (Messages::embedded().clone(), Vec::new());
    for path in own {
        let code = path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
        let name = path.display().to_string();
        match all.merge(&name, &code, &text(&path)?) {
            Err(fault) => faults.push(fault),
            Ok(()) => {
                let missing = all.missing(&code);
                if let Some(first) = missing.first() {
                    let what = format!("message file {name}: {} messages are missing, first `{first}`", missing.len());
                    faults.push(Fault::input(what, "they are said in English until they are there"));
                }
            }
        }
    }
    Ok((Cow::Owned(all), faults))
}

/// Our own words in the language of the settings, with the person's own texts over ours.
///
/// # Errors
/// There is no such language: names those there are and the file that would add it; or a file of theirs
/// can't be read.
pub fn phrases(config: &Config, knowledge: &Knowledge) -> Result<Phrasebook, Fault> {
    let (messages, code) = (super::languages::messages(config)?, config.lang.as_str());
    super::languages::among(&messages, config)?;
    let mut own = Translations::default();
    let path = config.places.config.join("messages").join("playbooks").join(format!("{code}.toml"));
    if let Some(text) = read_optional(&path)? {
        own = Translations::read(&path.display().to_string(), &text)?;
    }
    Ok(Phrasebook::new(code, &messages, &Translations::embedded(code), &own, knowledge))
}

/// What is wrong with a person's own texts of playbooks: fields that are missing, names that differ.
///
/// # Errors
/// When the folder or a file can't be read.
pub fn playbook_texts(config: &Config, knowledge: &Knowledge) -> Result<Vec<Fault>, Fault> {
    let mut faults = Vec::new();
    for path in own_files(&config.places, "messages/playbooks", "toml")? {
        let code = path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
        let name = path.display().to_string();
        let mut texts = Translations::embedded(&code);
        match Translations::read(&name, &text(&path)?) {
            Err(fault) => faults.push(fault),
            Ok(own) => {
                texts.merge(own);
                let (missing, differ) = texts.wrong(knowledge.playbooks.values());
                let lists = [(missing, "texts are missing"), (differ, "texts hold other names in braces")];
                faults.extend(lists.into_iter().filter_map(|(list, what)| {
                    let what = format!("playbook texts {name}: {} {what}, first {}", list.len(), list.first()?);
                    Some(Fault::input(what, "what is missing is said in English"))
                }));
            }
        }
    }
    Ok(faults)
}

/// The lint rules of a team's own, from the folder `lint`.
///
/// # Errors
/// Names the file and what is wrong in it.
pub fn lint_rules(config: &Config) -> Result<Own, Fault> {
    let mut own = Own::default();
    for path in own_files(&config.places, "lint", "toml")? {
        own.add(&path.display().to_string(), &text(&path)?)?;
    }
    Ok(own)
}

/// The same with another severity policy than the settings name, where the caller named one.
///
/// # Errors
/// Those of [`load`]; there is no policy of that name.
pub fn load_with_policy(config: &Config, name: Option<&str>) -> Result<Cow<'static, Knowledge>, Fault> {
    let mut knowledge = load(config)?;
    if let Some(name) = name {
        let chosen = policy(config, name)?;
        knowledge.to_mut().severity_policy = chosen;
    }
    Ok(knowledge)
}

/// The policy of that name: a person's own file first, then those that come with the program; `None` for the default.
///
/// # Errors
/// There is none, or the file is not a policy.
pub fn policy(config: &Config, name: &str) -> Result<Option<Policy>, Fault> {
    let given = PathBuf::from(name);
    let path = if given.extension().is_some_and(|e| e == "toml") {
        given
    } else {
        config.places.config.join("policies").join(format!("{name}.toml"))
    };
    if !path.is_file() {
        if *name == Policy::embedded().name {
            return Ok(None);
        }
        if let Some(shipped) = Policy::shipped(name) {
            return Ok(Some(shipped));
        }
        let hint = format!("there are impact-v2 and request-share; {} would add it", path.display());
        return Err(Fault::input(format!("there is no severity policy `{name}`"), hint));
    }
    Policy::read(&path.display().to_string(), &text(&path)?).map(Some)
}

/// The template's name and text; `None` for the standard one. A person's own in a folder of the language
/// stands before ours.
///
/// # Errors
/// Their own template can't be read.
pub fn template(config: &Config) -> Result<Option<(String, String)>, Fault> {
    let name = &config.postmortem_template;
    let own = config.places.config.join("templates").join(&config.lang).join(format!("{name}.md"));
    if let Some(text) = read_optional(&own)? {
        return Ok(Some((name.clone(), text)));
    }
    let text = match name.as_str() {
        "standard" => return Ok(None),
        "short" => Template::Short.text_in(&config.lang).to_owned(),
        "nine" => Template::Nine.text_in(&config.lang).to_owned(),
        own => text(&config.places.config.join("templates").join(format!("{own}.md")))?,
    };
    Ok(Some((name.clone(), text)))
}

fn text(path: &PathBuf) -> Result<String, Fault> {
    std::fs::read_to_string(path).map_err(|e| {
        let hint = "put the file there, or change the setting; `hotwash check` shows which are in effect";
        Fault::input(format!("cannot read {}: {}", path.display(), reason(&e)), hint)
    })
}
