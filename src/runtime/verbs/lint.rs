//! `lint`: a postmortem checked, and mended where that needs no question.

use std::io::Write;
use std::path::Path;

use crate::export::{self, lint};
use crate::fault::Fault;
use crate::intake;
use crate::runtime::config::Config;
use crate::runtime::places::Places;
use crate::runtime::store::Store;
use crate::runtime::{exports, files, knowledge};
use crate::session::Session;

use super::print;

/// How the findings are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A line each.
    Text,
    /// An array of objects.
    Json,
    /// For code review tools.
    Sarif,
}

/// The form that the flags ask for.
pub fn form(json: bool, sarif: bool) -> Form {
    match (json, sarif) {
        (true, _) => Form::Json,
        (_, true) => Form::Sarif,
        _ => Form::Text,
    }
}

/// `lint`: of a Markdown file, or of a session's postmortem against its evidence. 1 on findings.
///
/// # Errors
/// There is neither such a file nor such a session, a rule of the team's own does not hold, or the file
/// can't be written.
pub fn lint(what: &str, form: Form, fix: bool, out: &mut dyn Write) -> Result<u8, Fault> {
    let config = Config::load(Places::from_environment()?)?;
    let own = knowledge::lint_rules(&config)?;
    let path = Path::new(what);
    let findings = if path.is_file() {
        let raw = files::read_file(what)?;
        let text = intake::admit(&raw.bytes, &mut intake::clean::unmasked).text;
        let judge = |text: &str| lint::lint_with(text, None, &own);
        if fix { judge(&mend(path, &raw.bytes, judge, out)?) } else { judge(&text) }
    } else {
        if fix {
            let hint = "open it and mend it there, or export it and lint the file";
            return Err(Fault::usage("a session's postmortem is mended in the console", hint));
        }
        let (page, session) = postmortem(&config, what)?;
        lint::lint_session(&session, &page, &own)
    };
    let text = match form {
        Form::Text => lint::text(what, &findings),
        Form::Json => lint::json(&findings),
        Form::Sarif => lint::sarif(what, &findings),
    };
    print(out, &text)?;
    Ok(if findings.is_empty() { 0 } else { 1 })
}

/// A session's postmortem as it stands, and the session.
fn postmortem(config: &Config, which: &str) -> Result<(String, Session), Fault> {
    let loaded = Store::here()?.load(which)?;
    let session = Session::of(&loaded.records);
    let template = knowledge::template(config)?;
    let template = template.as_ref().map(|(name, text)| (name.as_str(), text.as_str()));
    let page = export::postmortem::current(&session, template)?;
    Ok((page, session))
}

/// Mends the file; what stands in it then. Only a file in UTF-8 is written: another one would not come
/// out as it went in.
fn mend(
    path: &Path,
    bytes: &[u8],
    judge: impl Fn(&str) -> Vec<lint::Finding>,
    out: &mut dyn Write,
) -> Result<String, Fault> {
    let text = std::str::from_utf8(bytes)
        .map_err(|_| Fault::input(format!("{} is not UTF-8", path.display()), "save it as UTF-8 to mend it here"))?;
    let (mended, made) = lint::mended(text, judge);
    if made > 0 {
        exports::write("postmortem", mended.as_bytes(), path)?;
    }
    print(out, &format!("{}: {made} mended\n", path.display()))?;
    Ok(mended)
}
