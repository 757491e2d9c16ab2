//! Changes that programs log themselves: a secret, a certificate or settings that were read anew. What is
//! said so every day is no change; whether one set anything off is judged elsewhere.

use std::sync::LazyLock;

use regex::Regex;

use crate::analyst::Casebook;
use crate::analyst::casebook::Change;
use crate::analyst::scope::{BlockKind, Scope, service_of};
use crate::analyst::wording::message;
use crate::domain::{Evidence, Level, Span};

/// What a program says that it read anew: what it is set up with.
static ANEW: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(
        r"(?i)\b(?:secret|credential|password|config|certificate|setting|feature flag)s?\b[^\n]{0,30}\b(?:changed|reloaded|re-?read(?:ing)?|rotated|replaced)\b",
    )
    .ok()
});
/// Of one source, more such lines than this are what it says every day.
const SELDOM: usize = 2;

/// Changes that programs log themselves: a secret, a certificate or settings that were read anew, seldom.
pub(super) fn changes(evidence: &Evidence, scope: &Scope, book: &mut Casebook) {
    for (source, reading) in evidence.sources.iter().zip(&evidence.readings) {
        let found: Vec<usize> =
            ANEW.iter().flat_map(|r| r.find_iter(&source.text)).map(|m| m.start()).take(SELDOM + 1).collect();
        if found.len() > SELDOM {
            continue;
        }
        for at in found {
            let index = reading.lines.partition_point(|l| l.start <= at).saturating_sub(1);
            let Some(line) = reading.lines.get(index) else { continue };
            let Some(block) =
                scope.block(source.id, index).filter(|b| matches!(b.kind, BlockKind::Logs | BlockKind::Text))
            else {
                continue;
            };
            // people's sentences have their own readers
            let quiet = matches!(line.level, Some(Level::Info | Level::Notice | Level::Debug));
            let text = evidence.slice(Span::new(source.id, line.range()));
            let Some(service) = service_of(scope, block, line, text).filter(|_| quiet && line.stamp.is_some()) else {
                continue;
            };
            let Some(said) = message(text, line.message.saturating_sub(line.start)) else { continue };
            let cited = evidence.cite(Span::new(source.id, line.start + said.start..line.start + said.end));
            book.changes.push(Change::told(line.stamp, service, cited));
        }
    }
}
