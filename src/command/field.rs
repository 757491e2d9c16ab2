//! Fields of JSON in a command's output: one document, or one a line; with other lines around it or not.

use serde_json::{Deserializer, Value};

/// The most bytes that are parsed.
const LARGEST: usize = 4 << 20;
/// The most values that a path leads to.
const MOST: usize = 1_000;

/// The values that a path leads to: names and numbers with dots between, `*` for all of a list or an
/// object: `items.*.status.phase`. `None` where the output holds no JSON.
pub(super) fn values(output: &str, path: &str) -> Option<Vec<String>> {
    let from = output.find(['{', '['])?;
    let text = output.get(from..).filter(|t| t.len() <= LARGEST)?;
    let mut documents = Deserializer::from_str(text).into_iter::<Value>().map_while(Result::ok).peekable();
    documents.peek()?;
    let parts: Vec<&str> = path.split('.').filter(|p| !p.is_empty()).collect();
    let mut found = Vec::new();
    documents.for_each(|document| walk(&document, &parts, &mut found));
    Some(found)
}

fn walk(value: &Value, path: &[&str], found: &mut Vec<String>) {
    if found.len() >= MOST {
        return;
    }
    let Some((first, rest)) = path.split_first() else {
        found.push(match value {
            Value::String(s) => s.clone(),
            other => other.to_string(),
        });
        return;
    };
    match (value, *first) {
        (Value::Array(all), "*") => all.iter().for_each(|v| walk(v, rest, found)),
        (Value::Object(all), "*") => all.values().for_each(|v| walk(v, rest, found)),
        (Value::Array(all), n) => {
            if let Some(v) = n.parse::<usize>().ok().and_then(|n| all.get(n)) {
                walk(v, rest, found);
            }
        }
        (Value::Object(all), name) => {
            if let Some(v) = all.get(name) {
                walk(v, rest, found);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_leads_through_lists_and_objects() {
        let text = "warning: x\n{\"items\": [{\"status\": {\"phase\": \"Running\"}}, {\"status\": {\"phase\": \"Pending\"}}], \"n\": 2}";
        assert_eq!(values(text, "items.*.status.phase").unwrap(), ["Running", "Pending"]);
        assert_eq!(values(text, "items.1.status.phase").unwrap(), ["Pending"]);
        assert_eq!(values(text, "n").unwrap(), ["2"]);
        assert_eq!(values(text, "gone").unwrap(), Vec::<String>::new());
        assert_eq!(values("{\"a\":1}\n{\"a\":2}\n", "a").unwrap(), ["1", "2"]);
        assert_eq!(values("no json here", "a"), None);
        assert_eq!(values("{broken", "a"), None);
    }
}
