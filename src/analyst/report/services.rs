//! The services table and the blast radius: who is hit and how, as the lines say. The radius lists
//! exactly what it counts.

use std::collections::BTreeMap;

use super::material::{Material, is_apart};
use super::wording::is_focus;
use crate::analyst::casebook::Impact;
use crate::analyst::said::said;
use crate::analyst::{Casebook, naming};
use crate::domain::report::{BlastEntry, Health, Propagation, RowKind, ServiceRow, TimelineRow};
use crate::domain::{Claim, Evidence, Level, Line, SourceId, Span, SubjectKind};

/// Rows of the table, and entries of the radius, at most.
const MOST: usize = 40;

/// Every service the evidence names, the ones in trouble first.
pub fn services(m: &Material<'_>, path: &[Propagation]) -> Vec<ServiceRow> {
    let spoken = worst_lines(m.evidence);
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
    doubted(m, &mut rows);
    one_row_each(m, &mut rows);
    // a namespace is where services run, and none of them
    rows.retain(|r| r.health != Health::Unknown || !m.given.is_namespace(&r.name));
    let leads = |name: &str| m.top().is_some_and(|h| h.subject == name);
    rows.retain(|r| !naming::is_part(&r.name) || leads(&r.name));
    rows.retain(|r| !is_nobody(m.book, &r.name));
    felt(path, &mut rows);
    rows.retain(|r| r.health != Health::Unknown || leads(&r.name) || !is_no_service(m.book, &r.name));
    rows.sort_by_key(|r| rank(r.health));
    rows.truncate(MOST);
    rows
}

/// Who reports that its calls to what leads fail is hit, however ready its pods are.
fn felt(path: &[Propagation], rows: &mut [ServiceRow]) {
    for step in path {
        let row = rows.iter_mut().find(|r| r.name == step.to && r.health == Health::Healthy);
        if let Some(row) = row {
            (row.health, row.impact) = (Health::Degraded, Some(step.observed.clone()));
        }
    }
}

/// A file (`nginx.conf`), or the full address of a service or pod that is named by itself.
fn is_no_service(book: &Casebook, name: &str) -> bool {
    const FILES: &[&str] = &[".conf", ".yaml", ".yml", ".json", ".toml", ".ini", ".properties", ".log"];
    let known = |part: &str| part.len() > 2 && book.services.contains_key(part);
    let addressed =
        name.matches('.').count() > 0 && name.split('.').any(|part| known(part) || known(&naming::workload(part)));
    FILES.iter().any(|end| name.ends_with(end)) || addressed
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
    let (health, impact) = (Health::Degraded, Some(whose(m.evidence, &h.subject, claim)));
    match rows.iter_mut().find(|r| r.name.eq_ignore_ascii_case(&h.subject)) {
        Some(row) if matches!(row.health, Health::Down | Health::Degraded) => {}
        Some(row) => (row.health, row.impact) = (health, impact),
        None => rows.push(ServiceRow { name: h.subject.clone(), role: None, health, impact }),
    }
}

/// A claim with the writer of its line before it, where that is another: a client logs what its server answers.
fn whose(evidence: &Evidence, subject: &str, claim: &Claim) -> Claim {
    let line = claim
        .citations
        .first()
        .and_then(|c| evidence.readings.get(c.source.0 as usize)?.lines.get((c.line as usize).checked_sub(1)?));
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
            let text = format!("{}'s log tells of a failing call to {}.", e.caller, e.callee);
            (row.health, row.impact) = (Health::Degraded, Some(Claim::quoted(text, vec![e.observed.clone()])));
        }
    }
    // nor one of which the timeline tells a symptom
    let shown = |name: &str| {
        let of = |r: &TimelineRow| r.service.as_deref().is_some_and(|s| s.eq_ignore_ascii_case(name));
        m.rows.iter().any(|r| r.kind == RowKind::Symptom && of(r))
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
    let whole = |short: &str, long: &str| {
        short.eq_ignore_ascii_case(long)
            || naming::node_in(long).is_some()
                && long.strip_prefix(short).is_some_and(|rest| rest.starts_with('.') && rest.len() > 1)
    };
    let leads = |name: &str| m.hypotheses.iter().any(|h| h.subject == name);
    let mut out: Vec<ServiceRow> = Vec::new();
    for row in rows.drain(..) {
        match out.iter_mut().find(|o| whole(&o.name, &row.name) || whole(&row.name, &o.name)) {
            Some(known) => {
                if leads(&row.name) && !leads(&known.name)
                    || whole(&known.name, &row.name) && known.name.len() < row.name.len()
                {
                    known.name.clone_from(&row.name);
                }
                if rank(row.health) < rank(known.health) || known.impact.is_none() && row.impact.is_some() {
                    (known.health, known.impact) = (row.health, row.impact);
                }
                known.role = known.role.take().or(row.role);
            }
            None => out.push(row),
        }
    }
    *rows = out;
}

/// What each service's own lines say of it: the worst one, once. A warning alone is no verdict.
fn worst_lines(evidence: &Evidence) -> BTreeMap<String, (Health, Option<Claim>)> {
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

fn rank(health: Health) -> u8 {
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
    // what somebody asked about draws the line: trouble that nothing connects with it is not of its making
    let apart = |name: &str| {
        let mut of_it = m.hypotheses.iter().filter(|h| h.subject.eq_ignore_ascii_case(name)).peekable();
        of_it.peek().is_some() && of_it.all(is_apart) || asked(m) && !m.touches(name)
    };
    let hit = hit.filter(|s| !apart(&s.name));
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
