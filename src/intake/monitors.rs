//! Monitors as a monitoring service lists them, each with the state that it stands in: Datadog's `overall_state`,
//! a rule's `state` beside its query. What a monitor means for an incident is its readers' concern.

use crate::domain::{Evidence, Span};

use super::json::{self, Node};

/// The largest list that is read, in bytes.
const LARGEST: usize = 4 << 20;
/// Monitors that are read at most.
const MOST: usize = 200;

/// How a monitor stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stand {
    /// It is content.
    Well,
    /// It alerts, or warns.
    Alerting,
    /// It has no data, or is not known to be either.
    Other,
}

/// One monitor.
#[derive(Debug, Clone, PartialEq)]
pub struct Monitor {
    /// Its name.
    pub name: String,
    /// What it watches, as it is asked for; empty where that is not listed.
    pub query: String,
    /// Its state in its own word.
    pub state: String,
    /// The same, read.
    pub stand: Stand,
    /// Where its name and its state stand.
    pub at: [Span; 2],
}

/// Every monitor of the evidence, in order.
pub fn monitors(evidence: &Evidence) -> Vec<Monitor> {
    let mut found = Vec::new();
    for (source, reading) in evidence.sources.iter().zip(&evidence.readings) {
        if !["\"overall_state\"", "\"query\"", "\"expr\""].iter().any(|key| source.text.contains(key)) {
            continue;
        }
        let mut from = 0;
        for line in &reading.lines {
            let opens = source.text.get(line.range()).is_some_and(|t| t.starts_with(['{', '[']));
            if line.start < from || !opens {
                continue;
            }
            let Some((node, end)) = json::read(&source.text, line.start).filter(|(_, end)| end - line.start < LARGEST)
            else {
                continue;
            };
            from = end;
            let span = |n: &Node<'_>| Span::new(source.id, n.at.clone());
            collect(&node, &span, &mut found);
        }
    }
    found.truncate(MOST);
    found
}

fn collect(node: &Node<'_>, span: &dyn Fn(&Node<'_>) -> Span, out: &mut Vec<Monitor>) {
    let asks = ["query", "expr", "expression"].iter().find_map(|k| node.said(k));
    // what has only a state may be anything
    let state =
        node.get("overall_state").or_else(|| asks.and_then(|_| node.get("state").or_else(|| node.get("status"))));
    let name = ["name", "title", "alertname"].iter().find_map(|k| node.get(k)).filter(|n| n.value().is_some());
    if let (Some(name), Some(state)) = (name, state)
        && let (Some(called), Some(said)) = (name.value(), state.value())
    {
        let (name_at, state_at) = (span(name), span(state));
        out.push(Monitor {
            name: called.to_owned(),
            query: asks.unwrap_or("").to_owned(),
            state: said.to_owned(),
            stand: stand(said),
            at: [name_at, state_at],
        });
    }
    node.below.iter().for_each(|n| collect(n, span, out));
}

fn stand(state: &str) -> Stand {
    match state.to_ascii_lowercase().as_str() {
        "ok" | "inactive" | "normal" | "healthy" => Stand::Well,
        "alert" | "alerting" | "alarm" | "firing" | "warn" | "warning" | "triggered" => Stand::Alerting,
        _ => Stand::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Origin, Source, SourceId};

    fn read(text: &str) -> Vec<(String, Stand)> {
        let source = Source { id: SourceId(0), name: "x".into(), origin: Origin::Paste, text: text.into() };
        let evidence = Evidence { readings: vec![super::super::read(&source)], sources: vec![source] };
        let slices = |m: &Monitor| m.at.iter().all(|s| evidence.slice(*s).contains(['O', 'r', 'e', 'd', 'i']));
        monitors(&evidence).into_iter().filter(slices).map(|m| (m.name, m.stand)).collect()
    }

    #[test]
    fn a_monitor_is_read_with_the_state_it_stands_in() {
        let datadog = "### monitors\n{\n \"monitors\": [\n  {\"id\": 1, \"name\": \"cart error rate\", \"query\": \"sum:x\", \"overall_state\": \"OK\"},\n  {\"name\": \"cart restarts\", \"overall_state\": \"Alert\"}\n ]\n}\n";
        assert_eq!(
            read(datadog),
            [("cart error rate".to_owned(), Stand::Well), ("cart restarts".to_owned(), Stand::Alerting)]
        );
        let rules = "[{\"name\": \"CartSlow\", \"query\": \"p99 > 1\", \"state\": \"firing\"}]\n";
        assert_eq!(read(rules), [("CartSlow".to_owned(), Stand::Alerting)]);
        assert_eq!(read("{\"name\": \"cart-7d\", \"state\": \"Running\"}\n"), [], "a pod is no monitor");
    }
}
