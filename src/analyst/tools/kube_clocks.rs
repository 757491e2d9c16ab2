//! Hosts whose clock is out of step: one of several that were asked at once gives another time, or what keeps its
//! clock has nothing to keep it by. Which of two clocks is wrong nobody knows from the two alone.

use crate::analyst::casebook::Bearing;
use crate::analyst::{Casebook, Knowledge};
use crate::domain::{Evidence, Span, SubjectKind};
use crate::intake::kube::{Clock, ClockSaid, Cluster};

use super::kube_notes::{Draft, Notes, on_cluster};
use super::{Observation, Tool};

/// The tool.
pub const TOOL: Tool = Tool {
    name: "clocks",
    question: "Is a host's clock out of step with the others?",
    applies: |_, book| !book.cluster.clocks.is_empty(),
    arguments: |_, book| serde_json::json!({ "readings": book.cluster.clocks.len() }),
    run,
};

/// Answers to one question come so much apart at most where each is asked in its turn, in seconds.
const ASKED_WITHIN_S: f64 = 20.0;
const DAY_S: f64 = 86_400.0;

fn run(evidence: &Evidence, book: &mut Casebook, _: &Knowledge) -> Observation {
    on_cluster(evidence, book, TOOL.name, read)
}

fn read(cluster: &Cluster, notes: &mut Notes<'_>) {
    let mut done: Vec<&str> = Vec::new();
    for clock in &cluster.clocks {
        let host = clock.host.as_str();
        if done.contains(&host) {
            continue;
        }
        done.push(host);
        let kept = || cluster.clocks.iter().filter(|c| c.host == host);
        let loose = kept().find(|c| matches!(c.said, ClockSaid::Off | ClockSaid::Unsynchronised));
        let apart = odd(cluster, host, loose.is_some());
        let (weight, mechanism, at) = match (&apart, loose) {
            (Some(odd), Some(loose)) => {
                (6.0, format!("{}; {}", odd.told, keeper(loose)), [&odd.at[..], &[loose.at]].concat())
            }
            (Some(odd), None) => (5.0, odd.told.clone(), odd.at.clone()),
            (None, Some(loose)) => (3.0, keeper(loose), vec![loose.at]),
            (None, None) => continue,
        };
        let text = format!("{host}: {mechanism}");
        let (kind, bearing, playbook) = (SubjectKind::Node, Bearing::Stated, "clock_skew.drift");
        notes.find(Draft { subject: host, kind, playbook, bearing, weight, text, at: &at, mechanism });
    }
}

fn keeper(clock: &Clock) -> String {
    format!("what keeps its time says “{}”", clock.text)
}

/// A host that gives another time than the others.
struct Odd {
    told: String,
    at: Vec<Span>,
}

/// One against at least two that agree; against a single other one only where its own keeper disowns it.
fn odd(cluster: &Cluster, host: &str, disowned: bool) -> Option<Odd> {
    let reads = |c: &Clock| match c.said {
        ClockSaid::Reads { seconds, asked, utc } => Some((seconds, asked, utc)),
        ClockSaid::Off | ClockSaid::Unsynchronised | ClockSaid::Synchronised => None,
    };
    let own = cluster.clocks.iter().find(|c| c.host == host && reads(c).is_some())?;
    let (seconds, asked, utc) = reads(own)?;
    let same =
        |c: &&Clock| reads(c).is_some_and(|(_, at, zone)| at == asked && zone == utc) && c.at.source == own.at.source;
    let others: Vec<&Clock> = cluster.clocks.iter().filter(|c| c.host != host).filter(same).collect();
    let first = others.first().and_then(|c| reads(c))?.0;
    let agree = others.iter().all(|c| reads(c).is_some_and(|(s, ..)| between(s, first) <= ASKED_WITHIN_S));
    if !utc || !agree || between(seconds, first) <= ASKED_WITHIN_S || others.len() < 2 && !disowned {
        return None;
    }
    let names: Vec<&str> = others.iter().take(2).map(|c| c.host.as_str()).collect();
    let other = others.first()?.text.as_str();
    let verb = if names.len() == 1 { "reads" } else { "read" };
    let way = if ahead(seconds, first) { "ahead" } else { "behind" };
    let told = format!("it is {way}, and reads {} where {} {verb} {other}", own.text, names.join(" and "));
    let at = std::iter::once(own.at).chain(others.iter().take(2).map(|c| c.at)).collect();
    Some(Odd { told, at })
}

/// Seconds between two times of day, over midnight where that is nearer.
fn between(a: f64, b: f64) -> f64 {
    let apart = (a - b).abs();
    apart.min(DAY_S - apart)
}

/// True where the first time of day is the later one, over midnight where that is nearer.
fn ahead(a: f64, b: f64) -> bool {
    (a - b).rem_euclid(DAY_S) < DAY_S / 2.0
}

#[cfg(test)]
mod tests {
    use crate::analyst::pasted::report_of;

    #[test]
    fn the_way_is_the_nearer_one_over_midnight() {
        assert!(super::ahead(400.0, 86_398.0) && !super::ahead(86_398.0, 400.0));
        assert!(!super::ahead(36_000.0, 36_411.0));
    }

    fn told(times: &str, keeper: &str) -> Option<(String, String)> {
        let text = format!(
            "Logins bounce now and then.\n\n$ for h in wall-1 wall-2 wall-3; do echo \"$h $(ssh $h date -u +%T)\"; done\n{times}\n$ ssh wall-3 chronyc tracking\nStratum         : 3\nSystem time     : {keeper} slow of NTP time\nLeap status     : Normal\n"
        );
        let first = report_of(&text).hypotheses.into_iter().next()?;
        Some((first.subject, first.playbook))
    }

    #[test]
    fn one_clock_that_differs_from_all_others_is_out_of_step() {
        let found = told("wall-1 23:59:58\nwall-2 23:59:59\nwall-3 00:06:40\n", "0.000002 seconds");
        assert_eq!(found, Some(("wall-3".to_owned(), "clock_skew.drift".to_owned())));
    }

    #[test]
    fn clocks_that_agree_accuse_nobody_and_a_keeper_that_is_seconds_off_does() {
        let none = told("wall-1 23:59:58\nwall-2 23:59:59\nwall-3 00:00:01\n", "0.000002 seconds");
        assert!(none.is_none_or(|(_, playbook)| playbook != "clock_skew.drift"));
        let off = told("wall-1 23:59:58\nwall-2 23:59:59\nwall-3 00:00:01\n", "412.1 seconds");
        assert_eq!(off, Some(("wall-3".to_owned(), "clock_skew.drift".to_owned())));
    }
}
