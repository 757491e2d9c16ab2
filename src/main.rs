//! Parses the command line, chooses a verb, prints a fault, sets the exit code. Nothing else.
#![forbid(unsafe_code)]

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use hotwash::cli::Cli;
use hotwash::runtime::verbs;

fn main() -> ExitCode {
    let cli = Cli::parse();
    match verbs::run(cli, &mut std::io::stdout().lock()) {
        Ok(code) => ExitCode::from(code),
        Err(fault) => {
            // Standard error may be closed as well; there is nowhere left to say so.
            let _ = writeln!(std::io::stderr(), "hotwash: {fault}");
            ExitCode::from(fault.exit_code())
        }
    }
}
