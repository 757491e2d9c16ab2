//! The whole report as Markdown: every section, each claim with its mark; and the session's, with
//! what people judged, ran and noted.

use super::labels::Labels;
use super::people;
use super::sections;
use crate::analyst::report::markdown::escape;
use crate::domain::{Notice, Report};
use crate::journal::event::NoteKind;
use crate::session::Session;

/// The report by itself.
pub fn report(r: &Report, admitted: &[Notice]) -> String {
    let mut out = String::with_capacity(16 * 1024);
    let labels = Labels::of_report(r);
    for section in sections::ALL {
        section(r, &labels, &mut out);
    }
    sections::notices(r, admitted, &labels, &mut out);
    sections::trail(&r.trail, &labels, &mut out);
    sections::engine(r, &labels, &mut out);
    out
}

/// The session: the report with the postmortem as it stands, then the people.
pub fn session(s: &Session, postmortem: &str) -> String {
    let Some(r) = &s.report else {
        return format!("# {}\n\nNo report yet.\n{}", escape(&s.title), human(s));
    };
    let admitted: Vec<Notice> = s.admitted.iter().flatten().cloned().collect();
    let mut r = (**r).clone();
    if let Some(last) = s.embedded_trail() {
        r.trail = last.steps.iter().map(|step| (**step).clone()).collect();
    }
    if !s.title.is_empty() {
        r.title.clone_from(&s.title);
    }
    postmortem.clone_into(&mut r.postmortem.markdown);
    let mut out = report(&r, &admitted);
    out.push_str(&super::opinions::markdown(s));
    out.push_str(&human(s));
    out
}

/// What people judged, added, ran and noted.
fn human(s: &Session) -> String {
    let mut out = String::new();
    let all = [NoteKind::Decision, NoteKind::Action, NoteKind::Question, NoteKind::Note, NoteKind::Role];
    let ranked: Vec<String> =
        s.ranked.iter().map(|(id, rank, why)| format!("{id} was put at place {rank}: {why}")).collect();
    let runs: Vec<String> = s.runs.values().map(people::run).collect();
    let blanks: Vec<String> = s.blanks.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    let parts = [
        ("Judgements", people::judgements(s)),
        ("Hypotheses that people added", people::added(s)),
        ("Places that people gave", ranked),
        ("Runs", runs),
        ("Blanks that were filled", blanks),
        ("Notes", people::notes(s, &all)),
    ];
    for (title, lines) in parts.iter().filter(|(_, lines)| !lines.is_empty()) {
        out.push_str(&format!("\n## {title}\n\n"));
        for line in lines {
            out.push_str(&format!("- {}\n", escape(line)));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Claim;

    #[test]
    fn markup_in_a_claim_stays_text_and_its_support_is_on_the_page() {
        let mut r = crate::analyst::report::empty();
        r.summary = Claim::unsupported("<script>alert(1)</script> | a");
        r.customer_impact = vec![Claim::derived("2.9 points", "99.7 - 96.8 = 2.9", Vec::new())];
        let text = report(&r, &[]);
        assert!(!text.contains("<script"), "{text}");
        assert!(text.contains("[unsupported]") && text.contains("[derived: 99.7 - 96.8 = 2.9]"), "{text}");
    }

    #[test]
    fn every_section_of_the_report_is_on_the_page() {
        let text = report(&crate::analyst::report::empty(), &[]);
        for section in [
            "Summary",
            "Severity",
            "Hypotheses",
            "Checklist",
            "Mitigation plan",
            "Customer impact",
            "Affected services",
            "Timeline",
            "Forensic report",
            "Five whys",
            "Follow-ups",
            "Supporting evidence",
            "Postmortem draft",
            "What was noticed",
        ] {
            assert!(text.contains(&format!("\n## {section}")), "{section} is missing");
        }
        assert!(text.contains("Blast radius: no line shows who was hit") && text.contains("Engine: embedded"));
    }
}
