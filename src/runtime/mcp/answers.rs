//! What the tools of `hotwash mcp` answer: plain functions over the store. They read and never write;
//! what they answer is masked as it may leave the machine, and bounded.

use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::analyst::questions::{self, Hit, Kind};
use crate::analyst::{Knowledge, Request};
use crate::domain::Origin;
use crate::domain::showable::clean;
use crate::export;
use crate::fault::Fault;
use crate::intake::secrets::{Masks, redact};
use crate::runtime::files::Raw;
use crate::runtime::store::Store;
use crate::runtime::verbs::investigate;
use crate::runtime::{history, masking};
use crate::session::Session;

/// The largest text that `analyze` takes, in bytes.
pub const LARGEST_TEXT: usize = 4 << 20;
/// The largest answer, in bytes of JSON: what a model's window can still hold.
pub const LARGEST_ANSWER: usize = 256 * 1024;
/// Sessions in a list, and sessions that one search opens, at most.
const SESSIONS: usize = 200;
/// Hits of a search, at most and where nothing is said.
const HITS: usize = 100;
const USUAL_HITS: usize = 20;
/// The longest single text of an answer that had to be shortened, in characters.
const SHORTENED: usize = 2000;

/// `analyze`'s arguments.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Analyze {
    /// What is known: alerts, logs, kubectl output, deploy notes, chat; at most 4 MiB.
    pub text: String,
    /// A title for the report.
    #[serde(default)]
    pub title: String,
    /// The service it is about, if known.
    #[serde(default)]
    pub service: Option<String>,
}

/// `search`'s arguments.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Search {
    /// Words to look for in the evidence and in the claims of the reports.
    pub query: String,
    /// Only in this session: its id, or the beginning of it.
    #[serde(default)]
    pub session: Option<String>,
    /// How many hits at most (1 to 100; 20 without it).
    #[serde(default)]
    pub limit: Option<usize>,
}

/// `report`'s arguments.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OfSession {
    /// The session's id, or the beginning of it.
    pub session: String,
    /// `json` (the default), `markdown`, `postmortem`, `transcript` or `update`.
    #[serde(default)]
    pub format: Option<String>,
}

/// `list`'s arguments.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct List {
    /// Only sessions that contain this text.
    #[serde(default)]
    pub containing: Option<String>,
}

/// What the tools work on.
#[derive(Clone)]
pub struct Desk {
    store: Store,
    knowledge: Arc<Knowledge>,
    masks: Arc<Mutex<Masks>>,
}

impl Desk {
    /// The tools over a store.
    pub fn new(store: Store, knowledge: Knowledge) -> Self {
        Self { store, knowledge: Arc::new(knowledge), masks: Arc::new(Mutex::new(Masks::new(masking::key()))) }
    }

    /// `analyze`: one investigation; nothing is saved.
    ///
    /// # Errors
    /// The text is too large.
    pub fn analyze(&self, asked: Analyze) -> Result<Value, Fault> {
        if asked.text.len() > LARGEST_TEXT {
            let what = format!("the text has {} bytes, more than {LARGEST_TEXT}", asked.text.len());
            return Err(Fault::input(what, "give the part around the incident"));
        }
        let raw = Raw { name: "text".into(), origin: Origin::Paste, bytes: asked.text.into_bytes() };
        let request = Request { title: asked.title, service: asked.service, session: None };
        let report = investigate::investigate(vec![raw], &request, &self.knowledge, &mut |_| ControlFlow::Continue(()));
        Ok(report.map_or(Value::Null, |r| self.bounded(export::json::report_value(&r, &[]))))
    }

    /// `search`: lines and claims that hold the words.
    ///
    /// # Errors
    /// There is nothing to look for, no such session, or the store can't be read.
    pub fn search(&self, asked: &Search) -> Result<Value, Fault> {
        let words = questions::words(&asked.query);
        if words.is_empty() {
            return Err(Fault::usage("the query holds no word to look for", "name a service, an error or a figure"));
        }
        let limit = asked.limit.unwrap_or(USUAL_HITS).clamp(1, HITS);
        let ids = match &asked.session {
            Some(which) => vec![which.clone()],
            None => {
                let any: Vec<&str> = words.iter().map(String::as_str).collect();
                history::any(&self.store, &any)?.into_iter().map(|row| row.id).take(SESSIONS).collect()
            }
        };
        let mut found: Vec<(String, String, Hit)> = Vec::new();
        for id in &ids {
            let session = self.session(id)?;
            let report = session.report.as_deref();
            for hit in questions::find(&session.evidence, report, &words, limit) {
                found.push((session.id.clone(), session.title.clone(), hit));
            }
        }
        found.sort_by_key(|f| std::cmp::Reverse(f.2.held));
        found.truncate(limit);
        let hits: Vec<Value> = found.iter().map(|(id, title, hit)| hit_value(id, title, hit, words.len())).collect();
        Ok(self.bounded(json!({"words": words, "sessions_searched": ids.len(), "hits": hits})))
    }

    /// `report`: a document of a saved session.
    ///
    /// # Errors
    /// There is no such session or format, or it can't be read.
    pub fn report(&self, asked: &OfSession) -> Result<Value, Fault> {
        let session = self.session(&asked.session)?;
        let format = asked.format.as_deref().unwrap_or("json");
        let bytes = export::document(&export::Given::of(&session), format)?;
        let text = String::from_utf8(bytes)
            .map_err(|_| Fault::usage(format!("{format} is not text"), "ask for another format"))?;
        if format == "json" {
            let value = serde_json::from_str(&text).unwrap_or(Value::Null);
            return Ok(self.bounded(value));
        }
        Ok(self.bounded(json!({"session": session.id, "format": format, "text": text})))
    }

    /// `list`: the saved sessions, the newest first.
    ///
    /// # Errors
    /// The store can't be read.
    pub fn list(&self, asked: &List) -> Result<Value, Fault> {
        let mut rows = match asked.containing.as_deref().filter(|t| !t.trim().is_empty()) {
            Some(text) => history::search(&self.store, text)?,
            None => history::rows(&self.store)?,
        };
        let all = rows.len();
        rows.truncate(SESSIONS);
        let rows = serde_json::to_value(&rows).unwrap_or(Value::Null);
        Ok(self.bounded(json!({"sessions": rows, "of": all})))
    }

    fn session(&self, which: &str) -> Result<Session, Fault> {
        if which.contains(['/', '\\']) {
            // The verbs take folders; a stranger's program gets sessions of the store alone.
            return Err(Fault::usage("a session is named by its id here", "see `list` for the ids"));
        }
        Ok(Session::of(&self.store.load(which)?.records))
    }

    /// The value masked, and small enough: long parts are left out by name, long texts shortened.
    fn bounded(&self, value: Value) -> Value {
        let mut value = self.masked(value);
        let mut left_out: Vec<&str> = Vec::new();
        for part in ["trail", "postmortem", "evidence", "notices", "session"] {
            if size(&value) <= LARGEST_ANSWER {
                break;
            }
            if value.as_object_mut().and_then(|map| map.remove(part)).is_some() {
                left_out.push(part);
            }
        }
        let mut longest = SHORTENED;
        while size(&value) > LARGEST_ANSWER && longest > 10 {
            value = shortened(value, longest, longest / 10);
            longest /= 4;
            if !left_out.contains(&"the ends of long texts and lists") {
                left_out.push("the ends of long texts and lists");
            }
        }
        if let (Some(map), false) = (value.as_object_mut(), left_out.is_empty()) {
            map.insert("left_out".into(), json!(left_out));
        }
        value
    }

    /// Every text as it may leave the machine, without anything that a terminal would obey.
    fn masked(&self, value: Value) -> Value {
        let mut masks = self.masks.lock().unwrap_or_else(PoisonError::into_inner);
        each_text(value, &mut |text| {
            let text = clean(&text).into_owned();
            let masked = redact(&text, &mut masks).text;
            masked.into_owned()
        })
    }
}

fn hit_value(id: &str, title: &str, hit: &Hit, of: usize) -> Value {
    let kind = match hit.kind {
        Kind::Line => "evidence",
        Kind::Claim => "claim",
    };
    let citations: Vec<&crate::domain::Citation> = hit.citations.iter().take(3).collect();
    json!({"session": id, "title": title, "kind": kind, "place": hit.place, "text": hit.text,
        "words": format!("{} of {of}", hit.held), "citations": citations})
}

fn size(value: &Value) -> usize {
    serde_json::to_vec(value).map_or(0, |bytes| bytes.len())
}

fn each_text(value: Value, change: &mut dyn FnMut(String) -> String) -> Value {
    match value {
        Value::String(text) => Value::String(change(text)),
        Value::Array(all) => Value::Array(all.into_iter().map(|v| each_text(v, change)).collect()),
        Value::Object(map) => {
            let all = map.into_iter().map(|(key, v)| {
                let key = if key.is_ascii() { key } else { change(key) };
                (key, each_text(v, change))
            });
            Value::Object(all.collect::<Map<_, _>>())
        }
        other => other,
    }
}

/// Texts and lists cut, each cut said where it was made.
fn shortened(value: Value, text: usize, items: usize) -> Value {
    match value {
        Value::String(s) if s.chars().count() > text => {
            let left = s.chars().count() - text;
            let head: String = s.chars().take(text).collect();
            Value::String(format!("{head}… ({left} more characters)"))
        }
        Value::Array(all) => {
            let more = all.len().saturating_sub(items.max(1));
            let mut kept: Vec<Value> = all.into_iter().take(items.max(1)).map(|v| shortened(v, text, items)).collect();
            if more > 0 {
                kept.push(json!(format!("… ({more} more)")));
            }
            Value::Array(kept)
        }
        Value::Object(map) => Value::Object(map.into_iter().map(|(k, v)| (k, shortened(v, text, items))).collect()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn desk(home: &std::path::Path) -> Desk {
        Desk::new(Store::at(home), Knowledge::embedded().clone())
    }

    #[test]
    fn an_answer_that_is_too_long_says_what_was_left_out() {
        let home = tempfile::tempdir().unwrap();
        let desk = desk(home.path());
        let long = "x".repeat(LARGEST_ANSWER);
        let value = desk.bounded(json!({"title": "kept", "trail": [long]}));
        assert_eq!(value["title"], "kept");
        assert_eq!(value["left_out"][0], "trail");
        let many: Vec<String> = (0..50_000).map(|n| format!("hit {n} of very many")).collect();
        let value = desk.bounded(json!({"hits": many}));
        assert!(size(&value) <= LARGEST_ANSWER + 200);
        assert!(value["hits"].as_array().unwrap().last().unwrap().as_str().unwrap().contains("more"));
    }

    #[test]
    fn secrets_addresses_and_escapes_do_not_leave() {
        let home = tempfile::tempdir().unwrap();
        let key = ["AKIA", "Q3EGRZ7X5NHW2TVB"].concat();
        let text = format!("aws_access_key_id = {key} from ops@example.com \u{1b}[2J ERROR pool exhausted");
        let answer = desk(home.path()).analyze(Analyze { text, title: key.clone(), service: None }).unwrap();
        let text = answer.to_string();
        assert!(!text.contains(&key) && !text.contains("ops@example.com") && !text.contains("\\u001b"), "{text}");
    }

    #[test]
    fn a_folder_is_no_session() {
        let home = tempfile::tempdir().unwrap();
        let asked = OfSession { session: "../../etc".into(), format: None };
        assert!(desk(home.path()).report(&asked).unwrap_err().what.contains("id"));
    }
}
