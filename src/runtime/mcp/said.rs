//! What a server says, as values of ours: tools with short clean words, and a result as text within
//! its limit. Nothing of it is believed or obeyed.

use rmcp::model::{CallToolResult, ContentBlock, ResourceContents, Tool};
use serde_json::Value;

use super::schema;
use crate::app::telemetry::Offered;
use crate::domain::showable::clean;

/// The largest result that is kept, in bytes.
pub const RESULT: usize = 1 << 20;
/// The longest reason of a failure, in characters.
pub const WHY: usize = 300;
/// The longest description and the longest name of a tool, in characters.
const WHAT: usize = 200;
const NAME: usize = 100;
/// Required arguments that stand in a template, at most.
const REQUIRED: usize = 12;

/// A text as one clean line of at most so many characters.
pub fn one_line(text: &str, most: usize) -> String {
    let words: Vec<&str> = text.split_whitespace().take(most).collect();
    let line = words.join(" ");
    let short: String = clean(&line).chars().take(most).collect();
    if short.len() < line.len() { format!("{short}…") } else { short }
}

/// A tool as it is offered; `None` for one whose name can't be typed.
pub fn offered(tool: &Tool) -> Option<Offered> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/');
    let name = tool.name.as_ref();
    if name.is_empty() || name.len() > NAME || !name.chars().all(plain) {
        return None;
    }
    let hints = tool.annotations.as_ref();
    let reads_only = match hints.map(|h| (h.read_only_hint, h.destructive_hint)) {
        Some((Some(reads), _)) => Some(reads),
        Some((None, Some(true))) => Some(false),
        _ => None,
    };
    Some(Offered {
        name: name.to_owned(),
        what: one_line(tool.description.as_deref().unwrap_or_default(), WHAT),
        template: template(&Value::Object(tool.input_schema.as_ref().clone())),
        schema: schema::bounded(&Value::Object(tool.input_schema.as_ref().clone())),
        reads_only,
    })
}

/// The required arguments, each with an empty value of its type.
fn template(schema: &Value) -> String {
    let required = schema.get("required").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let names = required.iter().filter_map(Value::as_str).filter(|n| n.len() <= NAME && clean(n) == *n);
    let values = names.take(REQUIRED).map(|name| {
        let kind = schema.get("properties").and_then(|p| p.get(name)).and_then(|p| p.get("type"));
        let empty = match kind.and_then(Value::as_str) {
            Some("number" | "integer") => Value::from(0),
            Some("boolean") => Value::from(false),
            Some("array") => Value::Array(Vec::new()),
            Some("object") => Value::Object(serde_json::Map::new()),
            _ => Value::from(""),
        };
        (name.to_owned(), empty)
    });
    Value::Object(values.collect()).to_string()
}

/// A result as text, and how many bytes of it were left out. What is no text is named by its size.
pub fn text(result: &CallToolResult) -> (String, u64) {
    let mut out = String::new();
    for block in &result.content {
        let piece = match block {
            ContentBlock::Text(text) => text.text.clone(),
            ContentBlock::Resource(resource) => match &resource.resource {
                ResourceContents::TextResourceContents { text, .. } => text.clone(),
                _ => "(a resource that is no text was left out)".into(),
            },
            ContentBlock::Image(image) => format!("(an image of {} bytes was left out)", image.data.len()),
            ContentBlock::Audio(audio) => format!("(a sound of {} bytes was left out)", audio.data.len()),
            ContentBlock::ResourceLink(link) => format!("(a link to {})", link.uri),
            _ => "(something of an unknown kind was left out)".into(),
        };
        out.push_str(&piece);
        if !out.ends_with('\n') {
            out.push('\n');
        }
    }
    if out.trim().is_empty()
        && let Some(value) = &result.structured_content
    {
        out = serde_json::to_string_pretty(value).unwrap_or_default();
    }
    let all = out.len();
    let mut end = all.min(RESULT);
    while !out.is_char_boundary(end) {
        end -= 1;
    }
    out.truncate(end);
    (out, (all - end) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn tool(name: &str, what: &str, schema: Value) -> Tool {
        Tool::new(name.to_owned(), what.to_owned(), Arc::new(schema.as_object().unwrap().clone()))
    }

    #[test]
    fn a_tools_words_are_short_clean_and_on_one_line() {
        let schema = serde_json::json!({"required": ["expr", "n"], "properties": {"n": {"type": "integer"}}});
        let offered = offered(&tool("query", &format!("a\u{1b}[2J\nb {}", "x ".repeat(9999)), schema)).unwrap();
        assert!(offered.what.starts_with("a␛[2J b x") && offered.what.chars().count() <= WHAT + 1);
        assert_eq!(offered.template, r#"{"expr":"","n":0}"#);
        assert_eq!(offered.reads_only, None);
    }

    #[test]
    fn a_tool_whose_name_can_hide_something_is_not_offered() {
        for name in ["", "a b", "a\u{1b}[31m", "ｑｕｅｒｙ", &"x".repeat(101)] {
            assert!(offered(&tool(name, "", serde_json::json!({}))).is_none(), "{name:?}");
        }
    }

    #[test]
    fn a_schema_of_any_size_makes_a_short_template() {
        let names: Vec<String> = (0..10_000).map(|n| format!("p{n}")).collect();
        let offered = offered(&tool("big", "", serde_json::json!({"required": names}))).unwrap();
        assert!(offered.template.len() < 200);
    }

    #[test]
    fn a_result_over_the_limit_is_cut_and_the_rest_counted() {
        let result = CallToolResult::success(vec![ContentBlock::text("ü".repeat(RESULT))]);
        let (text, dropped) = text(&result);
        assert!(text.len() <= RESULT && text.len() as u64 + dropped == 2 * RESULT as u64 + 1);
    }
}
