//! Records of a log that a tool's answer writes out over several lines of JSON: the line that holds the message
//! is of the service, the time and the level that stand beside it in the same object. It reads one object at a
//! time, by its indentation, and knows nothing of what the message says.

use std::sync::Arc;

use crate::domain::{Line, Stamp};

use super::logline::level_of;

/// Keys of the message, of who wrote it, of when and of how bad it is, as stores of logs name them.
const MESSAGES: [&str; 6] = ["message", "msg", "log", "line", "body", "content"];
const WRITERS: [&str; 10] = [
    "service",
    "service.name",
    "service_name",
    "serviceName",
    "app",
    "application",
    "deployment",
    "container",
    "container_name",
    "pod_name",
];
const TIMES: [&str; 6] = ["timestamp", "@timestamp", "time", "ts", "date", "datetime"];
const LEVELS: [&str; 4] = ["status", "level", "severity", "severity_text"];
/// Parts of a cluster that tell of others: their messages name whom they are about.
const OF_OTHERS: [&str; 6] = [
    "kube-controller-manager",
    "kube-scheduler",
    "kube-apiserver",
    "kubelet",
    "cluster-autoscaler",
    "cloud-controller-manager",
];
/// Lines of one record above or below its message, at most.
const FIELDS: usize = 16;

/// One field of an object that is written out: its key and a value that is a string.
fn field(text: &str) -> Option<(&str, &str)> {
    let (key, rest) = text.trim_start().strip_prefix('"')?.split_once('"')?;
    let value = rest.trim_start().strip_prefix(':')?.trim_start().strip_prefix('"')?;
    let value = value.trim_end().trim_end_matches(',').strip_suffix('"')?;
    Some((key, value))
}

fn indent(text: &str) -> usize {
    text.len() - text.trim_start().len()
}

/// Gives the messages of written-out records what stands beside them. A line that states something itself keeps it.
pub(super) fn settle(text: &str, lines: &mut [Line]) {
    if !MESSAGES.iter().any(|key| text.contains(&format!("\"{key}\": \""))) {
        return;
    }
    let slice = |l: &Line| text.get(l.range()).unwrap_or("");
    for i in 0..lines.len() {
        let Some(own) = lines.get(i).map(slice) else { continue };
        if indent(own) == 0 || !field(own).is_some_and(|(key, _)| MESSAGES.contains(&key)) {
            continue;
        }
        let depth = indent(own);
        let inside = |l: &&Line| indent(slice(l)) >= depth && !slice(l).trim().is_empty();
        let above = lines.get(i.saturating_sub(FIELDS)..i).unwrap_or(&[]).iter().rev().take_while(inside);
        let below = lines.get(i + 1..).unwrap_or(&[]).iter().take(FIELDS).take_while(inside);
        let beside: Vec<(&str, &str)> =
            above.chain(below).map(slice).filter(|t| indent(t) == depth).filter_map(field).collect();
        let value = |keys: &[&str]| {
            keys.iter().find_map(|k| beside.iter().find(|(key, v)| key == k && !v.is_empty()).map(|(_, v)| *v))
        };
        let Some(writer) = value(&WRITERS).filter(|w| !w.contains(char::is_whitespace) && !OF_OTHERS.contains(w))
        else {
            continue;
        };
        let writer: Arc<str> = Arc::from(writer);
        let (at, level) = (value(&TIMES).and_then(|t| t.parse::<Stamp>().ok()), value(&LEVELS).and_then(level_of));
        let Some(line) = lines.get_mut(i) else { continue };
        line.service = line.service.take().or(Some(writer));
        line.stamp = line.stamp.or(at);
        line.level = line.level.or(level);
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::{Level, Origin, Source, SourceId};

    #[test]
    fn a_message_is_of_the_service_that_stands_beside_it() {
        let text = "{\n \"logs\": [\n  {\n   \"timestamp\": \"2026-02-03T04:05:06Z\",\n   \"service\": \"tram-board\",\n\
            \x20  \"status\": \"error\",\n   \"message\": \"accept: too many open files\"\n  },\n  {\n\
            \x20  \"message\": \"nobody's\",\n   \"reason\": \"Unhealthy\"\n  }\n ]\n}\n";
        let reading = crate::intake::read(&Source {
            id: SourceId(0),
            name: "a".into(),
            origin: Origin::Paste,
            text: text.into(),
        });
        let said = reading.lines.iter().find(|l| text[l.range()].contains("too many")).unwrap();
        assert_eq!(said.service.as_deref(), Some("tram-board"));
        assert_eq!(said.level, Some(Level::Error));
        assert_eq!(said.stamp.map(|s| s.to_string()).as_deref(), Some("2026-02-03T04:05:06Z"));
        let other = reading.lines.iter().find(|l| text[l.range()].contains("nobody")).unwrap();
        assert_eq!((other.service.as_deref(), other.level), (None, None));
    }
}
