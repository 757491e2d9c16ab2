//! What a cluster tool writes down while it reads: findings with their places, and the lines of its
//! observation. It decides nothing.

use crate::domain::{Citation, Claim, Evidence, Span, Stamp, SubjectKind};
use crate::intake::kube::Cluster;

use super::Observation;
use super::kube_view::kind_of;
use crate::analyst::Casebook;
use crate::analyst::casebook::{Bearing, Finding};
use crate::analyst::said::plain;

/// The most citations that an observation keeps.
const CITED: usize = 12;
/// The most lines of an object that are searched for a figure.
const FIELDS: usize = 60;
/// The most lines that an observation shows.
const SHOWN: usize = 40;

/// A finding in the making.
#[derive(Debug, Clone)]
pub struct Draft<'a> {
    /// Who it is about.
    pub subject: &'a str,
    /// What sort of thing that is.
    pub kind: SubjectKind,
    /// The playbook's id.
    pub playbook: &'a str,
    /// How it bears.
    pub bearing: Bearing,
    /// Log-odds.
    pub weight: f64,
    /// The sentence; its names and figures stand in `at`.
    pub text: String,
    /// The places.
    pub at: &'a [Span],
    /// The mechanism for the statement.
    pub mechanism: String,
}

impl<'a> Draft<'a> {
    /// A stated fault of a workload or service.
    pub fn stated(
        subject: &'a str,
        playbook: &'a str,
        weight: f64,
        text: String,
        at: &'a [Span],
        mechanism: String,
    ) -> Self {
        let (kind, bearing) = (kind_of(subject), Bearing::Stated);
        Self { subject, kind, playbook, bearing, weight, text, at, mechanism }
    }
}

/// What a tool writes down.
pub struct Notes<'a> {
    /// The evidence.
    pub evidence: &'a Evidence,
    tool: &'static str,
    findings: Vec<Finding>,
    lines: Vec<String>,
    cited: Vec<Citation>,
    alarms: Vec<Claim>,
    calm: Vec<Claim>,
}

impl<'a> Notes<'a> {
    /// Notes for a tool.
    pub fn new(evidence: &'a Evidence, tool: &'static str) -> Self {
        Self {
            evidence,
            tool,
            findings: Vec::new(),
            lines: Vec::new(),
            cited: Vec::new(),
            alarms: Vec::new(),
            calm: Vec::new(),
        }
    }

    /// Citations of places, each once.
    pub fn cite(&self, at: &[Span]) -> Vec<Citation> {
        let mut found: Vec<Citation> = Vec::new();
        for span in at {
            let citation = self.evidence.cite(*span);
            if !citation.quote.is_empty() && !found.contains(&citation) {
                found.push(citation);
            }
        }
        found
    }

    /// The place with the lines below it that state these figures, where it does not state them
    /// itself: an object's name stands in one line of it and its figures in others. `None` where one
    /// of them is not found.
    pub fn with_figures(&self, at: Span, figures: &[u32]) -> Option<Vec<Span>> {
        let own = crate::analyst::grounding::tokens::all_numbers(self.evidence.slice(at));
        let mut found = vec![at];
        for figure in figures {
            if !own.iter().any(|n| (n - f64::from(*figure)).abs() < 1e-9) {
                found.push(self.field_below(at, *figure)?);
            }
        }
        Some(found)
    }

    /// The first field below a place, in the same object, whose value is this figure.
    fn field_below(&self, at: Span, figure: u32) -> Option<Span> {
        let text = self.evidence.text(at.source);
        let start = text.get(..at.start)?.rfind('\n').map_or(0, |i| i + 1);
        let indent = |line: &str| line.len() - line.trim_start().len();
        let mut from = start;
        let mut own = None;
        for line in text.get(start..)?.lines().take(FIELDS) {
            let deep = indent(line);
            if *own.get_or_insert(deep) > deep {
                return None;
            }
            let value = line.rsplit(':').next().unwrap_or("").trim().trim_end_matches(',').trim_matches('"');
            if from > start && line.contains(':') && value.parse() == Ok(figure) {
                let (begin, end) = (from + deep, from + line.trim_end().len());
                return Some(Span::new(at.source, begin..end));
            }
            from += line.len() + 1;
        }
        None
    }

    /// Writes a finding down.
    pub fn find(&mut self, draft: Draft<'_>) {
        self.find_at(draft, None);
    }

    /// Writes a finding with its time down.
    pub fn find_at(&mut self, draft: Draft<'_>, at: Option<Stamp>) {
        let citations = self.cite(draft.at);
        // bytes that are no text are left out, marked
        let text = plain(&draft.text);
        self.say(format!("{}: {text}", draft.subject), &citations);
        self.findings.push(Finding {
            tool: self.tool,
            subject: draft.subject.to_owned(),
            subject_kind: draft.kind,
            playbook: draft.playbook.to_owned(),
            bearing: draft.bearing,
            weight: draft.weight,
            claim: Claim::quoted(text, citations),
            at,
            mechanism: draft.mechanism,
        });
    }

    /// A line of the observation.
    pub fn say(&mut self, line: String, citations: &[Citation]) {
        if self.lines.len() < SHOWN && !self.lines.contains(&line) {
            self.lines.push(line);
        }
        for citation in citations {
            if self.cited.len() < CITED && !self.cited.contains(citation) {
                self.cited.push(citation.clone());
            }
        }
    }

    /// Something is wrong, whatever the cause.
    pub fn alarm(&mut self, text: String, at: &[Span]) {
        let citations = self.cite(at);
        self.say(text.clone(), &citations);
        self.alarms.push(Claim::quoted(text, citations));
    }

    /// Something is in order.
    pub fn calm(&mut self, text: String, at: &[Span]) {
        let citations = self.cite(at);
        self.say(text.clone(), &citations);
        self.calm.push(Claim::quoted(text, citations));
    }

    /// How many findings were written down.
    pub fn found(&self) -> usize {
        self.findings.len()
    }

    /// Puts everything into the casebook; the observation has this title, or says that nothing was found.
    pub fn close(self, book: &mut Casebook, title: Option<String>) -> Observation {
        let title = title.unwrap_or_else(|| match self.findings.as_slice() {
            [] => "nothing that bears on a cause".to_owned(),
            [one] => format!("{}: {}", one.subject, first_clause(&one.claim.text)),
            [first, ..] => {
                format!(
                    "findings: {}; first {}: {}",
                    self.findings.len(),
                    first.subject,
                    first_clause(&first.claim.text)
                )
            }
        });
        book.findings.extend(self.findings);
        book.alarms.extend(self.alarms);
        book.calm.extend(self.calm);
        Observation { title, text: self.lines.join("\n"), citations: self.cited }
    }
}

/// The text up to a length that fits a title.
fn first_clause(text: &str) -> String {
    const FITS: usize = 90;
    if text.chars().count() <= FITS {
        return text.to_owned();
    }
    let cut: String = text.chars().take(FITS).collect();
    let end = cut.rfind(' ').unwrap_or(cut.len());
    format!("{}…", cut.get(..end).unwrap_or(&cut))
}

/// Runs a reader of the cluster and closes its notes. The cluster is lent, not copied.
pub fn on_cluster(
    evidence: &Evidence,
    book: &mut Casebook,
    tool: &'static str,
    read: fn(&Cluster, &mut Notes<'_>),
) -> Observation {
    let cluster = std::mem::take(&mut book.cluster);
    let mut notes = Notes::new(evidence, tool);
    read(&cluster, &mut notes);
    book.cluster = cluster;
    notes.close(book, None)
}
