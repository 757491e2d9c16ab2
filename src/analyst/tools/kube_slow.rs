//! Whose slowness the others' is an effect of: the node that the slow services stand on, or the slow service
//! that the others wait for. One cause is one hypothesis: who is slow as well is told beside it, and suspected
//! of nothing of its own.

use crate::analyst::Casebook;
use crate::analyst::casebook::{Bearing, Edge};
use crate::domain::{Citation, Span, SubjectKind};

use super::kube_alerts::{Anomaly, Slowness, disk_bound, is_loss, memory_used_up, percent, throttled_at_limit};
use super::kube_notes::{Draft, Notes};
use super::kube_view::kind_of;
use super::monitor_words::told;

/// A service whose weight is this much less than the first one's is slow with it.
const BESIDE: f64 = 1.0;
/// Names of a list at most.
const NAMED: usize = 8;

/// Slowness or loss that follows a node: services that suffer stand on one node, and a node reports bad network
/// quality. Answers the node.
pub(super) fn node_wide(book: &Casebook, all: &[Anomaly], slow: &[Slowness], notes: &mut Notes<'_>) -> Option<String> {
    let quality: Vec<&Anomaly> =
        all.iter().filter(|a| a.of == "Node" && a.text.starts_with("NETWORK_QUALITY")).collect();
    let first = quality.first()?;
    let place = |service: &str| {
        let pod = book.cluster.pods_of(service).next()?;
        Some((pod.node.as_ref()?.text.clone(), pod.at))
    };
    let suffers = |a: &&Anomaly| a.text.starts_with("ERROR_SPIKE") || a.text.contains("Data Vanished");
    let mut suffering: Vec<&str> = slow.iter().map(|s| s.name.as_str()).collect();
    suffering.extend(all.iter().filter(suffers).map(|a| a.name.as_str()));
    suffering.sort_unstable();
    suffering.dedup();
    let mut counts: Vec<(String, usize, Vec<Span>)> = Vec::new();
    for (node, at) in suffering.iter().filter_map(|s| place(s)) {
        match counts.iter_mut().find(|(n, ..)| *n == node) {
            Some((_, count, places)) => {
                *count += 1;
                places.push(at);
            }
            None => counts.push((node, 1, vec![at])),
        }
    }
    // A report about the node itself weighs as much as one and a half services on it.
    let most = counts
        .iter()
        .max_by_key(|(node, count, _)| count * 2 + 3 * usize::from(quality.iter().any(|q| q.name == *node)));
    let node = most.map_or_else(|| first.name.clone(), |(node, ..)| node.clone());
    let report = quality.iter().find(|q| q.name == node).unwrap_or(first);
    let mut at = vec![report.at, report.named_at];
    at.extend(most.into_iter().flat_map(|(_, _, places)| places.iter().copied()));
    let lossy = report.text.to_ascii_lowercase().contains("loss") || report.text.contains("DROP");
    let playbook = if lossy { "network_loss.node" } else { "network_delay.node" };
    let (on_it, elsewhere): (Vec<&str>, Vec<&str>) =
        suffering.iter().partition(|s| place(s).is_some_and(|(on, _)| on == node));
    let calls_there = |e: &&Edge| place(&e.callee).is_some_and(|(on, _)| on == node);
    let called: Vec<&Edge> =
        book.edges.iter().filter(|e| elsewhere.contains(&&*e.caller)).filter(calls_there).collect();
    let callers: Vec<&str> = elsewhere.iter().filter(|n| called.iter().any(|e| e.caller == **n)).copied().collect();
    // the slowest first: only where those stand on it do those that suffer most
    let slowest = slow.iter().max_by(|a, b| a.now.total_cmp(&b.now)).map(|s| s.name.as_str());
    // and who fails altogether, or is so starved that nothing is left to measure, suffers more than who is slow
    let cut_off = |name: &&str| all.iter().filter(suffers).any(|a| a.name == **name);
    let most =
        slowest.is_none_or(|s| on_it.contains(&s)) && on_it.len() > elsewhere.len() && !elsewhere.iter().any(cut_off);
    // who sends again is the one that reports it, and the loss may be the other's
    let other = if report.name == node { "" } else { ", which may be sending to it," };
    let (at_it, reports) = (&report.name, told(&report.text));
    let mechanism = if most {
        format!("the services that suffer most stand on {node}, and {at_it}{other} reports {reports}")
    } else {
        for name in &callers {
            at.extend(called.iter().find(|e| e.caller == *name).map(|e| place_of(&e.observed)));
        }
        let listed = |lead: String, names: &[&str]| match names {
            [] => String::new(),
            names => format!("; {lead}: {}", list(names)),
        };
        let there = listed(format!("suffering on {node}"), &on_it);
        let calling = listed(format!("suffering elsewhere and calling services on {node}"), &callers);
        format!("{at_it}{other} reports {reports}{there}{calling}")
    };
    let text = mechanism.clone();
    let kind = SubjectKind::Node;
    notes.find(Draft {
        subject: &node,
        kind,
        playbook,
        bearing: Bearing::Stated,
        weight: 5.0,
        text,
        at: &at,
        mechanism,
    });
    Some(node)
}

/// The slow service whose slowness the others' follows from.
pub(super) fn slowest(
    book: &Casebook,
    all: &[Anomaly],
    slow: &[Slowness],
    by_node: Option<String>,
    notes: &mut Notes<'_>,
) {
    let ranked = Ranked::of(book, all, slow, by_node.is_some());
    let weighed: Vec<f64> = slow.iter().map(|s| ranked.weigh(s)).collect();
    let first = weighed.iter().copied().fold(f64::MIN, f64::max);
    let leads = slow.iter().zip(&weighed).filter(|(_, weight)| **weight >= first);
    let longest = leads.map(|(s, _)| s.half.unwrap_or(s.now)).fold(0.0, f64::max);
    for (s, weight) in slow.iter().zip(weighed) {
        let loss = all.iter().find(|a| a.name == s.name && is_loss(&a.text));
        let behind = ranked.behind(s);
        // who waits for the first waits at least as long as it takes: what is slow in every request and answers
        // sooner is slow of itself
        let of_itself = s.half.is_some_and(|half| half < longest) && behind.is_none();
        if loss.is_none() && !of_itself && weight < first - BESIDE {
            continue;
        }
        let at: Vec<Span> = s.at.iter().copied().chain(loss.map(|a| a.at)).collect();
        let playbook = if loss.is_some() { "network_loss.packets" } else { "network_delay.latency" };
        let mechanism = mechanism(book, all, s, loss, behind);
        notes.find(Draft {
            subject: &s.name,
            kind: kind_of(&s.name),
            playbook,
            bearing: Bearing::Position,
            weight,
            text: format!("{} answers slowly: {}", s.name, s.words),
            at: &at,
            mechanism: mechanism.clone(),
        });
        if weight >= first && loss.is_none() {
            as_well(book, s, playbook, slow, &mechanism, notes);
        }
    }
}

/// Why the network is suspected of a slow service, and what is not known of it.
fn mechanism(
    book: &Casebook,
    all: &[Anomaly],
    s: &Slowness,
    loss: Option<&Anomaly>,
    behind: Option<&Slowness>,
) -> String {
    let went = format!("its {}", s.words.replacen(" from ", " went from ", 1));
    // why the network and not the service: said beside what is not known
    let alone =
        if is_unloaded(all, &s.name) { ", and the monitor reports nothing of its own CPU, memory or disk" } else { "" };
    match (behind, loss) {
        (None, Some(loss)) => {
            format!("its connections drop packets or send them again ({})", told(&loss.text))
        }
        (Some(o), _) => format!("{went}, and that of {}, which it calls, went up as well", o.name),
        (None, None) if !book.edges.iter().any(|e| e.caller == s.name) => {
            format!(
                "{went}{alone}; no measure of the network itself is in the evidence, and whom it calls is not shown"
            )
        }
        (None, None) => format!("{went}, and none of the services that it calls is slow by itself"),
    }
}

/// The slow services beside each other.
struct Ranked<'a> {
    book: &'a Casebook,
    all: &'a [Anomaly],
    slow: &'a [Slowness],
    by_node: bool,
    /// A service of which every request is slow, not only some.
    every_request: bool,
    /// Of none it is known which of its requests are slow.
    none_known: bool,
    /// The highest rate of growth.
    top: f64,
}

impl<'a> Ranked<'a> {
    fn of(book: &'a Casebook, all: &'a [Anomaly], slow: &'a [Slowness], by_node: bool) -> Self {
        let every_request = slow.iter().any(|s| s.median.is_some());
        let none_known = slow.iter().all(|s| s.median.is_none() && s.tail.is_none());
        let mut ranked = Self { book, all, slow, by_node, every_request, none_known, top: 0.0 };
        ranked.top = slow.iter().map(|s| ranked.rate(s)).fold(0.0, f64::max);
        ranked
    }

    /// By how much it grew: of every request before some.
    fn rate(&self, s: &Slowness) -> f64 {
        if self.none_known {
            // A caller waits at least as long as the one that it calls: the shortest is furthest downstream.
            1000.0 / s.now.max(1.0)
        } else if self.every_request {
            s.median.unwrap_or(0.0)
        } else {
            s.tail.unwrap_or(0.0)
        }
    }

    fn calls(&self, s: &Slowness, callee: &str) -> bool {
        self.book.edges.iter().any(|e| e.caller == s.name && e.callee == callee)
    }

    /// Another slow one that it calls.
    fn behind(&self, s: &Slowness) -> Option<&'a Slowness> {
        self.slow.iter().find(|o| o.name != s.name && self.calls(s, &o.name))
    }

    fn weigh(&self, s: &Slowness) -> f64 {
        let (own, top, all) = (self.rate(s), self.top, self.all);
        let mut weight: f64 = if top > 0.0 && own >= top { 4.0 } else { 1.0 + 1.5 * (own / top.max(1.0)) };
        if self.behind(s).is_some() {
            weight = weight.min(1.5);
        } else if self.slow.iter().any(|o| self.calls(o, &s.name)) {
            weight = weight.max(4.0);
        }
        let of_cores = |a: &Anomaly| a.name == s.name && a.text.contains("[cpu core]");
        if all.iter().any(|a| of_cores(a) && percent(&a.text).unwrap_or(0.0) > 120.0) {
            weight -= 2.0;
        }
        if self.by_node {
            weight -= 2.0;
        }
        let loses = |a: &Anomaly| a.of != "Node" && is_loss(&a.text) && self.calls(s, &a.name);
        if all.iter().any(loses) {
            weight = weight.min(1.5);
        }
        let of_its_own = disk_bound(all, &s.name)
            || memory_used_up(all, &s.name)
            || throttled_at_limit(self.book, all, &s.name).is_some();
        if of_its_own { weight - 2.5 } else { weight }
    }
}

/// True where the same monitor reports nothing of what the service has of its own: what else would make it slow is
/// not seen.
fn is_unloaded(all: &[Anomaly], name: &str) -> bool {
    const EFFECTS: &[&str] = &["LATENCY_", "THROUGHPUT_", "TRAFFIC_"];
    all.iter().filter(|a| a.name == name).all(|a| EFFECTS.iter().any(|e| a.text.starts_with(e)))
}

/// Who is slow beside the first: whoever is set up to call it waits for it as far as one can tell; of the others
/// nobody knows who waits for whom.
fn as_well(
    book: &Casebook,
    first: &Slowness,
    playbook: &str,
    slow: &[Slowness],
    mechanism: &str,
    notes: &mut Notes<'_>,
) {
    let others = || slow.iter().filter(|o| o.name != first.name);
    // whoever is set up to call it, or one of the slow that is
    let mut upstream: Vec<(&Slowness, &Edge)> = Vec::new();
    while let Some(next) = others().filter(|o| upstream.iter().all(|(u, _)| u.name != o.name)).find_map(|o| {
        let on_the_way = |e: &Edge| e.callee == first.name || upstream.iter().any(|(u, _)| u.name == e.callee);
        book.edges.iter().find(|e| e.caller == o.name && on_the_way(e)).map(|e| (o, e))
    }) {
        upstream.push(next);
    }
    let edge = |o: &Slowness| upstream.iter().find(|(u, _)| u.name == o.name).map(|(_, e)| *e);
    let (callers, rest): (Vec<&Slowness>, Vec<&Slowness>) = others().partition(|o| edge(o).is_some());
    let (called, unknown) =
        ("slow as well, and upstream of it", "slow as well, and who of them waits for whom is not shown");
    for (lead, of) in [(called, callers), (unknown, rest)] {
        let mut names: Vec<&str> = of.iter().map(|o| o.name.as_str()).collect();
        names.dedup();
        if names.is_empty() {
            continue;
        }
        let places = of.iter().take(NAMED).flat_map(|o| o.at.into_iter().chain(edge(o).map(|e| place_of(&e.observed))));
        let at: Vec<Span> = places.collect();
        notes.find(Draft {
            subject: &first.name,
            kind: kind_of(&first.name),
            playbook,
            bearing: Bearing::Position,
            weight: 0.1,
            text: format!("{lead}: {}", list(&names)),
            at: &at,
            mechanism: mechanism.to_owned(),
        });
    }
}

/// `a, b, c and others`.
fn list(names: &[&str]) -> String {
    match names.len().saturating_sub(NAMED) {
        0 => names.join(", "),
        _ => format!("{} and others", names.get(..NAMED).unwrap_or(names).join(", ")),
    }
}

fn place_of(cited: &Citation) -> Span {
    Span::new(cited.source, cited.start..cited.end)
}

#[cfg(test)]
mod tests {
    use crate::analyst::pasted::report_of;

    fn anomaly(of: &str, name: &str, evidence: &str) -> String {
        format!(
            "  {{\n    \"type\": \"{of}\",\n    \"name\": \"{name}\",\n    \"time_range\": \"2026-04-02 10:00:30 ~ 2026-04-02 10:02:10\",\n    \"evidence\": [\n      \"{evidence}\"\n    ]\n  }}\n"
        )
    }

    fn slow(name: &str, before: &str, now: &str) -> String {
        let text = format!(
            "LATENCY_DEGRADATION [Slow Response] | {name}-p50latency: Normal={before}ms -> Current={now}ms (+900.0%)"
        );
        anomaly("Service", name, &text)
    }

    fn pods(on: &[(&str, &str)]) -> String {
        let rows = on.iter().map(|(name, node)| {
            format!("{name}-6b8f9c7d5-x7k2p   1/1   Running   0   6m   10.1.2.3   {node}   <none>   <none>\n")
        });
        let head = "\n$ kubectl get pods -n shop -o wide\nNAME   READY   STATUS   RESTARTS   AGE   IP   NODE   NOMINATED NODE   READINESS GATES\n";
        format!("{head}{}", rows.collect::<String>())
    }

    #[test]
    fn the_services_that_suffer_most_are_said_to_stand_on_a_node_only_where_they_do() {
        let node = anomaly(
            "Node",
            "w-2",
            "NETWORK_QUALITY_DEGRADED [TCP Retransmission] | Normal=0.00retrans -> Current=0.92retrans (New Spike)",
        );
        let told = |web: &str, pay: &str| {
            let slow =
                [slow("web", "16.05", "9557.08"), slow("pay", "17.60", "7004.69"), slow("cart", "2.45", "936.06")];
            let on = pods(&[("web", web), ("pay", pay), ("cart", "w-2")]);
            report_of(&format!("{}{node}{on}", slow.concat())).hypotheses[0].statement.clone()
        };
        let elsewhere = told("w-1", "w-1");
        assert!(elsewhere.contains("suffering on w-2: cart") && !elsewhere.contains("suffer most"), "{elsewhere}");
        let there = told("w-2", "w-2");
        assert!(there.contains("the services that suffer most stand on w-2"), "{there}");
        // the one that answers with errors stands elsewhere
        let failing =
            anomaly("Service", "shop", "ERROR_SPIKE [Success Rate Drop] | Normal=99.9% -> Current=37.5% (-62.4%)");
        let slow = [slow("web", "16.05", "9557.08"), slow("cart", "2.45", "936.06")];
        let on = pods(&[("web", "w-2"), ("shop", "w-1"), ("cart", "w-2")]);
        let text = format!("{}{failing}{node}{on}", slow.concat());
        let mixed = report_of(&text).hypotheses[0].statement.clone();
        assert!(mixed.contains("suffering on w-2") && !mixed.contains("suffer most"), "{mixed}");
    }

    #[test]
    fn one_slow_service_is_suspected_and_who_waits_longer_is_told_beside_it() {
        let all =
            [slow("stock", "7.55", "3026.32"), slow("orders", "38.29", "8974.36"), slow("gate", "30.0", "2075.00")];
        let r =
            report_of(&format!("{}{}", all.concat(), pods(&[("stock", "w-1"), ("orders", "w-1"), ("gate", "w-2")])));
        let subjects: Vec<&str> = r.hypotheses.iter().map(|h| h.subject.as_str()).collect();
        assert_eq!(subjects, ["stock", "gate"], "what answers sooner than the first does not wait for it");
        let told: Vec<&str> = r.hypotheses[0].supporting.iter().map(|c| c.text.as_str()).collect();
        assert!(told.iter().any(|t| t.contains("who of them waits for whom is not shown: orders")), "{told:?}");
    }

    #[test]
    fn why_the_network_is_suspected_and_how_long_the_monitor_looked_are_said() {
        let told = |more: &str| {
            let r = report_of(&format!("{}{more}{}", slow("stock", "7.55", "3026.32"), pods(&[("stock", "w-1")])));
            let impact = r.customer_impact.iter().map(|c| c.text.clone()).collect::<Vec<_>>();
            (r.hypotheses[0].statement.clone(), r.summary.text, impact)
        };
        let (statement, summary, impact) = told("");
        let why = "the monitor reports nothing of its own CPU, memory or disk; no measure of the network itself";
        assert!(statement.contains(why), "{statement}");
        let window = "a monitor saw trouble between 10:00:30 and 10:02:10, and what was before and after is not shown";
        assert!(impact.iter().any(|t| t.contains(window)) && !summary.contains(window), "{impact:?}");
        let busy = anomaly("Service", "stock", "RESOURCE_SATURATION [cpu_cfs] | Val: 0.479s (Throttled)");
        assert!(!told(&busy).0.contains("nothing of its own"));
    }

    #[test]
    fn who_is_throttled_is_told_with_its_limit_and_the_limit_is_raised_first() {
        let busy = format!(
            "{}{}",
            anomaly(
                "Service",
                "stock",
                "RESOURCE_SATURATION [cpu core] | Normal=0.01 cores -> Current=0.19 cores (+1900.0%)"
            ),
            anomaly("Service", "stock", "RESOURCE_SATURATION [cpu_cfs] | Val: 0.479s (Throttled)")
        );
        let yaml = "\n$ kubectl get deployments -n shop -o yaml\napiVersion: v1\nitems:\n- apiVersion: apps/v1\n  kind: Deployment\n  metadata:\n    name: stock\n    namespace: shop\n  spec:\n    template:\n      spec:\n        containers:\n        - name: server\n          resources:\n            limits:\n              cpu: 200m\nkind: List\n";
        let r = report_of(&format!("{}{busy}{}{yaml}", slow("stock", "7.55", "3026.32"), pods(&[("stock", "w-1")])));
        let statement = &r.hypotheses[0].statement;
        assert!(statement.contains("throttled at its CPU limit of 200m (0.479 s)"), "{statement}");
        let step = r.mitigation[0].command.as_deref().unwrap_or_default();
        assert!(step.contains("set resources deployment/stock") && step.contains("--limits=cpu="), "{step}");
    }

    #[test]
    fn the_begin_of_the_time_that_was_looked_at_is_no_begin_of_the_trouble() {
        let quieter = |name: &str| {
            anomaly("Service", name, "THROUGHPUT_DROP [RPS] | Normal=11.79req/s -> Current=3.86req/s (-67.2%)")
        };
        let r = report_of(&format!(
            "{}{}{}{}",
            slow("stock", "7.55", "3026.32"),
            quieter("mail"),
            quieter("cart"),
            pods(&[("stock", "w-1"), ("mail", "w-1"), ("cart", "w-1")])
        ));
        assert_eq!(r.first_cause, None);
        let rows: Vec<&str> = r.timeline.iter().map(|row| row.what.text.as_str()).collect();
        assert!(rows.iter().any(|t| t.ends_with("between 10:00:30 and 10:02:10")), "{rows:?}");
        assert!(rows.iter().any(|t| t.starts_with("less traffic than before: mail, cart")), "{rows:?}");
    }
}
