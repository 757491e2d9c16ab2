//! The settings: defaults, then `config.toml`, then the environment; each value with where it came
//! from. Nothing is ever written to disk by this module.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::bridge_settings::BridgeSettings;
use super::files::reason;
use super::model_settings::{Models, checked};
use super::places::Places;
use super::serve_settings::{self, ServeSettings};
use super::telemetry::{self, Spec};
use crate::fault::Fault;

/// The settings a person can make, all optional. The table below is their one list.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: Option<String>,
    theme: Option<String>,
    ascii: Option<bool>,
    mouse: Option<bool>,
    command_timeout_s: Option<u64>,
    severity_policy: Option<String>,
    postmortem_template: Option<String>,
    postmortems: Option<String>,
    team_approvals: Option<String>,
    update_every_min: Option<u64>,
    lang: Option<String>,
    model: Option<String>,
    #[serde(default)]
    models: Models,
    #[serde(default)]
    mcp: BTreeMap<String, Spec>,
    #[serde(default)]
    bridge: BridgeSettings,
    #[serde(default)]
    serve: serve_settings::File,
}

/// Every setting: name, default in words, what it does. The README's table is made from this.
pub const SETTINGS: &[(&str, &str, &str)] = &[
    ("name", "the login name", "your name as the journal and the postmortem have it"),
    ("theme", "`dark`", "`dark`, `light`, `mono`, `high-contrast`, `bridge`, or a file in `themes/`"),
    ("ascii", "from `LANG`", "draw with ASCII only"),
    ("mouse", "`false`", "let the mouse click and scroll (your terminal's own selection then needs Shift)"),
    ("command_timeout_s", "`60`", "seconds after which an approved command is ended (1 to 3600)"),
    ("severity_policy", "`impact-v2`", "the policy: `impact-v2`, `request-share`, or a file in `policies/`"),
    ("postmortem_template", "`standard`", "the template: `standard`, `short`, `nine`, or a file in `templates/`"),
    ("postmortems", "none", "a folder of postmortems in Markdown: they are found and compared with like sessions"),
    (
        "team_approvals",
        "none",
        "your team's policy of commands: what to ask, warn about and refuse, beside your own `approvals.toml`",
    ),
    ("update_every_min", "`30`", "minutes between two updates for stakeholders (5 to 1440)"),
    (
        "lang",
        "`en`",
        "the language of reports and documents: `en`, `zh`, or a file in `messages/` (see docs/languages.md)",
    ),
    (
        "model",
        "the first of `[models]`",
        "the model that is asked: a name of a `[models.NAME]` table (see docs/models.md)",
    ),
    serve_settings::ADDRESS,
    serve_settings::CONNECTIONS,
    serve_settings::PER_ADDRESS,
    serve_settings::PER_MINUTE,
    serve_settings::ATTEMPTS,
    serve_settings::LOGIN_S,
    serve_settings::IDLE_MIN,
    serve_settings::FRAME_S,
];

/// The effective settings.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// The person's name.
    pub name: String,
    /// The theme's name.
    pub theme: String,
    /// ASCII drawing; `None` decides by the environment.
    pub ascii: Option<bool>,
    /// Whether the mouse is taken.
    pub mouse: bool,
    /// Seconds an approved command may take.
    pub command_timeout_s: u64,
    /// The severity policy's name.
    pub severity_policy: String,
    /// The postmortem template's name.
    pub postmortem_template: String,
    /// Minutes between two updates for stakeholders.
    pub update_every_min: u64,
    /// The language of reports and documents.
    pub lang: String,
    /// A folder of postmortems in Markdown, as it was written.
    pub postmortems: Option<String>,
    /// The team's approval policy, as it was written.
    pub team_approvals: Option<String>,
    /// The model that is asked; `None` where none is configured.
    pub model: Option<String>,
    /// The models by name.
    pub models: Models,
    /// The telemetry servers.
    pub mcp: BTreeMap<String, Spec>,
    /// The servers that a session is shared over.
    pub bridge: BridgeSettings,
    /// How a session is served over SSH.
    pub serve: ServeSettings,
    /// Where each value came from, by setting.
    pub origins: BTreeMap<&'static str, String>,
    /// The folders.
    pub places: Places,
}

impl Config {
    /// Reads the settings.
    ///
    /// # Errors
    /// Names the file, line and reason when `config.toml` is not valid.
    pub fn load(places: Places) -> Result<Self, Fault> {
        let path = places.config.join("config.toml");
        let file = read_optional(&path)?.map_or_else(
            || Ok(File::default()),
            |text| {
                toml::from_str(&text).map_err(|e| {
                    Fault::input(
                        format!("{} is not valid: {e}", path.display()),
                        "mend the line, or remove it: every setting has a default",
                    )
                })
            },
        )?;
        Self::merge(file, places, &path)
    }

    fn merge(file: File, places: Places, path: &Path) -> Result<Self, Fault> {
        let mut origins = BTreeMap::new();
        let mut note = |setting, from_file: bool, otherwise: &str| {
            let origin = if from_file { path.display().to_string() } else { otherwise.to_owned() };
            origins.insert(setting, origin);
        };
        note("name", file.name.is_some(), "login name");
        note("theme", file.theme.is_some(), "default");
        note("ascii", file.ascii.is_some(), "environment");
        note("mouse", file.mouse.is_some(), "default");
        note("command_timeout_s", file.command_timeout_s.is_some(), "default");
        note("severity_policy", file.severity_policy.is_some(), "default");
        note("postmortem_template", file.postmortem_template.is_some(), "default");
        note("postmortems", file.postmortems.is_some(), "default");
        note("team_approvals", file.team_approvals.is_some(), "default");
        note("update_every_min", file.update_every_min.is_some(), "default");
        note("lang", file.lang.is_some(), "default");
        note("model", file.model.is_some(), "default");
        file.serve.origins(&mut note);
        let models = checked(file.models, file.model.as_deref(), &path.display().to_string())?;
        let command_timeout_s = file.command_timeout_s.unwrap_or(60);
        if !(1..=3600).contains(&command_timeout_s) {
            return Err(Fault::input(
                format!("{}: command_timeout_s is {command_timeout_s}, not between 1 and 3600", path.display()),
                "set it to a number of seconds in that range",
            ));
        }
        let update_every_min = file.update_every_min.unwrap_or(30);
        if !(5..=1440).contains(&update_every_min) {
            return Err(Fault::input(
                format!("{}: update_every_min is {update_every_min}, not between 5 and 1440", path.display()),
                "set it to a number of minutes in that range",
            ));
        }
        Ok(Self {
            name: file.name.unwrap_or_else(super::process::user),
            theme: file.theme.unwrap_or_else(|| "dark".into()),
            ascii: file.ascii,
            mouse: file.mouse.unwrap_or(false),
            command_timeout_s,
            severity_policy: file.severity_policy.unwrap_or_else(|| "impact-v2".into()),
            postmortem_template: file.postmortem_template.unwrap_or_else(|| "standard".into()),
            postmortems: file.postmortems,
            team_approvals: file.team_approvals,
            update_every_min,
            lang: file.lang.unwrap_or_else(|| "en".into()),
            model: file.model.or_else(|| models.keys().next().cloned()),
            models,
            mcp: telemetry::checked(file.mcp, &path.display().to_string())?,
            bridge: file.bridge.checked(&path.display().to_string())?,
            serve: file.serve.checked(&path.display().to_string())?,
            origins,
            places,
        })
    }

    /// The same settings with the language that the command line names, if it names one.
    #[must_use]
    pub fn in_language(mut self, named: Option<&str>) -> Self {
        if let Some(lang) = named {
            lang.clone_into(&mut self.lang);
            self.origins.insert("lang", "--lang".into());
        }
        self
    }

    /// The effective settings as text, each with where it came from.
    pub fn listing(&self) -> String {
        let ascii = self.ascii.map_or("auto".to_owned(), |a| a.to_string());
        let values: [(&str, String); 12] = [
            ("name", self.name.clone()),
            ("theme", self.theme.clone()),
            ("ascii", ascii),
            ("mouse", self.mouse.to_string()),
            ("command_timeout_s", self.command_timeout_s.to_string()),
            ("severity_policy", self.severity_policy.clone()),
            ("postmortem_template", self.postmortem_template.clone()),
            ("postmortems", self.postmortems.clone().unwrap_or_else(|| "none".into())),
            ("team_approvals", self.team_approvals.clone().unwrap_or_else(|| "none".into())),
            ("update_every_min", self.update_every_min.to_string()),
            ("lang", self.lang.clone()),
            ("model", self.model.clone().unwrap_or_else(|| "none".into())),
        ];
        let mut text = String::new();
        for (setting, value) in values {
            let origin = self.origins.get(setting).map_or("default", String::as_str);
            let _ = writeln!(text, "{setting:<20} {value:<20} ({origin})");
        }
        for (setting, value) in self.serve.listing() {
            let origin = self.origins.get(setting).map_or("default", String::as_str);
            let _ = writeln!(text, "{setting:<20} {value:<20} ({origin})");
        }
        for (name, spec) in &self.mcp {
            let _ = writeln!(text, "{:<20} {}", format!("mcp.{name}"), spec.start());
        }
        if !self.bridge.servers.is_empty() {
            let shared = if self.bridge.share { "every session is shared" } else { "nothing is shared" };
            let _ = writeln!(text, "{:<20} {} ({shared})", "bridge", self.bridge.servers.join(", "));
        }
        let _ = writeln!(text, "{:<20} {}", "data", self.places.data.display());
        let _ = writeln!(text, "{:<20} {}", "config", self.places.config.display());
        text
    }
}

/// The settings as a Markdown table, for the README.
pub fn settings_markdown() -> String {
    let mut text = String::from("| setting | default | what it does |\n| --- | --- | --- |\n");
    for (name, default, what) in SETTINGS {
        let _ = writeln!(text, "| `{name}` | {default} | {what} |");
    }
    text
}

/// A person's own files of one kind (`playbooks`, `themes`, `policies`, `templates`), sorted by name.
///
/// # Errors
/// When the folder is there and can't be read.
pub fn own_files(places: &Places, folder: &str, ending: &str) -> Result<Vec<PathBuf>, Fault> {
    let dir = places.config.join(folder);
    let entries = match std::fs::read_dir(&dir) {
        Ok(entries) => entries,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(Fault::input(format!("cannot read {}: {}", dir.display(), reason(&e)), "")),
    };
    let mut files: Vec<PathBuf> =
        entries.flatten().map(|e| e.path()).filter(|p| p.extension().is_some_and(|x| x == ending)).collect();
    files.sort();
    Ok(files)
}

/// A file's text; `None` when there is no such file.
///
/// # Errors
/// When it is there and can't be read.
pub fn read_optional(path: &Path) -> Result<Option<String>, Fault> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(Fault::input(format!("cannot read {}: {}", path.display(), reason(&e)), "")),
    }
}

/// What a file of people says, by its parser; the default where there is no such file. `hint` says what
/// its entries look like.
///
/// # Errors
/// Names the file and what is wrong in it.
pub fn parsed_or_default<T: Default>(
    path: &Path,
    hint: &str,
    parse: impl FnOnce(&str) -> Result<T, String>,
) -> Result<T, Fault> {
    let Some(text) = read_optional(path)? else { return Ok(T::default()) };
    parse(&text).map_err(|why| Fault::input(format!("{} is not valid: {why}", path.display()), hint))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(dir: &Path) -> Places {
        Places { data: dir.join("data"), config: dir.to_owned() }
    }

    #[test]
    fn an_unknown_setting_is_named_with_its_line() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("config.toml"), "theme = \"light\"\nthem = \"dark\"\n").unwrap();
        let fault = Config::load(places(dir.path())).unwrap_err();
        assert!(fault.what.contains("line 2") && fault.what.contains("them"), "{}", fault.what);
    }

    #[test]
    fn every_setting_is_in_the_table_and_says_where_it_came_from() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("config.toml"), "mouse = true\n").unwrap();
        let config = Config::load(places(dir.path())).unwrap();
        assert!(config.origins["mouse"].ends_with("config.toml"));
        assert_eq!(config.origins["theme"], "default");
        let table: Vec<&str> = SETTINGS.iter().map(|s| s.0).collect();
        let mut known: Vec<&str> = config.origins.keys().copied().collect();
        known.sort_by_key(|k| table.iter().position(|t| t == k));
        assert_eq!(table, known);
    }
}
