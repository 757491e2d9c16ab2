//! Investigates every labelled case of some folders: `eval DIR… [--json] [--only PREFIX]`.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program that prints")]

use std::path::PathBuf;

use hotwash::runtime::eval;

fn main() {
    let (mut dirs, mut json, mut only) = (Vec::new(), false, Vec::new());
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--json" => json = true,
            "--only" => only.extend(arguments.next().unwrap_or_default().split(',').map(str::to_owned)),
            _ => dirs.push(PathBuf::from(argument)),
        }
    }
    match eval::measured(&dirs, &only) {
        Ok(all) => print!("{}", if json { eval::json(&all) } else { eval::table(&all) }),
        Err(fault) => eprintln!("{fault:?}"),
    }
}
