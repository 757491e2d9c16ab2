//! Tool calls of OpenAI's protocol, put together from the frames themselves. The protocol's library makes
//! room in a list up to the index that the other side names; here an index is a name like any other, so
//! that a hostile one costs nothing.
//!
//! It reads tool calls and nothing else: text, reasoning, usage and ends stay the library's.

use std::sync::{Arc, Mutex, PoisonError};

use genai::chat::{ChatFrameSink, FrameCtx, RawFrameRef};
use serde::Deserialize;

use crate::analyst::agent::ToolCall;

/// Calls of one answer that are kept; the machine does fewer.
const MOST_CALLS: usize = 64;

/// What one frame says of tool calls; everything else in it is skipped.
#[derive(Deserialize)]
struct Frame {
    #[serde(default)]
    choices: Option<Vec<Choice>>,
}

#[derive(Deserialize)]
struct Choice {
    #[serde(default)]
    delta: Option<Delta>,
}

#[derive(Deserialize)]
struct Delta {
    #[serde(default)]
    tool_calls: Option<Vec<Part>>,
}

/// A part of a call.
#[derive(Debug, Clone, Default, Deserialize)]
struct Part {
    #[serde(default)]
    index: Option<u64>,
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    function: Option<Function>,
}

#[derive(Debug, Clone, Default, Deserialize)]
struct Function {
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    arguments: Option<String>,
}

/// A call as it grows.
#[derive(Debug, Default)]
struct Growing {
    index: Option<u64>,
    id: String,
    name: String,
    arguments: String,
}

#[derive(Debug, Default)]
struct Gathered {
    calls: Vec<Growing>,
    bytes: usize,
}

/// The calls of one answer. Clones share them.
#[derive(Debug, Clone)]
pub struct Gathering {
    /// The most bytes of arguments that are kept.
    most: usize,
    gathered: Arc<Mutex<Gathered>>,
}

impl Gathering {
    /// Nothing yet; at most so many bytes of arguments are kept.
    pub fn new(most: usize) -> Self {
        Self { most, gathered: Arc::default() }
    }

    /// How many bytes of arguments came, with those that were not kept.
    pub fn bytes(&self) -> usize {
        self.gathered.lock().unwrap_or_else(PoisonError::into_inner).bytes
    }

    /// True before the first call.
    pub fn is_empty(&self) -> bool {
        self.gathered.lock().unwrap_or_else(PoisonError::into_inner).calls.is_empty()
    }

    /// The calls in the order in which they began; arguments that are no JSON stay a text.
    pub fn take(&self) -> Vec<ToolCall> {
        let mut gathered = self.gathered.lock().unwrap_or_else(PoisonError::into_inner);
        let calls = std::mem::take(&mut gathered.calls).into_iter().enumerate();
        calls.map(|(n, call)| super::translate::call(n, call.id, call.name, call.arguments.into())).collect()
    }

    fn frame(&self, data: &str) {
        // Most frames hold a word of text and are not read twice.
        if memchr::memmem::find(data.as_bytes(), b"\"tool_calls\"").is_none() {
            return;
        }
        // What is no frame at all is the library's to complain about.
        let Ok(frame) = serde_json::from_str::<Frame>(data) else { return };
        let delta = frame.choices.and_then(|c| c.into_iter().next()).and_then(|c| c.delta);
        let mut gathered = self.gathered.lock().unwrap_or_else(PoisonError::into_inner);
        for part in delta.and_then(|d| d.tool_calls).unwrap_or_default() {
            gathered.take(part, self.most);
        }
    }
}

impl ChatFrameSink for Gathering {
    fn on_frame(&self, _: &FrameCtx, frame: RawFrameRef<'_>) {
        self.frame(frame.data);
    }
}

impl Gathered {
    /// Takes a part in: it belongs to the call of its index, else of its id, else to the last one. A whole
    /// new name under an index that is taken is a new call: some servers count every call as the first.
    fn take(&mut self, part: Part, most: usize) {
        let function = part.function.unwrap_or_default();
        let (id, name) = (part.id.unwrap_or_default(), function.name.unwrap_or_default());
        let arguments = function.arguments.unwrap_or_default();
        let known = match part.index {
            Some(index) => self.calls.iter().rposition(|c| c.index == Some(index)),
            None if !id.is_empty() => self.calls.iter().rposition(|c| c.id == id),
            None if name.is_empty() => self.calls.len().checked_sub(1),
            None => None,
        };
        let another = |c: &Growing| !id.is_empty() && !c.id.is_empty() && c.id != id && !name.is_empty();
        let known = known.filter(|at| self.calls.get(*at).is_some_and(|c| !another(c)));
        self.bytes = self.bytes.saturating_add(arguments.len() + name.len() + id.len() + 1);
        if self.bytes > most {
            return;
        }
        let room = self.calls.len() < MOST_CALLS;
        match known.and_then(|at| self.calls.get_mut(at)) {
            Some(call) => {
                if !name.is_empty() {
                    call.name = name;
                }
                if !id.is_empty() {
                    call.id = id;
                }
                call.arguments.push_str(&arguments);
            }
            None if room => {
                self.calls.push(Growing { index: part.index, id, name, arguments });
            }
            None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn gathered(parts: &[serde_json::Value]) -> Vec<(String, serde_json::Value)> {
        let all = Gathering::new(100_000);
        for part in parts {
            all.frame(&json!({"choices": [{"index": 0, "delta": {"tool_calls": [part]}}]}).to_string());
        }
        all.take().into_iter().map(|c| (c.name, c.arguments)).collect()
    }

    fn part(index: Option<u64>, id: Option<&str>, name: Option<&str>, arguments: &str) -> serde_json::Value {
        json!({"index": index, "id": id, "function": {"name": name, "arguments": arguments}})
    }

    #[test]
    fn calls_grow_by_their_index_however_the_other_names_come() {
        let whole = [("look".to_owned(), json!({"x": 1})), ("find".to_owned(), json!({}))];
        for parts in [
            // as the protocol has it, one after the other and mixed
            [
                (Some(0), Some("a"), Some("look"), "{\"x\""),
                (Some(1), Some("b"), Some("find"), "{"),
                (Some(0), None, None, ":1}"),
                (Some(1), None, None, "}"),
            ],
            // the id with every part, the empty string for what is not said, counted from 1
            [
                (Some(1), Some("a"), Some("look"), "{\"x\""),
                (Some(1), Some("a"), Some(""), ":1}"),
                (Some(2), Some("b"), Some("find"), "{"),
                (Some(2), Some("b"), None, "}"),
            ],
            // no index
            [
                (None, Some("a"), Some("look"), "{\"x\""),
                (None, None, None, ":1}"),
                (None, Some("b"), Some("find"), ""),
                (None, Some("b"), None, "{}"),
            ],
            // every call is the first
            [
                (Some(0), Some("a"), Some("look"), "{\"x\""),
                (Some(0), None, None, ":1}"),
                (Some(0), Some("b"), Some("find"), "{"),
                (Some(0), None, None, "}"),
            ],
        ] {
            assert_eq!(gathered(&parts.map(|(i, id, name, a)| part(i, id, name, a))), whole, "{parts:?}");
        }
    }

    #[test]
    fn an_absurd_index_is_a_name_and_neither_calls_nor_bytes_are_without_end() {
        let one = gathered(&[part(Some(u64::from(u32::MAX)), Some("a"), Some("look"), "{}")]);
        assert_eq!(one, [("look".to_owned(), json!({}))]);
        let many: Vec<_> = (0..10_000).map(|n| part(Some(n), Some(&format!("id-{n}")), Some("look"), "{}")).collect();
        assert!(gathered(&many).len() <= MOST_CALLS);
        let all = Gathering::new(1_000);
        let big = part(Some(0), None, None, &"a".repeat(900));
        for _ in 0..10 {
            all.frame(&json!({"choices": [{"delta": {"tool_calls": [big]}}]}).to_string());
        }
        assert!(all.bytes() > 9_000 && all.take()[0].arguments.as_str().unwrap().len() < 1_000);
    }

    #[test]
    fn what_is_no_tool_call_is_left_alone() {
        for data in [
            "[DONE]",
            "{\"choices\":[{\"delta\":{\"content\":\"\\\"tool_calls\\\"\"}}]}",
            "\"tool_calls\"",
            "{\"choices\":[{\"delta\":{\"tool_calls\":null}}]}",
        ] {
            let all = Gathering::new(1_000);
            all.frame(data);
            assert!(all.is_empty(), "{data}");
        }
    }
}
