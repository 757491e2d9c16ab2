//! The services table and the blast radius: who is hit and how, as the lines say. The radius lists
//! exactly what it counts.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::material::{Material, is_apart};
use super::wording::is_focus;
use crate::analyst::casebook::Impact;
use crate::analyst::said::said;
use crate::analyst::{Casebook, naming};
use crate::domain::report::{BlastEntry, FirstCause, Health, Propagation, RowKind, ServiceRow, TimelineRow};
use crate::domain::{Claim, Evidence, Level, Line, SourceId, Span, Stamp, SubjectKind};

/// Entries of the radius at most.
const MOST: usize = 40;
/// Services at most: a list that ends at some letter reads as all that there are.
const ROWS: usize = 150;

/// Every service the evidence names, the ones in trouble first.
pub fn services(m: &Material<'_>, path: &[Propagation]) -> Vec<ServiceRow> {
    let spoken = of_workloads(m.book, worst_lines(m.evidence));
    let mut rows: Vec<ServiceRow> = m
        .book
        .services
        .iter()
        .map(|(name, facts)| {
            let (health, impact) = match &facts.health {
                Some((health, claim)) => (*health, Some(whose(m.evidence, name, claim))),
                None => spoken.get(name.as_str()).cloned().unwrap_or((Health::Unknown, None)),
            };
            ServiceRow { name: name.clone(), role: facts.role.clone(), health, impact }
        })
        .collect();
    for (name, (health, impact)) in &spoken {
        if !rows.iter().any(|r| r.name == *name) {
            rows.push(ServiceRow { name: name.clone(), role: None, health: *health, impact: impact.clone() });
        }
    }
    suspect(m, &mut rows);
    noted_nodes(m, &mut rows);
    // the path knows who called whom through whom, where an edge has only its two ends
    felt(path, &mut rows);
    waiting(m, &mut rows);
    doubted(m, &mut rows);
    one_row_each(m, &mut rows);
    // a namespace is where services run, and none of them
    rows.retain(|r| r.health != Health::Unknown || !m.given.is_namespace(&r.name));
    let leads = |name: &str| m.top().is_some_and(|h| h.subject == name);
    rows.retain(|r| !naming::is_part(&r.name) || leads(&r.name));
    rows.retain(|r| !is_nobody(m.book, &r.name));
    felt(path, &mut rows);
    rows.retain(|r| {
        r.health != Health::Unknown
            || leads(&r.name)
            || !is_no_service(m.book, &r.name) && !is_container(m.book, &r.name)
    });
    rows.sort_by_key(|r| rank(r.health));
    rows.truncate(ROWS);
    rows
}

/// What a pod's lines say is said of its workload, where that is known by name and the pod is not.
fn of_workloads(book: &Casebook, spoken: BTreeMap<String, Spoken>) -> BTreeMap<String, Spoken> {
    let mut out: BTreeMap<String, Spoken> = BTreeMap::new();
    for (name, said) in spoken {
        let workload = naming::workload(&name);
        let known = book.services.contains_key(&workload) && !book.services.contains_key(&name);
        let name = if known { workload } else { name };
        match out.get(&name) {
            Some(other) if rank(other.0) <= rank(said.0) => {}
            _ => drop(out.insert(name, said)),
        }
    }
    out
}

/// A state with what is said of it.
type Spoken = (Health, Option<Claim>);

/// Who reports that its calls to what leads fail is hit, however ready its pods are.
fn felt(path: &[Propagation], rows: &mut [ServiceRow]) {
    for step in path {
        let row = rows.iter_mut().find(|r| r.name == step.to && r.health == Health::Healthy);
        if let Some(row) = row {
            (row.health, row.impact) = (Health::Degraded, Some(step.observed.clone()));
        }
    }
}

/// Who waits with what leads is slow itself, as its spans say.
fn waiting(m: &Material<'_>, rows: &mut Vec<ServiceRow>) {
    for step in super::propagation::waits(m) {
        if !hit(rows, &step.to, &step.observed) {
            let impact = Some(step.observed);
            rows.push(ServiceRow { name: step.to, role: None, health: Health::Degraded, impact });
        }
    }
}

/// Tells of a service by what it is hit, where nothing worse is known of it; false where it has no row.
pub fn hit(rows: &mut [ServiceRow], name: &str, claim: &Claim) -> bool {
    let row = rows.iter_mut().find(|r| r.name == name);
    let known = row.is_some();
    if let Some(row) = row.filter(|r| matches!(r.health, Health::Healthy | Health::Unknown)) {
        (row.health, row.impact) = (Health::Degraded, Some(claim.clone()));
    }
    known
}

/// A file (`nginx.conf`), or the full address of a service or pod that is named by itself.
fn is_no_service(book: &Casebook, name: &str) -> bool {
    const FILES: &[&str] = &[".conf", ".yaml", ".yml", ".json", ".toml", ".ini", ".properties", ".log"];
    let known = |part: &str| part.len() > 2 && book.services.contains_key(part);
    let addressed =
        name.matches('.').count() > 0 && name.split('.').any(|part| known(part) || known(&naming::workload(part)));
    FILES.iter().any(|end| name.ends_with(end)) || addressed
}

/// A container of a pod whose workload has another name, and nothing else: its pod is what runs.
fn is_container(book: &Casebook, name: &str) -> bool {
    let cluster = &book.cluster;
    let listed = cluster.workload(name).is_some()
        || cluster.services.iter().any(|s| s.name == name)
        || cluster.pods_of(name).next().is_some();
    !listed && cluster.pods.iter().flat_map(|p| &p.spec.containers).any(|c| c.name == name)
}

/// Whose own error came before anything that is known of what leads, and who neither calls it nor is called by it, was
/// not hit by it: it says so every day, or has a trouble of its own.
pub fn from_then(m: &Material<'_>, rows: &mut [ServiceRow], path: &[Propagation], first: Option<&FirstCause>) {
    let (Some(first), Some(top)) = (first, m.top()) else { return };
    let on_path = |name: &str| path.iter().any(|p| p.from == name || p.to == name);
    let sooner = |claim: &Claim| {
        let logged = claim.citations.iter().map(|c| m.line(c).filter(|l| l.level.is_some())?.stamp);
        let before = |at: Option<Stamp>| at.and_then(|at| first.at.seconds_since(&at)).is_some_and(|s| s > 0.0);
        !claim.citations.is_empty() && logged.into_iter().all(before)
    };
    for row in rows.iter_mut().filter(|r| r.health == Health::Degraded) {
        let apart = row.name != top.subject && !on_path(&row.name) && !m.touches(&row.name);
        if apart && row.impact.as_ref().is_some_and(sooner) {
            (row.health, row.impact) = (Health::Unknown, None);
        }
    }
    rows.sort_by_key(|r| rank(r.health));
}

/// True for a name that a finding says nothing bears: a wrong address is not a service that is down.
pub fn is_nobody(book: &Casebook, name: &str) -> bool {
    let said = format!("there is no service {name}");
    book.findings.iter().any(|f| f.claim.text.ends_with(&said))
}

/// The first hypothesis's subject is in trouble as far as that hypothesis says: its pods may be ready, and
/// its answers slow.
fn suspect(m: &Material<'_>, rows: &mut Vec<ServiceRow>) {
    let Some(h) = m.top() else { return };
    let says = |c: &&Claim| !c.citations.is_empty() && !is_focus(c);
    let Some(claim) = h.supporting.iter().find(says) else { return };
    let health = super::placed::health(m, &h.subject).unwrap_or(Health::Degraded);
    let impact = Some(whose(m.evidence, &h.subject, claim));
    match rows.iter_mut().find(|r| r.name.eq_ignore_ascii_case(&h.subject)) {
        Some(row) if row.health == Health::Down => {}
        Some(row) => (row.health, row.impact) = (health, impact),
        None => rows.push(ServiceRow { name: h.subject.clone(), role: None, health, impact }),
    }
}

/// A node of which people note a symptom beside what leads.
fn noted_nodes(m: &Material<'_>, rows: &mut Vec<ServiceRow>) {
    let noted = |r: &&TimelineRow| matches!(r.kind, RowKind::Symptom | RowKind::Alert);
    for row in m.rows.iter().filter(noted) {
        let Some(name) = row.service.as_deref().filter(|n| naming::node_in(n).is_some_and(|node| node == **n)) else {
            continue;
        };
        if !rows.iter().any(|r| r.name == name) {
            let impact = Some(row.what.clone());
            rows.push(ServiceRow { name: name.to_owned(), role: None, health: Health::Degraded, impact });
        }
    }
}

/// A claim with the writer of its line before it, where that is another: a client logs what its server answers.
fn whose(evidence: &Evidence, subject: &str, claim: &Claim) -> Claim {
    let line = claim.citations.first().and_then(|c| evidence.line_of(c));
    let writer = line.and_then(|l| l.service.as_deref()).map(naming::workload);
    match writer.filter(|w| !w.eq_ignore_ascii_case(subject) && !claim.text.contains(w.as_str()) && naming::is_name(w))
    {
        Some(writer) => Claim { text: format!("{writer}: {}", claim.text), ..claim.clone() },
        None => claim.clone(),
    }
}

/// What another hypothesis proposes is not told as healthy beside it: its pods are ready, and more is not known.
fn doubted(m: &Material<'_>, rows: &mut [ServiceRow]) {
    for h in m.standing(MOST) {
        let named = rows.iter_mut().filter(|r| r.name.eq_ignore_ascii_case(&h.subject));
        for row in named.filter(|r| r.health == Health::Healthy) {
            (row.health, row.impact) = (Health::Unknown, None);
        }
    }
    // nor one that fails on what it calls
    for e in m.book.edges.iter().filter(|e| e.failing) {
        for row in rows.iter_mut().filter(|r| r.health == Health::Healthy && r.name.eq_ignore_ascii_case(&e.caller)) {
            (row.health, row.impact) = (Health::Degraded, Some(e.told()));
        }
    }
    // nor one of which the timeline tells a symptom
    let shown = |name: &str| {
        let of = |r: &TimelineRow| r.service.as_deref().is_some_and(|s| s.eq_ignore_ascii_case(name));
        // what went wrong apart from this is a note, and its service is not well for that
        let wrong = |r: &TimelineRow| {
            let level = || r.what.citations.first().and_then(|c| m.line(c)?.level);
            r.kind == RowKind::Symptom || r.kind == RowKind::Note && level().is_some_and(|l| l >= Level::Warn)
        };
        m.rows.iter().any(|r| wrong(r) && of(r))
    };
    for row in rows.iter_mut().filter(|r| r.health == Health::Healthy) {
        if shown(&row.name) {
            (row.health, row.impact) = (Health::Unknown, None);
        }
    }
}

/// One thing has one row: `Okta` and `okta`, a host and its full name. What leads gives the name, else the
/// fuller one; the worse of what is said of it stays.
fn one_row_each(m: &Material<'_>, rows: &mut Vec<ServiceRow>) {
    *rows = put_together(std::mem::take(rows), &|name| m.hypotheses.iter().any(|h| h.subject == name));
}

fn put_together(rows: Vec<ServiceRow>, leads: &dyn Fn(&str) -> bool) -> Vec<ServiceRow> {
    let whole = |short: &str, long: &str| {
        short.eq_ignore_ascii_case(long)
            || naming::node_in(long).is_some()
                && long.strip_prefix(short).is_some_and(|rest| rest.starts_with('.') && rest.len() > 1)
    };
    let mut out: Vec<ServiceRow> = Vec::new();
    for row in rows {
        let Some(known) = out.iter_mut().find(|o| whole(&o.name, &row.name) || whole(&row.name, &o.name)) else {
            out.push(row);
            continue;
        };
        if leads(&row.name) && !leads(&known.name) || whole(&known.name, &row.name) && known.name.len() < row.name.len()
        {
            known.name.clone_from(&row.name);
        }
        // what is said of the better state says nothing of the worse one
        match rank(row.health).cmp(&rank(known.health)) {
            Ordering::Less => (known.health, known.impact) = (row.health, row.impact),
            Ordering::Equal => known.impact = known.impact.take().or(row.impact),
            Ordering::Greater => {}
        }
        known.role = known.role.take().or(row.role);
    }
    out
}

/// What each service's own lines say of it: the worst one, once. A warning alone is no verdict.
fn worst_lines(evidence: &Evidence) -> BTreeMap<String, Spoken> {
    let mut worst: BTreeMap<&str, (Level, SourceId, &Line)> = BTreeMap::new();
    for (source, line) in evidence.lines() {
        // a line without a stamp is a note: its words are no level of anybody's
        let (Some(service), Some(level), true) = (line.service.as_deref(), line.level, line.stamp.is_some()) else {
            continue;
        };
        let known = worst.get(service).map(|(l, _, _)| *l);
        if known.is_none_or(|l| level > l) {
            worst.insert(service, (level, source, line));
        }
    }
    worst
        .into_iter()
        .map(|(name, (level, source, line))| {
            let text = evidence.slice(Span::new(source, line.range()));
            let told = said(text, line.message.saturating_sub(line.start));
            let at = told.as_ref().map(|t| t.at.clone()).unwrap_or_default();
            let cited = evidence.cite(Span::new(source, line.start + at.start..line.start + at.end));
            let said = told.map(|t| t.text.trim().to_owned()).unwrap_or_default();
            let health = match level {
                Level::Fatal => Health::Down,
                Level::Error => Health::Degraded,
                _ => return (name.to_owned(), (Health::Unknown, None)),
            };
            let claim = (said.len() < 400 && !said.is_empty()).then(|| Claim::quoted(format!("“{said}”"), vec![cited]));
            (name.to_owned(), (health, claim))
        })
        .collect()
}

/// The gravest first.
pub fn rank(health: Health) -> u8 {
    match health {
        Health::Down => 0,
        Health::Degraded => 1,
        Health::Unknown => 2,
        Health::Healthy => 3,
    }
}

/// What was hit: services that a line shows down or degraded, then who else a line says was hit.
pub fn blast_radius(m: &Material<'_>, services: &[ServiceRow]) -> Vec<BlastEntry> {
    let hit = services.iter().filter(|s| matches!(s.health, Health::Down | Health::Degraded));
    let hit = hit.filter(|s| !stands_apart(m, &s.name));
    let mut out: Vec<BlastEntry> = hit
        .filter_map(|s| {
            let impact = s.impact.clone()?;
            Some(BlastEntry { kind: kind_of(m, &s.name).to_owned(), name: s.name.clone(), impact })
        })
        .collect();
    let users = m.book.impacts.iter().filter(|f| {
        matches!(f.impact, Impact::UserShare(_) | Impact::CriticalPathDown) && !f.claim.citations.is_empty()
    });
    if let Some(fact) = users.into_iter().next() {
        out.push(BlastEntry { kind: "users".into(), name: "users".into(), impact: fact.claim.clone() });
    }
    out.truncate(MOST);
    out
}

/// What somebody asked about draws the line: trouble that nothing connects with it is not of its making.
fn stands_apart(m: &Material<'_>, name: &str) -> bool {
    let mut of_it = m.hypotheses.iter().filter(|h| h.subject.eq_ignore_ascii_case(name)).peekable();
    of_it.peek().is_some() && of_it.all(is_apart) || asked(m) && !m.touches(name)
}

/// Takes out of the table what is in trouble and stands apart, by whose name it is: who is told as affected is of
/// the incident.
pub fn take_apart(m: &Material<'_>, rows: &mut Vec<ServiceRow>) -> Vec<ServiceRow> {
    let apart = |r: &mut ServiceRow| matches!(r.health, Health::Down | Health::Degraded) && stands_apart(m, &r.name);
    if m.top().is_some_and(is_apart) { Vec::new() } else { rows.extract_if(.., apart).collect() }
}

/// True where the paste asks about something by name, and what leads is that or bears on it.
fn asked(m: &Material<'_>) -> bool {
    m.hypotheses.iter().any(is_apart)
}

/// The kind of a thing, where a hypothesis knows it to be no service.
fn kind_of(m: &Material<'_>, name: &str) -> &'static str {
    let known = m.hypotheses.iter().find(|h| h.subject == name).map(|h| h.subject_kind);
    match known {
        Some(SubjectKind::Node) => "node",
        Some(SubjectKind::Namespace) => "namespace",
        Some(SubjectKind::Database) => "database",
        Some(SubjectKind::Cache) => "cache",
        Some(SubjectKind::Queue) => "queue",
        Some(SubjectKind::Host) => "host",
        Some(SubjectKind::Job) => "job",
        Some(SubjectKind::Volume) => "volume",
        Some(SubjectKind::External) => "external",
        Some(SubjectKind::Cluster) => "cluster",
        Some(SubjectKind::Service | SubjectKind::Change | SubjectKind::Unknown) | None => "service",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, health: Health, said: Option<&str>) -> ServiceRow {
        let impact = said.map(|text| Claim::quoted(text, Vec::new()));
        ServiceRow { name: name.into(), role: None, health, impact }
    }

    #[test]
    fn the_worse_of_two_states_of_one_thing_stays_with_what_is_said_of_it() {
        let merged = |rows: Vec<ServiceRow>| {
            let rows = put_together(rows, &|_| false);
            assert_eq!(rows.len(), 1);
            (rows[0].health, rows[0].impact.as_ref().map(|c| c.text.clone()))
        };
        let (down, well) = (row("Orders", Health::Down, None), row("orders", Health::Healthy, Some("2 of 2 ready")));
        assert_eq!(merged(vec![down.clone(), well.clone()]), (Health::Down, None));
        assert_eq!(merged(vec![well, down.clone()]), (Health::Down, None));
        let told = row("orders", Health::Down, Some("no pod is ready"));
        assert_eq!(merged(vec![down, told]), (Health::Down, Some("no pod is ready".into())));
    }

    #[test]
    fn what_a_pod_s_lines_say_is_said_of_its_workload() {
        let mut book = Casebook::default();
        book.services.entry("checkout".into()).or_default();
        let one = |name: &str, health| (name.to_owned(), (health, None));
        let spoken = [one("checkout-54dbdf464-4k4cf", Health::Degraded), one("lone-7d9f8c6b5-x2x4z", Health::Down)];
        let told = of_workloads(&book, spoken.into());
        assert_eq!(told.keys().collect::<Vec<_>>(), ["checkout", "lone-7d9f8c6b5-x2x4z"]);
    }

    #[test]
    fn who_failed_before_what_leads_and_does_not_touch_it_was_not_hit_by_it() {
        let of = |at: &str| {
            let report = crate::analyst::pasted::report_of(&format!(
                "{at} ERROR mail-svc: order 17 has a wrong status\n2026-03-01T10:04:59Z INFO orders-svc: took an order\n2026-03-01T10:05:00Z FATAL orders-svc: java.lang.OutOfMemoryError: Java heap space\n2026-03-01T10:05:01Z ERROR orders-svc: java.lang.OutOfMemoryError: Java heap space\n"
            ));
            assert_eq!(report.hypotheses[0].subject, "orders-svc");
            report.services.iter().find(|r| r.name == "mail-svc").map(|r| r.health)
        };
        assert_eq!(of("2026-03-01T10:04:00Z"), Some(Health::Unknown));
    }

    #[test]
    fn what_leads_is_told_with_what_it_leads_by() {
        let report = crate::analyst::pasted::report_of(
            "2026-03-01T10:04:50Z ERROR web-svc: call to http://orders-svc:8080/list failed: connection reset by peer
2026-03-01T10:05:00Z ERROR orders-svc: java.lang.OutOfMemoryError: Java heap space
2026-03-01T10:05:01Z ERROR orders-svc: java.lang.OutOfMemoryError: Java heap space
",
        );
        let row = report.services.iter().find(|r| r.name == "orders-svc").unwrap();
        let told = &row.impact.as_ref().unwrap().text;
        assert!(told.contains("OutOfMemoryError"), "{told}");
    }

    #[test]
    fn trouble_that_nothing_connects_with_what_was_asked_about_is_not_told_as_affected() {
        let report = crate::analyst::pasted::report_of(
            r#"Alert:
{ "title": "KubePodCrashLooping", "description": "pod biller is crash looping", "subject": { "name": "biller", "subject_type": "pod", "namespace": "shop" } }

$ kubectl get pods -n shop
NAME      READY   STATUS             RESTARTS      AGE
biller    0/1     CrashLoopBackOff   6 (20s ago)   8m
relic     0/1     ImagePullBackOff   0             76d

$ kubectl logs biller -n shop
2026-03-01T10:00:00Z FATAL config: environment variable LEDGER_URL is not set
"#,
        );
        let named: Vec<&str> = report.services.iter().map(|r| r.name.as_str()).collect();
        assert_eq!(named, ["biller"]);
        let told = report.notices.iter().find(|n| n.what.starts_with("also in trouble")).expect("it is told beside");
        assert!(told.what.contains("relic (line"), "{}", told.what);
        assert!(report.blast_radius.iter().all(|b| b.name == "biller"));
    }
}
