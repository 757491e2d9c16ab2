//! The verbs over texts and cases: no session, no console.

use std::borrow::Cow;
use std::io::Write;
use std::path::PathBuf;

use crate::analyst::Knowledge;
use crate::app::dialog::place;
use crate::command;
use crate::command::policy::Policies;
use crate::domain::Showable;
use crate::fault::Fault;
use crate::intake;
use crate::intake::secrets::{self, Masks};
use crate::runtime::config::Config;
use crate::runtime::knowledge as policies;
use crate::runtime::places::Places;
use crate::runtime::{calibrate as fitting, eval as cases, files, gather, masking, own_rules, process};

use super::print;

/// Output is printed in pieces of about this many bytes.
const BLOCK: usize = 64 * 1024;

/// `eval`: investigates every labelled case and prints the measures. The times, which no two runs
/// share, stand behind the table, or in the JSON, only where they are asked for.
///
/// # Errors
/// A folder or a case can't be read; there is no severity policy of that name.
pub fn eval(
    dirs: &[String],
    (json, times): (bool, bool),
    (only, policy): (&[String], Option<&str>),
    out: &mut dyn Write,
) -> Result<u8, Fault> {
    let dirs: Vec<PathBuf> = dirs.iter().map(PathBuf::from).collect();
    // The measures are of what the program ships: a person's own playbooks are not among it.
    let mut knowledge = Cow::Borrowed(Knowledge::embedded());
    if let Some(name) = policy {
        let config = Config::load(Places::from_environment()?)?;
        knowledge.to_mut().severity_policy = policies::policy(&config, name)?;
    }
    let all = cases::measured_with(&dirs, only, &knowledge)?;
    match (json, times) {
        (true, _) => print(out, &cases::json(&all, times))?,
        (false, false) => print(out, &cases::table(&all))?,
        (false, true) => print(out, &format!("{}\n{}", cases::table(&all), cases::times(&all)))?,
    }
    Ok(0)
}

/// `eval --calibrate`: fits the confidence on the cases and prints how well it does.
///
/// # Errors
/// A case can't be read, or the folder can't be written to.
pub fn calibrate(dirs: &[String], only: &[String], to: &str, out: &mut dyn Write) -> Result<u8, Fault> {
    let dirs: Vec<PathBuf> = dirs.iter().map(PathBuf::from).collect();
    print(out, &fitting::calibrate(&dirs, only, to.as_ref())?)?;
    Ok(0)
}

/// `redact`: the text with secrets masked, and addresses as stable names.
///
/// # Errors
/// The input can't be read.
pub fn redact(file: Option<String>, out: &mut dyn Write) -> Result<u8, Fault> {
    let names: Vec<String> = file.into_iter().collect();
    for raw in files::read_inputs(&names)? {
        let mut masks = Masks::new(masking::key());
        let cleaned = intake::admit(&raw.bytes, &mut |text| (text, Vec::new()));
        print(out, &secrets::redact(&cleaned.text, &mut masks).text)?;
    }
    Ok(0)
}

/// `intake`: one JSON object a line.
///
/// # Errors
/// The input can't be read.
pub fn intake(file: &str, out: &mut dyn Write) -> Result<u8, Fault> {
    let gathered = gather::gather(files::read_inputs(&[file.to_owned()])?);
    for (source, reading) in gathered.evidence.sources.iter().zip(&gathered.evidence.readings) {
        let mut block = String::new();
        for line in intake::listing::lines_json(source, reading) {
            block.push_str(&line);
            block.push('\n');
            if block.len() > BLOCK {
                print(out, &block)?;
                block.clear();
            }
        }
        print(out, &block)?;
    }
    Ok(0)
}

/// `command`: one answer a line for one command a line.
///
/// # Errors
/// Standard input can't be read.
pub fn command(json: bool, out: &mut dyn Write) -> Result<u8, Fault> {
    let raw = files::read_stdin()?;
    // Without a home there is no policy either.
    let places = Places::from_environment().ok();
    let policies = match places {
        Some(places) => own_rules::policies(&Config::load(places)?).0,
        None => Policies::default(),
    };
    let context = process::probe();
    for line in String::from_utf8_lossy(&raw.bytes).lines() {
        let ruled = |text: &str, label| policies.ruling(text, label, place(&context));
        if json {
            print(
                out,
                &(command::json_line(line, |text, label| (!policies.is_empty()).then(|| ruled(text, label))) + "\n"),
            )?;
            continue;
        }
        let judgment = command::classify(line);
        let ruling = ruled(line, judgment.label);
        let shown = Showable::new(line);
        print(out, &format!("{:<15} {}  ({})\n", judgment.label.name(), shown.as_str(), judgment.why))?;
        for because in &ruling.because {
            print(out, &format!("{:<15} ! {because}\n", ""))?;
        }
        for note in &judgment.notes {
            print(out, &format!("{:<15} - {note}\n", ""))?;
        }
    }
    Ok(0)
}
