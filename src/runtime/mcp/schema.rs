//! A tool's schema as a model may be told of it: the few words that every provider takes, with a limit on
//! depth, breadth and length. What else a server writes into a schema goes nowhere.

use serde_json::{Map, Value, json};

use super::said::one_line;
use crate::domain::showable::clean;

/// The longest schema that is told, in bytes; of a longer one only that it is an object.
const LONGEST: usize = 4 * 1024;
/// How deep properties may stand in properties.
const DEPTH: usize = 4;
/// Properties of an object, and values of an enumeration, at most.
const BREADTH: usize = 32;
/// The longest description and value, in characters.
const WORDS: usize = 200;

/// The schema with types, descriptions, values, items, properties and what is required.
pub fn bounded(schema: &Value) -> Value {
    let mut kept = object(schema, DEPTH);
    kept.insert("type".into(), "object".into());
    kept.entry("properties").or_insert_with(|| json!({}));
    let kept = Value::Object(kept);
    if kept.to_string().len() <= LONGEST { kept } else { json!({"type": "object", "properties": {}}) }
}

fn object(schema: &Value, depth: usize) -> Map<String, Value> {
    let mut kept = Map::new();
    let Some(schema) = schema.as_object().filter(|_| depth > 0) else { return kept };
    let kinds = ["string", "number", "integer", "boolean", "array", "object"];
    if let Some(kind) = schema.get("type").and_then(Value::as_str).filter(|k| kinds.contains(k)) {
        kept.insert("type".into(), kind.into());
    }
    if let Some(words) = schema.get("description").and_then(Value::as_str) {
        kept.insert("description".into(), one_line(words, WORDS).into());
    }
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        let values = values.iter().take(BREADTH).filter_map(Value::as_str);
        kept.insert("enum".into(), values.filter(|v| plain(v)).collect());
    }
    if let Some(items) = schema.get("items") {
        kept.insert("items".into(), Value::Object(object(items, depth - 1)));
    }
    if let Some(all) = schema.get("properties").and_then(Value::as_object) {
        let all = all.iter().filter(|(name, _)| plain(name)).take(BREADTH);
        let all: Map<_, _> = all.map(|(name, s)| (name.clone(), Value::Object(object(s, depth - 1)))).collect();
        let required = schema.get("required").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let required: Value =
            required.iter().filter_map(Value::as_str).filter(|n| all.contains_key(*n)).take(BREADTH).collect();
        kept.insert("properties".into(), Value::Object(all));
        kept.insert("required".into(), required);
    }
    kept
}

fn plain(text: &str) -> bool {
    !text.is_empty() && text.chars().count() <= WORDS && clean(text) == text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_every_provider_takes_is_kept_and_nothing_else() {
        let schema = json!({"$schema": "https://x", "type": "object", "additionalProperties": false,
            "required": ["expr", "ghost"],
            "properties": {"expr": {"type": "string", "description": "a\u{1b}[2J query", "format": "promql"},
                "step": {"enum": ["1m", "5m"]}, "hosts": {"type": "array", "items": {"type": "string"}}}});
        let kept = bounded(&schema);
        assert_eq!(kept["required"], json!(["expr"]));
        assert_eq!(kept["properties"]["step"]["enum"], json!(["1m", "5m"]));
        assert_eq!(kept["properties"]["hosts"]["items"]["type"], "string");
        let text = kept.to_string();
        assert!(!text.contains("$schema") && !text.contains("format") && !text.contains("u001b"), "{text}");
    }

    #[test]
    fn a_schema_without_end_is_an_object_and_no_more() {
        let mut deep = json!({"type": "string"});
        for _ in 0..100 {
            deep = json!({"type": "object", "properties": {"x": deep}});
        }
        assert!(bounded(&deep).to_string().len() < 1_000);
        let wide: Map<String, Value> =
            (0..10_000).map(|n| (format!("p{n}"), json!({"description": "x".repeat(500)}))).collect();
        assert_eq!(bounded(&json!({"properties": wide})), json!({"type": "object", "properties": {}}));
        assert_eq!(bounded(&json!("x"))["type"], "object");
    }
}
