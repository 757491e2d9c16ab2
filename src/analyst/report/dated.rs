//! A row's time and the line it cites are of one line: where a finding was dated by another line than
//! the one it quotes, the row quotes the line that states its time.

use crate::analyst::casebook::Casebook;
use crate::analyst::said::said;
use crate::domain::{Claim, Evidence, Line, SourceId, Span, Stamp};

/// Lines longer than this are not told as a row.
const LONGEST: usize = 400;

/// The claim, or one that quotes the line with that stamp: the service's own before any other.
pub fn claim(evidence: &Evidence, book: &Casebook, at: &Stamp, service: Option<&str>, claim: &Claim) -> Claim {
    let lines: Vec<&Line> = claim.citations.iter().filter_map(|c| evidence.line_of(c)).collect();
    let other = lines.iter().any(|l| l.stamp.is_some())
        && !lines.iter().any(|l| l.stamp.is_some_and(|s| s.time() == at.time()));
    if !other || claim.formula.is_some() {
        return claim.clone();
    }
    let same: Vec<(SourceId, &Line)> = evidence.lines().filter(|(_, l)| l.stamp.as_ref() == Some(at)).collect();
    let scope = book.scope(evidence);
    let of = |source: SourceId, l: &Line| {
        l.service
            .as_deref()
            .map(str::to_owned)
            .or_else(|| scope.block(source, (l.no as usize).saturating_sub(1)).and_then(|b| b.service.clone()))
    };
    let own = same.iter().find(|(s, l)| service.is_some() && of(*s, l).as_deref() == service);
    let Some((source, line)) = own.or(same.first()) else { return claim.clone() };
    let text = evidence.slice(Span::new(*source, line.range()));
    let told = said(text, line.message.saturating_sub(line.start)).map(|s| s.text);
    let Some(told) = told.filter(|s| s.len() <= LONGEST) else { return claim.clone() };
    Claim::quoted(format!("“{told}”"), vec![evidence.cite_line(*source, line)])
}
