//! A person's own grammars (`commands/*.toml`) and secret rules (`secrets/*.toml`), put in force before
//! anything is read or judged, and the approval policies of a person and a team. What can't be read makes the program stricter, never milder.

use std::path::PathBuf;
use std::sync::Arc;

use super::config::{Config, own_files, read_optional};
use super::places::Places;
use crate::command::own::{self, Own};
use crate::command::policy::Policies;
use crate::fault::Fault;
use crate::intake::secrets;

/// Puts the grammars and, unless `lenient`, the secret rules in force. A grammar that is wrong makes
/// nothing safe, and says so in every verdict; `hotwash check` names it.
///
/// # Errors
/// A secret rule is wrong: what it would mask must not be read meanwhile.
pub fn install(places: &Places, lenient: bool) -> Result<(), Fault> {
    let (grammars, faults) = grammars(places);
    if let Some(mut grammars) = Arc::into_inner(grammars) {
        // An example that does not hold: the file does not do what its author believes.
        if let Some(fault) = faults.first() {
            grammars.give_up(&fault.what);
        }
        own::install(grammars);
    }
    let rules = secret_rules(places);
    match rules {
        Ok(rules) => secrets::install(rules),
        Err(_) if lenient => {}
        Err(fault) => return Err(fault),
    }
    Ok(())
}

/// The grammars of the folder `commands`, and what is wrong with them, their examples included.
pub fn grammars(places: &Places) -> (Arc<Own>, Vec<Fault>) {
    let (mut own, mut faults) = (Own::default(), Vec::new());
    let mut add = |path: &PathBuf| -> Result<(), Fault> {
        let text = read_optional(path).inspect_err(|fault| own.give_up(&fault.what))?.unwrap_or_default();
        own.add(&path.display().to_string(), &text)
    };
    match own_files(places, "commands", "toml") {
        Ok(paths) => faults.extend(paths.iter().filter_map(|p| add(p).err())),
        Err(fault) => {
            own.give_up(&fault.what);
            faults.push(fault);
        }
    }
    let own = Arc::new(own);
    let untrue = own.tested();
    (own, faults.into_iter().chain(untrue).collect())
}

/// The rules of the folder `secrets`.
///
/// # Errors
/// Names the file, line and reason.
pub fn secret_rules(places: &Places) -> Result<Vec<secrets::Rule>, Fault> {
    let mut all = Vec::new();
    for path in own_files(places, "secrets", "toml")? {
        let text = read_optional(&path)?.unwrap_or_default();
        all.extend(secrets::rules_of(&path.display().to_string(), &text)?);
    }
    Ok(all)
}

/// The person's `approvals.toml` and the team's, and what is wrong with them: then everything is refused.
pub fn policies(config: &Config) -> (Policies, Vec<Fault>) {
    let (mut policies, mut faults) = (Policies::default(), Vec::new());
    let own = config.places.config.join("approvals.toml");
    let team = config.team_approvals.as_deref().map(super::exports::typed_path).map(|t| config.places.config.join(t));
    let files = [Some((own, false)), team.map(|t| (t, true))];
    for (path, named) in files.into_iter().flatten() {
        let read = match read_optional(&path) {
            Ok(None) if named => Err(Fault::input(
                format!("the team's approval policy {} is not there", path.display()),
                "put it there, or change `team_approvals`: until then every command is refused",
            )),
            other => other,
        };
        let added = match read {
            Ok(text) => text.map_or(Ok(()), |text| policies.add(&path.display().to_string(), &text)),
            Err(fault) => {
                policies.give_up(&fault.what);
                Err(fault)
            }
        };
        faults.extend(added.err());
    }
    let untrue = policies.tested();
    if let Some(first) = untrue.first() {
        policies.give_up(&first.what);
    }
    faults.extend(untrue);
    (policies, faults)
}
