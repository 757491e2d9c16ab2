//! Plays a script into a session and prints each acknowledged sequence: `scripted_session HOME ID SCRIPT`.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "the one who watches reads the acknowledgements here")]

use std::io::Write;
use std::process::ExitCode;

use hotwash::app::Input;
use hotwash::runtime::{scripted, store::Store};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [home, id, script] = arguments.as_slice() else {
        eprintln!("usage: scripted_session HOME ID SCRIPT");
        return ExitCode::from(2);
    };
    let script = match std::fs::read_to_string(script) {
        Ok(text) => text,
        Err(e) => {
            eprintln!("cannot read {script}: {e}");
            return ExitCode::from(2);
        }
    };
    let say = |input: &Input| {
        match input {
            Input::Saved(seq) => println!("saved {seq}"),
            Input::SaveFailed(fault) => println!("failed {}", fault.what),
            _ => {}
        }
        let _ = std::io::stdout().flush();
    };
    match scripted::run(&Store::at(home), id, &script, say) {
        Ok(seq) => {
            println!("closed {seq}");
            ExitCode::SUCCESS
        }
        Err(fault) => {
            eprintln!("{fault}");
            ExitCode::from(fault.exit_code())
        }
    }
}
