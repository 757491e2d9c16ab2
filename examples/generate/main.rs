//! Makes what is generated: the README's tables, the man page, the completions, the picture.
//! With `--check` it writes nothing, names what differs, and exits 1.

mod picture;

use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::CommandFactory;
use clap_complete::Shell;
use hotwash::cli::Cli;

fn main() -> Result<ExitCode> {
    let check = std::env::args().any(|a| a == "--check");
    let mut stale = Vec::new();
    let mut put = |path: &str, text: String| -> Result<()> {
        let now = std::fs::read_to_string(path).unwrap_or_default();
        if now == text {
            return Ok(());
        }
        if check {
            stale.push(path.to_owned());
            return Ok(());
        }
        if let Some(dir) = Path::new(path).parent() {
            std::fs::create_dir_all(dir)?;
        }
        std::fs::write(path, text).with_context(|| format!("writing {path}"))
    };
    let mut readme = std::fs::read_to_string("README.md").context("run it from the project's folder")?;
    readme = between(&readme, "verbs", &verbs())?;
    readme = between(&readme, "settings", &hotwash::runtime::config::settings_markdown())?;
    readme = between(&readme, "keys", &hotwash::app::action::keys_markdown())?;
    put("README.md", readme)?;
    put("docs/console.svg", picture::svg()?)?;
    put("docs/hotwash.1", man()?)?;
    for (shell, file) in [(Shell::Bash, "hotwash.bash"), (Shell::Zsh, "_hotwash"), (Shell::Fish, "hotwash.fish")] {
        let mut text = Vec::new();
        clap_complete::generate(shell, &mut Cli::command(), "hotwash", &mut text);
        put(&format!("docs/completions/{file}"), String::from_utf8(text)?)?;
    }
    if stale.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    use std::io::Write as _;
    writeln!(std::io::stderr(), "out of date: {}\n  run scripts/generate.sh", stale.join(", "))?;
    Ok(ExitCode::FAILURE)
}

/// The text with what stands between the markers replaced.
fn between(text: &str, name: &str, new: &str) -> Result<String> {
    let (begin, end) = (format!("<!-- {name}:begin -->"), format!("<!-- {name}:end -->"));
    let (Some(a), Some(b)) = (text.find(&begin), text.find(&end)) else { bail!("README.md has no {begin} … {end}") };
    Ok(format!("{}{begin}\n{}{}", &text[..a], new.trim_end().to_owned() + "\n", &text[b..]))
}

fn verbs() -> String {
    let mut text = String::from("| verb | does |\n| --- | --- |\n");
    let _ = writeln!(text, "| `hotwash` | the console: saved sessions, and a place to paste |");
    for verb in Cli::command().get_subcommands() {
        let mut call = format!("hotwash {}", verb.get_name());
        for arg in verb.get_arguments().filter(|a| !a.is_hide_set() && a.get_id() != "help") {
            let value = arg.get_value_names().map(|n| n.join(" ")).unwrap_or_default();
            let part = match arg.get_long() {
                Some(long) if arg.get_action().takes_values() => format!("--{long} {value}"),
                Some(long) => format!("--{long}"),
                None => value,
            };
            let _ = if arg.is_required_set() { write!(call, " {part}") } else { write!(call, " [{part}]") };
        }
        let about = verb.get_about().map(ToString::to_string).unwrap_or_default();
        let _ = writeln!(text, "| `{}` | {about} |", call.replace('|', "\\|"));
    }
    text
}

fn man() -> Result<String> {
    let mut text = Vec::new();
    clap_mangen::Man::new(Cli::command()).render(&mut text)?;
    Ok(String::from_utf8(text)?)
}
