//! Between our values and genai's: the request on the way out, the end of an answer on the way in.

use genai::chat::{
    ChatMessage, ChatRequest, ContentPart, MessageContent, StopReason, StreamEnd, Tool, ToolCall as Theirs,
    ToolResponse,
};
use serde_json::Value;

use crate::analyst::agent::call::Carried;
use crate::analyst::agent::{Call, Message, Piece, Stop, ToolCall, Usage};

/// The request as genai has it. What another model wants back is left out.
pub fn request(call: &Call, model: &str) -> ChatRequest {
    let messages = call.messages.iter().map(|m| message(m, model)).collect();
    let mut request = ChatRequest::from_messages(messages).with_system(call.system.clone());
    if !call.tools.is_empty() {
        request = request.with_tools(call.tools.iter().map(|t| {
            Tool::new(t.name.as_str()).with_description(t.description.clone()).with_schema(t.arguments.clone())
        }));
    }
    request
}

fn message(message: &Message, model: &str) -> ChatMessage {
    match message {
        Message::User { text } => ChatMessage::user(text.clone()),
        Message::Tool { call, name, text } => {
            let response =
                ToolResponse { fn_name: Some(name.clone()), ..ToolResponse::new(call.clone(), text.clone()) };
            ChatMessage::from(response)
        }
        Message::Model { text, calls, carried } => {
            let own = carried.as_ref().filter(|c| c.of == model);
            if let Some(content) = own.and_then(|c| serde_json::from_value::<MessageContent>(c.value.clone()).ok()) {
                return ChatMessage::assistant(content);
            }
            let mut parts = Vec::new();
            if !text.is_empty() {
                parts.push(ContentPart::Text(text.clone()));
            }
            parts.extend(calls.iter().map(|c| {
                ContentPart::ToolCall(Theirs {
                    call_id: c.id.clone(),
                    fn_name: c.name.clone(),
                    fn_arguments: c.arguments.clone(),
                    thought_signatures: None,
                })
            }));
            ChatMessage::assistant(MessageContent::from_parts(parts))
        }
    }
}

/// Tool calls as they grow: each chunk carries all of its arguments so far.
#[derive(Debug, Default)]
pub struct Calls(Vec<Theirs>);

impl Calls {
    /// Takes a chunk in.
    pub fn take(&mut self, chunk: Theirs) {
        match self.0.iter_mut().find(|c| c.call_id == chunk.call_id) {
            Some(known) => *known = chunk,
            None => self.0.push(chunk),
        }
    }

    /// True before the first one.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How much of them there is.
    pub fn bytes(&self) -> usize {
        self.0.iter().map(|c| c.fn_arguments.as_str().map_or(0, str::len)).sum()
    }
}

/// The calls that an answer ended with: those that the library captured, else those that grew.
pub fn captured(end: Option<&StreamEnd>, calls: Calls) -> Vec<ToolCall> {
    let captured: Option<Vec<Theirs>> =
        end.and_then(StreamEnd::captured_tool_calls).map(|calls| calls.into_iter().cloned().collect());
    let calls = captured.unwrap_or(calls.0).into_iter().enumerate();
    calls.map(|(n, c)| call(n, c.call_id, c.fn_name, c.fn_arguments)).collect()
}

/// The Nth call of an answer, with an id and with its arguments read as far as they are JSON.
pub fn call(n: usize, id: String, name: String, arguments: Value) -> ToolCall {
    let id = if id.is_empty() { format!("call_{n}") } else { id };
    let arguments = match arguments {
        Value::String(text) if text.trim().is_empty() => Value::Object(Default::default()),
        Value::String(text) => serde_json::from_str(&text).unwrap_or(Value::String(text)),
        other => other,
    };
    ToolCall { id, name, arguments }
}

/// The last pieces of an answer. `bytes` are those of call and answer, for the estimate where the
/// provider does not count; `cut` says that we ended it.
pub fn end(end: Option<StreamEnd>, calls: Vec<ToolCall>, model: &str, bytes: (usize, usize), cut: bool) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = calls.into_iter().map(|call| Piece::Tool { call }).collect();
    let stop = match end.as_ref().map(|e| &e.captured_stop_reason) {
        _ if cut => Stop::Length,
        Some(Some(StopReason::MaxTokens(_))) => Stop::Length,
        Some(Some(StopReason::ContentFilter(_))) => Stop::Filtered,
        Some(Some(_)) => Stop::Done,
        Some(None) | None => Stop::Unsaid,
    };
    let usage = usage(end.as_ref(), bytes);
    let carried = end.and_then(|e| carried(e, model));
    pieces.push(Piece::End { stop, usage, carried });
    pieces
}

/// What the provider counted; where it counted nothing, or less than nothing, an estimate of four
/// bytes a token.
fn usage(end: Option<&StreamEnd>, (asked, answered): (usize, usize)) -> Usage {
    let said = end.and_then(|e| e.captured_usage.as_ref());
    let count = |n: Option<i32>| n.and_then(|n| u64::try_from(n).ok()).filter(|n| *n > 0);
    let tokens_in = said.and_then(|u| count(u.prompt_tokens));
    let tokens_out = said.and_then(|u| count(u.completion_tokens));
    let cached = said.and_then(|u| u.prompt_tokens_details.as_ref()).and_then(|d| count(d.cached_tokens));
    Usage {
        estimated: tokens_in.is_none() || tokens_out.is_none(),
        tokens_in: tokens_in.unwrap_or(asked.div_ceil(4) as u64),
        tokens_out: tokens_out.unwrap_or(answered.div_ceil(4) as u64),
        cached: cached.unwrap_or(0),
    }
}

/// Signatures of reasoning that have to come back, with everything they belong to.
fn carried(end: StreamEnd, model: &str) -> Option<Carried> {
    let content = end.captured_content?;
    let signed = content.parts().iter().any(|p| matches!(p, ContentPart::ThoughtSignature(_) | ContentPart::Custom(_)));
    let value = signed.then(|| serde_json::to_value(&content).ok()).flatten()?;
    Some(Carried { of: model.to_owned(), value })
}
