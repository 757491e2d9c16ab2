//! What is told of a container that is started again and again, and of a failure that writes several lines.
//!
//! A container's log shows its newest try alone: what that try met is told with the restarts before it, and the end
//! of the try before it is a row where its description dates it. Otherwise the last of many ends would read as the
//! first. Of the lines that one failure writes within a moment, one is a row: its wrappers and its stack say no more.

use crate::analyst::casebook::Casebook;
use crate::analyst::naming;
use crate::analyst::scope::{Block, BlockKind};
use crate::analyst::tools::kube_view::{in_trouble, owner};
use crate::domain::report::{RowKind, TimelineRow};
use crate::domain::{Citation, Claim, Evidence, Hypothesis, Stamp, Verdict};
use crate::intake::kube::{Cluster, Container, Pod};

/// Lines of one program this close together may be of one failure, in seconds.
const ONE_FAILURE_S: f64 = 1.0;

/// Ends that are told at most, the first ones.
const MOST: usize = 3;

/// How a row says that a container ended.
const ENDED: &str = " ended: exit code ";

/// True for a row that tells how a container ended.
pub fn is_end(row: &TimelineRow) -> bool {
    row.kind == RowKind::Symptom && row.what.text.starts_with("A container ") && row.what.text.contains(ENDED)
}

/// The last ends of the subject's containers, where they are in trouble now.
pub fn ends(evidence: &Evidence, cluster: &Cluster, hypotheses: &[Hypothesis]) -> Vec<TimelineRow> {
    let Some(top) = standing(hypotheses) else { return Vec::new() };
    let of = |pod: &Pod| pod.spec.containers.iter().filter_map(|c| end(evidence, top, pod, c)).collect::<Vec<_>>();
    let mut ends: Vec<TimelineRow> = troubled(evidence, cluster, top).flat_map(of).collect();
    ends.sort_by_key(|row| row.at.sort_key());
    ends.truncate(MOST);
    ends
}

fn standing(hypotheses: &[Hypothesis]) -> Option<&Hypothesis> {
    hypotheses.iter().find(|h| h.verdict != Verdict::RuledOut)
}

/// The pods of what leads that are in trouble now, or that the hypothesis itself cites.
fn troubled<'a>(evidence: &'a Evidence, cluster: &'a Cluster, top: &'a Hypothesis) -> impl Iterator<Item = &'a Pod> {
    let cited = move |pod: &Pod| {
        let line = evidence.cite(pod.at).line;
        let mut cited = top.supporting.iter().flat_map(|c| &c.citations);
        cited.any(|c| c.source == pod.at.source && c.line == line)
    };
    let of = |p: &&Pod| owner(p) == top.subject || p.name == top.subject;
    cluster.pods.iter().filter(of).filter(move |p| in_trouble(p) || cited(p))
}

/// How a container ended: the one before the present one, or the present one where that failed.
fn end(evidence: &Evidence, top: &Hypothesis, pod: &Pod, container: &Container) -> Option<TimelineRow> {
    let now = &container.state;
    let failed = now.phase.as_ref().is_some_and(|p| p.text == "Terminated")
        && now.exit_code.as_ref().is_some_and(|code| code.text != "0");
    let restarts = container.restarts.filter(|n| *n > 0);
    let (state, kind) = if failed { (now, RowKind::Symptom) } else { (&container.last, RowKind::Note) };
    let (finished, code) = (state.finished.as_ref()?, state.exit_code.as_ref()?);
    let at = state.ended_at().filter(|_| failed || restarts.is_some())?;
    let reason = state.reason.as_ref().filter(|r| !matches!(r.text.as_str(), "Error" | "Completed"));
    let why = reason.map(|r| format!(" ({})", r.text)).unwrap_or_default();
    // the list and the description may be of two moments
    let so_far = told_restarts(evidence, pod).filter(|n| Some(*n) == restarts);
    let so_far = so_far.map(|n| format!("; restarts so far: {n}")).unwrap_or_default();
    let text = format!("A container {} of {}{ENDED}{}{why}{so_far}", container.name, pod.name, code.text);
    let places = [Some(finished.at), Some(code.at), reason.map(|r| r.at), Some(pod.at)];
    let what = Claim::quoted(text, places.into_iter().flatten().map(|at| evidence.cite(at)).collect());
    Some(TimelineRow { at, service: Some(top.subject.clone()), what, kind })
}

/// The restarts of a pod whose own row tells them.
fn told_restarts(evidence: &Evidence, pod: &Pod) -> Option<u32> {
    let row = evidence.cite(pod.at).quote;
    pod.restarts.filter(|n| row.split_whitespace().any(|w| w.parse() == Ok(*n)))
}

/// Tells the restarts before what the newest container of the subject wrote.
pub fn tell_restarts(evidence: &Evidence, book: &Casebook, hypotheses: &[Hypothesis], rows: &mut [TimelineRow]) {
    let Some(top) = standing(hypotheses) else { return };
    let mut pods = troubled(evidence, &book.cluster, top).filter(|p| p.restarts.is_some_and(|n| n > 0));
    // whose log it is, `kubectl logs deploy/x` does not say where there are several
    let (Some(pod), None) = (pods.next(), pods.next()) else { return };
    let Some(restarts) = told_restarts(evidence, pod) else { return };
    let newest = |row: &TimelineRow| {
        let of_the_newest = |b: &Block| {
            let command = b.title.as_str();
            command.contains("kubectl logs") && !command.contains("--previous") && !command.contains(" -p ")
        };
        row.what.citations.first().and_then(|c| of_block(evidence, book, c, of_the_newest)) == Some(true)
    };
    let own = |row: &&mut TimelineRow| {
        row.kind == RowKind::Symptom && row.service.as_deref() == Some(top.subject.as_str()) && newest(row)
    };
    for row in rows.iter_mut().filter(own) {
        let s = if restarts == 1 { "" } else { "s" };
        row.what.text = format!("After {restarts} restart{s}: {}", row.what.text);
        row.what.citations.push(evidence.cite(pod.at));
    }
}

/// Leaves one row for what one program logged of a failure within a moment: the first that names what the others
/// name. A line that names something else is a row of its own.
pub fn in_one(evidence: &Evidence, book: &Casebook, rows: &mut Vec<TimelineRow>) {
    let logged = |row: &TimelineRow| {
        let place = row.what.citations.first();
        row.service.is_some()
            && matches!(row.kind, RowKind::Symptom | RowKind::Note)
            && place.and_then(|c| of_block(evidence, book, c, |b| b.kind == BlockKind::Logs)) == Some(true)
            && place.and_then(|c| evidence.line_of(c)).is_some_and(|l| l.stamp.is_some())
    };
    // each with whether it stands for others, and whether it may
    let mut out: Vec<(TimelineRow, bool, bool)> = Vec::new();
    for row in rows.drain(..) {
        let may = logged(&row);
        let beside = |(first, _, its): &&mut (TimelineRow, bool, bool)| {
            may && *its
                && (first.kind, &first.service) == (row.kind, &row.service)
                && near(&first.at, &row.at)
                && (names_no_more(book, first, &row) || names_no_more(book, &row, first))
        };
        match out.iter_mut().find(beside) {
            Some((first, more, _)) => {
                let spare = if names_no_more(book, first, &row) { row } else { std::mem::replace(first, row) };
                *more = true;
                let places = spare.what.citations.into_iter().filter(|c| !first.what.citations.contains(c));
                first.what.citations.extend(places.collect::<Vec<_>>());
            }
            None => out.push((row, false, may)),
        }
    }
    let told = |(mut row, more, _): (TimelineRow, bool, bool)| {
        if more && !row.what.text.contains("more lines like it") {
            row.what.text =
                format!("{}, with more lines of the same moment", row.what.text.trim_end_matches([' ', '.']));
        }
        row
    };
    rows.extend(out.into_iter().map(told));
}

fn near(first: &Stamp, other: &Stamp) -> bool {
    other.seconds_since(first).is_some_and(|s| (0.0..=ONE_FAILURE_S).contains(&s))
}

/// True where a row names no workload, address or path that the first one doesn't.
fn names_no_more(book: &Casebook, first: &TimelineRow, row: &TimelineRow) -> bool {
    let (first, text) = (first.what.text.to_lowercase(), row.what.text.to_lowercase());
    let known = |n: &String| naming::mentions(&text, &n.to_lowercase()) && !naming::mentions(&first, &n.to_lowercase());
    let marks =
        |w: &str| w.contains('/') || w.contains('@') || w.contains(':') && w.contains(|c: char| c.is_ascii_digit());
    let place = |w: &str| {
        let w = w.trim_matches(|c: char| !c.is_alphanumeric());
        marks(w) && !first.contains(w)
    };
    !book.services.keys().any(known) && !text.split_whitespace().any(place)
}

/// What is asked of the block that a place stands in.
fn of_block<T>(evidence: &Evidence, book: &Casebook, place: &Citation, ask: impl Fn(&Block) -> T) -> Option<T> {
    book.scope(evidence).block(place.source, (place.line as usize).saturating_sub(1)).map(ask)
}

#[cfg(test)]
mod tests {
    use crate::analyst::pasted::report_of;

    const LOOPING: &str = "\
$ kubectl get pods -n farm
NAME                      READY   STATUS             RESTARTS      AGE
feeder-6d8c9f7b5d-2xkqp   0/1     CrashLoopBackOff   3 (20s ago)   4m
scales-7f9d6c5b4d-8wzrt   1/1     Running            0             4m

$ kubectl describe pod feeder-6d8c9f7b5d-2xkqp -n farm
Name:             feeder-6d8c9f7b5d-2xkqp
Namespace:        farm
Start Time:       Wed, 06 May 2026 10:00:00 +0000
Controlled By:    ReplicaSet/feeder-6d8c9f7b5d
Containers:
  main:
    State:          Waiting
      Reason:       CrashLoopBackOff
    Last State:     Terminated
      Reason:       Error
      Exit Code:    3
      Started:      Wed, 06 May 2026 10:02:50 +0000
      Finished:     Wed, 06 May 2026 10:03:00 +0000
    Ready:          False
    Restart Count:  3

$ kubectl logs deploy/scales -n farm
2026-05-06T10:01:00.000Z ERROR no servers available for feeder
2026-05-06T10:01:00.200Z ERROR the chosen server is null

$ kubectl logs deploy/feeder -n farm
2026-05-06T10:03:31.000Z ERROR Access denied for user 'feed'@'10.0.0.9' (using password: YES)
2026-05-06T10:03:31.010Z ERROR Unable to open a connection for migrations
2026-05-06T10:03:31.400Z ERROR Application run failed
";

    #[test]
    fn the_newest_try_of_a_crash_loop_is_told_with_the_restarts_and_the_end_before_it_dated() {
        let report = report_of(LOOPING);
        let told: Vec<String> = report.timeline.iter().map(|r| format!("{} {}", r.at, r.what.text)).collect();
        let row = |part: &str| told.iter().find(|t| t.contains(part)).unwrap_or_else(|| panic!("{part}: {told:?}"));
        assert!(row("exit code 3").starts_with("2026-05-06T10:03:00Z A container main of feeder-"), "{told:?}");
        let denied = row("Access denied");
        assert!(denied.contains("After 3 restarts: ") && denied.ends_with("YES), with more lines of the same moment"));
        assert!(!told.iter().any(|t| t.contains("is null") || t.contains("run failed")), "{told:?}");
    }

    #[test]
    fn a_line_of_the_same_second_that_names_another_place_is_a_row_of_its_own() {
        let other = LOOPING.replace("Unable to open a connection for migrations", "broker 10.0.0.7:5672 refused");
        let told: Vec<String> = report_of(&other).timeline.into_iter().map(|r| r.what.text).collect();
        assert!(told.iter().any(|t| t.contains("10.0.0.7:5672")), "{told:?}");
    }

    #[test]
    fn a_pod_that_is_well_again_has_no_row_for_an_end_of_long_ago() {
        let well = LOOPING
            .replace("0/1     CrashLoopBackOff   3 (20s ago)   4m", "1/1     Running            3 (9h ago)    9d");
        let told: Vec<String> = report_of(&well).timeline.into_iter().map(|r| r.what.text).collect();
        assert!(!told.iter().any(|t| t.contains("exit code") || t.contains("After 3")), "{told:?}");
    }
}
