//! A model that answers what it was told to answer, and keeps what it was asked: for tests and for
//! replaying saved answers. It needs no network.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::stream;

use super::{Model, Pieces};
use crate::analyst::agent::{Call, Failure, FailureKind, Piece, Stop, ToolCall, Usage};

/// What it answers to one call.
pub type Line = Vec<Result<Piece, Failure>>;

/// Chooses the answer to a call; the number counts the calls from 0.
type Answering = Box<dyn FnMut(usize, &Call) -> Line + Send>;

/// A model with its answers decided beforehand. Clones share script and memory.
#[derive(Clone)]
pub struct Scripted {
    name: String,
    answering: Arc<Mutex<Answering>>,
    asked: Arc<Mutex<Vec<Call>>>,
}

impl std::fmt::Debug for Scripted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scripted").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Scripted {
    /// A model that gives these answers one after the other, and fails when none is left.
    pub fn new(name: impl Into<String>, lines: impl IntoIterator<Item = Line>) -> Self {
        let mut lines: VecDeque<Line> = lines.into_iter().collect();
        Self::answering(name, move |_, _| {
            let over = || vec![Err(Failure::new(FailureKind::Server, "the script has no more answers"))];
            lines.pop_front().unwrap_or_else(over)
        })
    }

    /// A model that answers by what it is asked.
    pub fn answering(name: impl Into<String>, by: impl FnMut(usize, &Call) -> Line + Send + 'static) -> Self {
        let name = name.into();
        Self { name, answering: Arc::new(Mutex::new(Box::new(by))), asked: Arc::default() }
    }

    /// Every call so far, oldest first.
    pub fn asked(&self) -> Vec<Call> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Model for Scripted {
    fn name(&self) -> &str {
        &self.name
    }

    fn model(&self) -> &str {
        "scripted"
    }

    fn ask(&self, call: Call) -> Pieces {
        let number = {
            let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
            asked.push(call.clone());
            asked.len() - 1
        };
        let line = (self.answering.lock().unwrap_or_else(PoisonError::into_inner))(number, &call);
        Box::pin(stream::iter(line))
    }
}

/// An answer that says this text and ends.
pub fn says(text: impl Into<String>) -> Line {
    vec![Ok(Piece::Text { text: text.into() }), Ok(end())]
}

/// An answer that calls these tools, each with its arguments, and ends.
pub fn calls(tools: impl IntoIterator<Item = (&'static str, serde_json::Value)>) -> Line {
    let tools = tools.into_iter().enumerate().map(|(i, (name, arguments))| {
        Ok(Piece::Tool { call: ToolCall { id: format!("call-{i}"), name: name.to_owned(), arguments } })
    });
    tools.chain([Ok(end())]).collect()
}

fn end() -> Piece {
    let usage = Usage { tokens_in: 100, tokens_out: 10, ..Usage::default() };
    Piece::End { stop: Stop::Done, usage, carried: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyst::agent::Message;
    use crate::runtime::models::answer;

    #[test]
    fn it_answers_in_order_remembers_what_it_was_asked_and_fails_when_nothing_is_left() {
        let model = Scripted::new("test", [says("first"), calls([("look", serde_json::json!({}))])]);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let call = |text: &str| Call { messages: vec![Message::user(text)], ..Call::default() };
        let first = runtime.block_on(answer(&model, call("a"))).unwrap();
        let second = runtime.block_on(answer(&model, call("b"))).unwrap();
        let third = runtime.block_on(answer(&model, call("c"))).unwrap_err();
        assert_eq!((first.text.as_str(), second.calls.len()), ("first", 1));
        assert_eq!(third.kind, FailureKind::Server);
        assert_eq!(model.asked().len(), 3);
        assert_eq!(first.usage().tokens_out, 10);
    }
}
