//! A whole report in a language: every text of ours in it, and nothing else.

use super::Phrasebook;
use crate::domain::{Claim, Notice, Report, Step, StepKind, Support};

impl Phrasebook {
    /// Says the report's own texts in the language. Citations, formulas, commands, ids and the engine's
    /// figures stay; so does the draft, which is made anew from what is said here.
    pub fn say_report(&self, r: &mut Report) {
        self.text(&mut r.title);
        self.claim(&mut r.summary);
        self.text(&mut r.severity.rule);
        r.severity.because.iter_mut().for_each(|c| self.claim(c));
        r.severity.unknown.iter_mut().chain(&mut r.severity.would_change).for_each(|t| self.text(t));
        for h in &mut r.hypotheses {
            self.text(&mut h.statement);
            h.supporting.iter_mut().chain(&mut h.against).for_each(|c| self.claim(c));
        }
        let told = r.first_cause.iter_mut().map(|f| &mut f.what).chain(r.trigger.iter_mut().map(|t| &mut t.what));
        told.for_each(|c| self.claim(c));
        r.propagation.iter_mut().for_each(|p| self.claim(&mut p.observed));
        r.blast_radius.iter_mut().for_each(|b| self.claim(&mut b.impact));
        r.services.iter_mut().filter_map(|s| s.impact.as_mut()).for_each(|c| self.claim(c));
        r.timeline.iter_mut().for_each(|t| self.claim(&mut t.what));
        for c in &mut r.checklist {
            [&mut c.what, &mut c.expect].into_iter().chain(&mut c.notes).for_each(|t| self.text(t));
            c.meanings.iter_mut().for_each(|way| self.text(&mut way.expect));
        }
        for m in &mut r.mitigation {
            [&mut m.action, &mut m.risk, &mut m.rollback].into_iter().chain(&mut m.notes).for_each(|t| self.text(t));
            m.effect.iter_mut().for_each(|c| self.claim(c));
            if let Some(c) = &mut m.verify {
                [&mut c.what, &mut c.expect].into_iter().chain(&mut c.notes).for_each(|t| self.text(t));
            }
        }
        r.customer_impact.iter_mut().for_each(|c| self.claim(c));
        for w in &mut r.whys {
            self.text(&mut w.question);
            self.claim(&mut w.answer);
        }
        r.systemic_cause.iter_mut().chain(&mut r.counterfactual).for_each(|c| self.claim(c));
        for f in &mut r.follow_ups {
            self.text(&mut f.what);
            self.text(&mut f.owner_role);
        }
        self.say_notices(&mut r.notices);
        self.code().clone_into(&mut r.engine.language);
    }

    /// Says what intake noticed.
    pub fn say_notices(&self, notices: &mut [Notice]) {
        notices.iter_mut().for_each(|n| self.text(&mut n.what));
    }

    /// Says a step of the trail; a call's arguments stay.
    pub fn say_step(&self, step: &mut Step) {
        self.title(step);
        if step.kind != StepKind::ToolCall {
            let said: Vec<String> = step.text.lines().map(|line| self.line(line, step)).collect();
            step.text = said.join("\n");
        }
    }

    /// A title that was cut to fit is a line of the text, said whole and cut anew.
    fn title(&self, step: &mut Step) {
        const FITS: usize = 60;
        let cut = step.title.strip_suffix('…').map(|t| t.split_once(", first ").map_or(("", t), |(n, t)| (n, t)));
        let Some((count, begun)) = cut else { return self.text(&mut step.title) };
        let Some(line) = step.text.lines().find(|l| l.starts_with(begun)) else { return };
        let mut said = self.line(line, step);
        if let Some(n) = count.split(' ').next().filter(|n| !n.is_empty()) {
            said = self.message("trail.found_cut", &[("n", n), ("said", &said)]);
        }
        let short: String = said.chars().take(FITS).collect();
        step.title = if short.len() < said.len() { format!("{short}…") } else { said };
    }

    /// A line of a step: the time before it, and what is quoted from the evidence, stay.
    fn line(&self, line: &str, step: &Step) -> String {
        let clock = |word: &str| word.contains(':') && word.starts_with(|c: char| c.is_ascii_digit());
        let (time, words) = match line.split_once(' ') {
            Some((word, words)) if clock(word) => (word, words),
            _ => ("", line),
        };
        let bare = words.trim_matches(['“', '”', '.', ' ']);
        if bare.is_empty() || step.citations.iter().any(|c| c.quote.contains(bare)) {
            return line.to_owned();
        }
        let said = self.say(words);
        if time.is_empty() { said } else { format!("{time} {said}") }
    }

    fn text(&self, text: &mut String) {
        if let Some(said) = self.said(text) {
            *text = said;
        }
    }

    /// A claim in the evidence's own words stays in them.
    fn claim(&self, claim: &mut Claim) {
        let bare = claim.text.trim_matches(['“', '”', '.', ' ']);
        let quoted = claim.support == Support::Quoted && claim.citations.iter().any(|c| c.quote.contains(bare));
        if !quoted {
            self.text(&mut claim.text);
        }
    }
}
