//! One payload → its facts.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::domain::{Span, Stamp};
use crate::intake::kube::workload_of;
use crate::intake::logline::stamp_of;

use super::keys::{ANNOTATIONS, CORES, LABELS, SERVICE, SEVERITY, START, STATUS, SURE, TITLE};

/// What an alert states.
#[derive(Debug, Clone, PartialEq)]
pub struct AlertFact {
    /// Its title or name.
    pub title: String,
    /// Its severity in its own word.
    pub severity: Option<String>,
    /// The service it names.
    pub service: Option<String>,
    /// The workload it is about, where that is not the service (an exporter speaks of a pod).
    pub subject: Option<String>,
    /// The namespace it names.
    pub namespace: Option<String>,
    /// When it began.
    pub start: Option<Stamp>,
    /// When it ended; `None` while it is firing.
    pub end: Option<Stamp>,
    /// `firing`, `resolved` and so on, in its own word.
    pub status: Option<String>,
    /// What it says in prose.
    pub text: Option<String>,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Its annotations.
    pub annotations: BTreeMap<String, String>,
    /// The payload.
    pub span: Span,
    /// Where the title stands.
    pub title_span: Option<Span>,
    /// Where the start stands.
    pub start_span: Option<Span>,
}

type Object = Map<String, Value>;

/// The facts of a payload; `sure` where it is known to be an alert, else it must look like one.
pub(super) fn facts(text: &str, span: Span, sure: bool) -> Vec<AlertFact> {
    let Ok(value) = serde_json::from_str::<Value>(text) else { return Vec::new() };
    let objects: Vec<&Object> = match &value {
        Value::Object(object) => vec![object],
        Value::Array(items) => items.iter().filter_map(Value::as_object).take(200).collect(),
        _ => Vec::new(),
    };
    objects.into_iter().flat_map(|object| of_object(object, text, span, sure)).collect()
}

fn of_object(object: &Object, text: &str, span: Span, sure: bool) -> Vec<AlertFact> {
    // a notification topic wraps the alarm as text
    if let Some(inner) = object.get("Message").and_then(Value::as_str)
        && let Ok(Value::Object(inner)) = serde_json::from_str::<Value>(inner)
    {
        return of_object(&inner, text, span, sure);
    }
    let mut layers: Vec<&Object> = vec![object];
    dig(object, &mut layers, 0);
    let group = layers.iter().find_map(|l| l.get("alerts").or(l.get("messages")).and_then(Value::as_array));
    let members: Vec<&Object> = group.into_iter().flatten().filter_map(Value::as_object).take(200).collect();
    if !sure && !looks_like_alert(&[&layers[..], &members[..]].concat()) {
        return Vec::new();
    }
    let fact = |layers: &[&Object]| fact(layers, text, span, object);
    match members.as_slice() {
        [] => fact(&layers).into_iter().collect(),
        // the group's own title speaks for its only member
        [only] => fact(&[&layers[..], &[*only]].concat()).into_iter().collect(),
        many => many.iter().filter_map(|member| fact(&[&[*member], &layers[..]].concat())).collect(),
    }
}

/// The objects that hold the alert, from the outermost in.
fn dig<'a>(object: &'a Object, layers: &mut Vec<&'a Object>, depth: u8) {
    for inner in CORES.iter().filter_map(|key| object.get(*key)).filter_map(Value::as_object) {
        if depth < 3 && layers.len() < 8 {
            layers.push(inner);
            dig(inner, layers, depth + 1);
        }
    }
}

/// A title, and a severity, a status or labels beside it.
fn looks_like_alert(layers: &[&Object]) -> bool {
    let has = |keys: &[&str]| layers.iter().any(|l| keys.iter().any(|k| l.contains_key(*k)));
    let named =
        has(&["alertname", "alert_name", "AlarmName", "commonLabels", "groupLabels", "aggregation_key", "alert_type"]);
    let labelled = layers.iter().any(|l| {
        LABELS.iter().any(|k| l.get(*k).and_then(Value::as_object).is_some_and(|l| l.contains_key("alertname")))
    });
    let incident = has(&["incident_key", "dedup_key", "routing_key", "monitor_id"])
        || (has(&["priority"]) && has(&["finding_type"]));
    named || labelled || incident
}

fn fact(layers: &[&Object], text: &str, span: Span, whole: &Object) -> Option<AlertFact> {
    let labels = gather(layers, &LABELS);
    let annotations = gather(layers, &ANNOTATIONS);
    let direct = |keys: &[&str]| {
        keys.iter().find_map(|key| layers.iter().filter_map(|l| l.get(*key)).find_map(scalar).filter(|v| !v.is_empty()))
    };
    let named = |keys: &[&str]| {
        let from = |map: &BTreeMap<String, String>| keys.iter().find_map(|k| map.get(*k).cloned());
        from(&labels).or_else(|| direct(keys)).or_else(|| from(&annotations))
    };
    let title = direct(&TITLE).or_else(|| labels.get("alertname").cloned());
    // an alert's name may stand in its labels alone; a sentence about it is no title then
    let named_in_labels = labels.get("alertname").filter(|_| direct(TITLE.get(..10).unwrap_or(&[])).is_none());
    let title = named_in_labels.cloned().or(title)?;
    let severity = direct(&SEVERITY[..2]).or_else(|| labels.get("severity").cloned()).or_else(|| named(&SEVERITY));
    let service = service(layers, &labels, &annotations);
    let subject = subject(&labels, service.as_deref());
    let start_text = direct(&START).or_else(|| earliest_evidence(whole));
    let start = start_text.as_deref().and_then(stamp_of);
    let end = direct(&["endsAt", "ends_at", "resolved_at", "end_time"]).as_deref().and_then(stamp_of);
    let place = |needle: &str| place(text, needle, span);
    Some(AlertFact {
        title_span: place(&title),
        start_span: start_text.as_deref().and_then(place),
        title,
        severity,
        service,
        subject,
        namespace: named(&["namespace", "kube_namespace", "subject_namespace"]),
        start,
        // a year 1 end means: still firing
        end: end.filter(|e| !e.to_string().starts_with("0001")),
        status: direct(&STATUS),
        text: annotations
            .get("description")
            .or(annotations.get("summary"))
            .cloned()
            .or_else(|| direct(&["description", "message", "text", "body", "NewStateReason"])),
        labels,
        annotations,
        span,
    })
}

/// The service of an alert: of its labels, of itself, of its annotations, of its subject.
fn service(
    layers: &[&Object],
    labels: &BTreeMap<String, String>,
    annotations: &BTreeMap<String, String>,
) -> Option<String> {
    let direct = |key: &str| {
        layers.iter().filter_map(|l| l.get(key)).find_map(|v| match v {
            Value::Object(inner) => inner.get("name").or(inner.get("summary")).and_then(scalar),
            other => scalar(other),
        })
    };
    let subject = layers.iter().find_map(|l| l.get("subject")?.get("name").and_then(scalar));
    let fits = |v: &String| !v.is_empty() && v.len() <= 120;
    // keys that name a service wherever they stand come before keys that may name anything
    let (sure, loose) = SERVICE.split_at(SURE);
    let of = |keys: &'static [&'static str]| {
        let in_map = |map: &BTreeMap<String, String>| {
            keys.iter().find_map(|k| map.get(*k).filter(|v| fits(v)).map(|v| (*k, v.clone())))
        };
        in_map(labels)
            .or_else(|| keys.iter().find_map(|k| direct(k).filter(fits).map(|v| (*k, v))))
            .or_else(|| in_map(annotations))
    };
    let found = of(sure).or_else(|| of(loose));
    let (key, value) = match (found, subject) {
        (Some((key, value)), _) if sure.contains(&key) => (key, value),
        (_, Some(subject)) => ("pod", subject),
        (found, None) => found?,
    };
    Some(if key.starts_with("pod") { workload_of(&value).to_owned() } else { value })
}

/// The workload an exporter's alert is about.
fn subject(labels: &BTreeMap<String, String>, service: Option<&str>) -> Option<String> {
    let keys = ["deployment", "statefulset", "daemonset", "pod", "job_name", "container", "node"];
    let found = keys
        .iter()
        .find_map(|k| labels.get(*k).map(|v| if *k == "pod" { workload_of(v).to_owned() } else { v.clone() }));
    found.filter(|f| Some(f.as_str()) != service)
}

/// The string pairs of the named objects of all layers; the first layer that has a key wins. A list
/// of `key:value` texts or of `{name, value}` objects counts as an object.
fn gather(layers: &[&Object], names: &[&str]) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut put = |key: &str, value: String| {
        found.entry(key.to_owned()).or_insert(value);
    };
    for value in names.iter().flat_map(|n| layers.iter().filter_map(move |l| l.get(*n))) {
        match value {
            Value::Object(map) => map.iter().for_each(|(k, v)| scalar(v).into_iter().for_each(|v| put(k, v))),
            Value::Array(items) => {
                for item in items {
                    let pair = item.as_str().and_then(|s| s.split_once(':'));
                    if let Some((key, value)) = pair {
                        put(key, value.to_owned());
                    } else if let (Some(key), Some(value)) =
                        (item.get("name").and_then(scalar), item.get("value").and_then(scalar))
                    {
                        put(&key, value);
                    }
                }
            }
            Value::String(tags) => {
                tags.split(',').filter_map(|t| t.trim().split_once(':')).for_each(|(k, v)| put(k, v.to_owned()));
            }
            _ => {}
        }
    }
    found
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(s) => Some(s.clone()),
        Value::Number(n) => Some(n.to_string()),
        _ => None,
    }
}

/// The first stamp of the evidence that a payload carries with it.
fn earliest_evidence(whole: &Object) -> Option<String> {
    let evidence = whole.get("evidence")?.as_object()?;
    let stamps =
        evidence.values().filter_map(Value::as_array).flatten().filter_map(|v| v.get("timestamp").and_then(scalar));
    stamps.filter(|s| stamp_of(s).is_some()).min_by_key(|s| stamp_of(s).map(|s| s.sort_key()))
}

/// Where a value stands in the payload's text.
fn place(text: &str, value: &str, span: Span) -> Option<Span> {
    let quoted = serde_json::to_string(value).ok()?;
    let inner = quoted.get(1..quoted.len().saturating_sub(1)).filter(|i| !i.is_empty())?;
    let at = text.find(inner)?;
    Some(Span { source: span.source, start: span.start + at, end: span.start + at + inner.len() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::SourceId;

    fn one(text: &str) -> AlertFact {
        let mut all = facts(text, Span::new(SourceId(0), 0..text.len()), false);
        assert_eq!(all.len(), 1, "{all:?}");
        all.remove(0)
    }

    fn told(fact: &AlertFact) -> (&str, Option<&str>, Option<&str>, Option<String>, Option<&str>) {
        let start = fact.start.map(|s| s.to_string());
        (&fact.title, fact.severity.as_deref(), fact.service.as_deref(), start, fact.status.as_deref())
    }

    #[test]
    fn each_vendor_is_read_for_the_same_things() {
        let start = Some("2026-06-02T09:12:00Z".to_owned());
        for text in [
            r#"{"receiver":"team","alerts":[{"status":"firing","labels":{"alertname":"Slow","severity":"critical","service":"cart"},"startsAt":"2026-06-02T09:12:00Z"}]}"#,
            r#"{"title":"Slow","state":"firing","alert_type":"metric","severity":"critical","tags":"env:prod,service:cart","date":1780391520000}"#,
            r#"{"event":{"event_type":"incident.triggered","occurred_at":"2026-06-02T09:12:00Z","data":{"title":"Slow","status":"firing","severity":"critical","service":{"summary":"cart"},"incident_key":"x"}}}"#,
            r#"{"alert":{"message":"Slow","priority":"critical","entity":"cart","createdAt":1780391520000,"status":"firing","alertId":"1"},"routing_key":"x"}"#,
        ] {
            assert_eq!(
                told(&one(text)),
                ("Slow", Some("critical"), Some("cart"), start.clone(), Some("firing")),
                "{text}"
            );
        }
    }

    #[test]
    fn a_cloud_alarm_inside_a_notification_is_read() {
        let inner = r#"{"AlarmName":"cpu-high","NewStateValue":"ALARM","StateChangeTime":"2026-06-02T09:12:00.000+0000","Trigger":{"Dimensions":[{"name":"ServiceName","value":"cart"}]}}"#;
        let text = serde_json::json!({ "Type": "Notification", "Message": inner }).to_string();
        let fact = one(&text);
        assert_eq!((fact.title.as_str(), fact.status.as_deref()), ("cpu-high", Some("ALARM")));
        assert_eq!(fact.start.map(|s| s.to_string()).as_deref(), Some("2026-06-02T09:12:00Z"));
    }

    #[test]
    fn each_member_of_a_group_is_an_alert() {
        let text = r#"{"commonLabels":{"severity":"warning"},"alerts":[{"labels":{"alertname":"A","pod":"cart-7d9f8b6c5-x2x9k"}},{"labels":{"alertname":"B"}}]}"#;
        let all = facts(text, Span::new(SourceId(0), 0..text.len()), false);
        let titles: Vec<&str> = all.iter().map(|f| f.title.as_str()).collect();
        assert_eq!((titles, all[0].service.as_deref()), (vec!["A", "B"], Some("cart")));
        assert!(all.iter().all(|f| f.severity.as_deref() == Some("warning")));
    }

    #[test]
    fn other_objects_are_no_alerts() {
        for text in [r#"{"name":"cart","replicas":3}"#, r#"{"items":[{"kind":"Pod"}]}"#, "{\"a\":"] {
            assert_eq!(facts(text, Span::new(SourceId(0), 0..text.len()), false), vec![], "{text}");
        }
    }
}
