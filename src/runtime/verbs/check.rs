//! `check`: config, keys, themes, playbooks, policies, grammars, secret rules and templates: what is wrong, file and line; and
//! the settings in effect.

use std::fmt::Write as _;
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::analyst::Knowledge;
use crate::analyst::severity::Policy;
use crate::app::Keymap;
use crate::export::lint::Own;
use crate::fault::Fault;
use crate::intake::secrets::rules_of;
use crate::runtime::config::{Config, own_files, read_optional};
use crate::runtime::knowledge;
use crate::runtime::own_rules;
use crate::runtime::places::Places;
use crate::view::Theme;

use super::print;

/// Runs the verb: exit code 1 when something is wrong.
///
/// # Errors
/// `config.toml` is not valid, or a file can't be read.
pub fn check(out: &mut dyn Write) -> Result<u8, Fault> {
    let config = Config::load(Places::from_environment()?)?;
    let mut faults: Vec<Fault> = Vec::new();
    let mut seen = String::new();
    keys(&config, &mut seen, &mut faults)?;
    files(&config, "themes", &mut seen, &mut faults, |name, text| match Theme::read(name, text) {
        Ok((_, wrong)) => wrong,
        Err(fault) => vec![fault],
    })?;
    let mut merged = Knowledge::embedded().clone();
    files(&config, "playbooks", &mut seen, &mut faults, |name, text| {
        merged.merge(name, text).err().into_iter().collect()
    })?;
    files(&config, "lint", &mut seen, &mut faults, |name, text| {
        Own::default().add(name, text).err().into_iter().collect()
    })?;
    files(&config, "policies", &mut seen, &mut faults, |name, text| match Policy::read(name, text) {
        Err(fault) => vec![fault],
        Ok(policy) => {
            let wrong = policy.broken_examples().into_iter();
            wrong.map(|w| Fault::input(w, format!("mend the rules or the example in {name}"))).collect()
        }
    })?;
    files(&config, "commands", &mut seen, &mut faults, |_, _| Vec::new())?;
    faults.extend(own_rules::grammars(&config.places).1);
    files(&config, "secrets", &mut seen, &mut faults, |name, text| rules_of(name, text).err().into_iter().collect())?;
    let (policies, unruly) = own_rules::policies(&config);
    for name in policies.names() {
        let _ = writeln!(seen, "{:<20} {name}", "approvals");
    }
    faults.extend(unruly);
    let (messages, wrong) = knowledge::messages(&config)?;
    faults.extend(wrong);
    faults.extend(knowledge::playbook_texts(&config, &merged)?);
    let codes: Vec<&str> = messages.codes().collect();
    let _ = writeln!(seen, "{:<20} {}", "languages", codes.join(", "));
    faults.extend(knowledge::load(&config).err().filter(|f| !faults.contains(f)));
    let mut text = config.listing();
    let _ = writeln!(
        text,
        "{:<20} {} ({} built in)",
        "playbooks",
        merged.playbooks.len(),
        Knowledge::embedded().playbooks.len()
    );
    text.push_str(&seen);
    for fault in &faults {
        let _ = writeln!(text, "wrong: {fault}");
    }
    let _ = writeln!(text, "{}", if faults.is_empty() { "nothing is wrong" } else { "see above: `wrong`" });
    print(out, &text)?;
    Ok(if faults.is_empty() { 0 } else { 1 })
}

fn keys(config: &Config, seen: &mut String, faults: &mut Vec<Fault>) -> Result<(), Fault> {
    let path = config.places.config.join("keys.toml");
    let Some(text) = read_optional(&path)? else { return Ok(()) };
    let name = path.display().to_string();
    let _ = writeln!(seen, "{:<20} {name}", "keys");
    faults.extend((*Keymap::standard()).clone().merge(&name, &text));
    Ok(())
}

/// Checks every file of one kind with `wrong`.
fn files(
    config: &Config,
    folder: &str,
    seen: &mut String,
    faults: &mut Vec<Fault>,
    mut wrong: impl FnMut(&str, &str) -> Vec<Fault>,
) -> Result<(), Fault> {
    let paths: Vec<PathBuf> = own_files(&config.places, folder, "toml")?;
    for path in &paths {
        let name = Path::display(path).to_string();
        let _ = writeln!(seen, "{folder:<20} {name}");
        faults.extend(wrong(&name, &read_optional(path)?.unwrap_or_default()));
    }
    Ok(())
}
