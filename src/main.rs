//! Parses the command line, chooses a verb, prints a fault, sets the exit code. Nothing else.
#![forbid(unsafe_code)]

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use hotwash::cli::Cli;
use hotwash::domain::Showable;
use hotwash::runtime::verbs;

fn main() -> ExitCode {
    #[cfg(feature = "models")]
    hotwash::runtime::models::install_tls();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(asked) if !asked.use_stderr() => return help(&asked),
        Err(wrong) => {
            complain(&wrong.render().to_string());
            return ExitCode::from(2);
        }
    };
    match verbs::run(cli, &mut std::io::stdout().lock()) {
        Ok(code) => ExitCode::from(code),
        Err(fault) => {
            complain(&format!("hotwash: {fault}\n"));
            ExitCode::from(fault.exit_code())
        }
    }
}

/// Help and version, where they were asked for.
fn help(asked: &clap::Error) -> ExitCode {
    match asked.print().and_then(|()| std::io::stdout().flush()) {
        Err(e) if e.kind() != std::io::ErrorKind::BrokenPipe => ExitCode::from(2),
        _ => ExitCode::SUCCESS,
    }
}

/// Says what was wrong. A name in it is somebody's words: what a terminal would obey becomes a mark.
fn complain(text: &str) {
    // Standard error may be closed as well; there is nowhere left to say so.
    let _ = std::io::stderr().write_all(Showable::new(text).as_str().as_bytes());
}
