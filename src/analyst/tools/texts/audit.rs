//! What a cloud's audit log says was done, by whom and when: each event is a change. One that takes
//! something away dates the fault of what is missed later. It judges no event by itself.

use crate::analyst::casebook::{Bearing, Change, Finding};
use crate::analyst::causality::ranking;
use crate::analyst::{Casebook, naming};
use crate::domain::{Claim, Evidence, Source, Span, Stamp};

/// How the field is called that names the operation.
const NAMES: [&str; 2] = ["\"EventName\"", "\"eventName\""];
/// How the field is called that dates it.
const TIMES: [&str; 2] = ["\"EventTime\"", "\"eventTime\""];
/// How the fields end that name what it was done to.
const OBJECTS: [&str; 7] = ["Name\"", "Id\"", "Arn\"", "name\"", "Bucket\"", "bucket\"", "Key\""];
/// How far the fields of one event may stand apart, in bytes.
const APART: usize = 900;
/// The most events of one source.
const MOST: usize = 60;

/// One event.
struct Event {
    at: Stamp,
    operation: String,
    on: Option<String>,
    place: Span,
}

/// The string that a field of this name holds, in the text: its place.
fn value<'t>(text: &'t str, field: &str) -> Option<&'t str> {
    let after = text.get(text.find(field)? + field.len()..)?.trim_start().strip_prefix(':')?.trim_start();
    let inner = after.strip_prefix('"')?;
    inner.get(..inner.find('"')?)
}

fn events(source: &Source) -> Vec<Event> {
    let text: &str = &source.text;
    let mut out = Vec::new();
    for name in NAMES {
        for (at, _) in text.match_indices(name).take(MOST) {
            let before = text.get(..at).unwrap_or("");
            let start = before.rfind('{').unwrap_or(0);
            let mut end = (at + APART).min(text.len());
            while !text.is_char_boundary(end) {
                end -= 1;
            }
            let rest = text.get(at..end).unwrap_or("");
            // the next event's fields are not this one's
            let own = rest
                .match_indices(name)
                .nth(1)
                .map_or(rest.len(), |(next, _)| rest.get(..next).map_or(next, |r| r.rfind('{').unwrap_or(next)));
            let Some(object) = text.get(start..at + own) else { continue };
            let time = TIMES.iter().find_map(|t| value(object, t)).and_then(|t| t.parse::<Stamp>().ok());
            let (Some(stamp), Some(operation)) = (time, value(object, name)) else { continue };
            let line = rest.find('\n').unwrap_or(rest.len());
            let kept = rest.get(..line).map_or(0, |l| l.trim_end_matches([',', ' ', '\r']).len());
            out.push(Event {
                at: stamp,
                operation: operation.to_owned(),
                on: object_of(object.get(object.find(name).unwrap_or(0) + name.len()..).unwrap_or("")),
                place: Span::new(source.id, at..at + kept),
            });
        }
    }
    out
}

/// What the operation was done to: the first field that names something and no person.
fn object_of(rest: &str) -> Option<String> {
    let fields = OBJECTS.into_iter().flat_map(|end| {
        rest.match_indices(end).filter_map(move |(at, m)| {
            let key = rest.get(..at).and_then(|b| b.rfind('"')).and_then(|q| rest.get(q + 1..at + m.len() - 1))?;
            let person = ["Username", "userName", "EventName", "eventName", "EventId"].contains(&key);
            let said = rest.get(at..).and_then(|r| value(r, m));
            (!person).then_some((at, said))
        })
    });
    let (_, named) = fields.filter_map(|(at, v)| Some((at, v?))).min_by_key(|(at, _)| *at)?;
    let name = if named.starts_with("arn:") { of_arn(named) } else { named };
    naming::is_name(name).then(|| name.to_owned())
}

/// The name at the end of an ARN; behind a balancer's and a target group's name stands an id.
fn of_arn(arn: &str) -> &str {
    let mut parts = arn.rsplit([':', '/']);
    let last = parts.next().unwrap_or(arn);
    let id = last.len() == 16 && last.bytes().all(|b| b.is_ascii_hexdigit());
    if id { parts.next().unwrap_or(last) } else { last }
}

/// The families of faults that an operation of this name can bring.
fn brings(operation: &str) -> &'static [&'static str] {
    let has = |words: &[&str]| words.iter().any(|w| operation.contains(w));
    if has(&["Policy", "SecurityGroup", "Grant", "FromGroup", "AccessKey", "NetworkAcl"]) {
        return &["permission_denied.", "network_policy_block.", "invalid_credentials."];
    }
    if has(&["Delete", "Terminate", "Deregister", "Remove", "Lifecycle", "Schedule", "Expire"]) {
        return &["expired_or_deleted_resource.", "missing_secret.", "missing_config.", "image_pull.", "dns_failure."];
    }
    if has(&["TargetGroup", "HealthCheck", "Listener"]) {
        return &["probe_misconfig.", "service_misroute.", "config_error.", "config_error.certificate_mismatch"];
    }
    if has(&["Create", "Run", "Start", "Scal", "Modify", "Update", "Put", "Enable"]) {
        return &["capacity_limit.", "rate_limit.", "quota_exceeded.", "traffic_spike.", "config_error."];
    }
    &[]
}

/// What the change before it adds.
const BEFORE: f64 = 0.8;

/// Writes down the events, and dates by them what they brought.
pub fn read(evidence: &Evidence, book: &mut Casebook) {
    let mut all: Vec<Event> = Vec::new();
    for source in evidence.sources.iter().filter(|s| NAMES.iter().any(|n| s.text.contains(n))) {
        all.extend(events(source));
    }
    let ranks = ranking(book);
    let Some((subject, playbook, _)) = ranks.iter().find(|(_, _, w)| *w > 0.0) else { return };
    let dated = book.findings.iter().filter(|f| f.subject == *subject && f.playbook == *playbook).filter_map(|f| f.at);
    let seen = dated.min_by_key(Stamp::sort_key);
    // the last one that can have brought it, and was done before it was seen
    let early = |e: &&Event| seen.is_none_or(|s| s.seconds_since(&e.at).is_some_and(|gap| gap >= 0.0));
    let fits = |e: &&Event| brings(&e.operation).iter().any(|family| playbook.starts_with(family));
    let brought = all.iter().filter(fits).filter(early).max_by_key(|e| e.at.sort_key());
    if let Some(event) = brought {
        let cited = evidence.cite(event.place);
        let text = format!("The audit log has this before it was seen: “{}”", cited.quote);
        book.findings.push(Finding {
            tool: super::correlate_timeline::TOOL.name,
            subject: subject.clone(),
            subject_kind: naming::kind_of(subject),
            playbook: playbook.clone(),
            bearing: Bearing::Change,
            weight: BEFORE,
            mechanism: String::new(),
            claim: Claim::quoted(text, vec![cited]),
            at: Some(event.at),
        });
    }
    for event in &all {
        let Some(on) = event.on.clone() else { continue };
        book.changes.push(Change::told(Some(event.at), on, evidence.cite(event.place)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Origin, SourceId};

    #[test]
    fn an_arn_ends_in_a_name_or_in_a_name_and_an_id() {
        assert_eq!(of_arn("arn:aws:lambda:eu-west-1:1:function:invoice"), "invoice");
        assert_eq!(of_arn("arn:aws:elasticloadbalancing:eu-west-3:1:targetgroup/portal/7d0c41aa93be6f20"), "portal");
    }

    #[test]
    fn an_event_has_its_own_time_operation_and_object() {
        let text = r#"{"Events": [
 {"EventTime": "2026-02-27T15:40:18Z",
  "EventName": "PutBucketVersioning", "Username": "ops-bot",
  "Resources": [{"ResourceName": "invoices-raw"}]},
 {"EventTime": "2026-02-27T16:00:00Z",
  "EventName": "DeleteQueue", "Username": "ann", "RequestParameters": {"queueArn": "arn:aws:sqs:x:1:dunning"}}
]}"#;
        let all = events(&Source { id: SourceId(0), name: "a".into(), origin: Origin::Paste, text: text.into() });
        let told: Vec<(String, &str, Option<&str>)> =
            all.iter().map(|e| (e.at.to_string(), e.operation.as_str(), e.on.as_deref())).collect();
        assert_eq!(
            told,
            [
                ("2026-02-27T15:40:18Z".to_owned(), "PutBucketVersioning", Some("invoices-raw")),
                ("2026-02-27T16:00:00Z".to_owned(), "DeleteQueue", Some("dunning"))
            ]
        );
        assert!(brings("DeleteQueue").contains(&"expired_or_deleted_resource.") && brings("ListKeys").is_empty());
    }
}
