//! Changes that programs log themselves: a secret, a certificate or settings that were read anew. What is
//! said so every day is no change; whether one set anything off is judged elsewhere.

use std::sync::LazyLock;

use memchr::memmem;
use regex::Regex;

use crate::analyst::Casebook;
use crate::analyst::casebook::Change;
use crate::analyst::scope::{BlockKind, Scope, service_of};
use crate::analyst::timeline::says_unchanged;
use crate::analyst::wording::{is_denied, message};
use crate::domain::{Evidence, Level, Span};

/// What a program says that it read anew: what it is set up with.
static ANEW: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(
        r"(?i)\b(?:secret|credential|password|config|certificate|setting|feature flag)s?\b[^\n]{0,30}\b(changed|reloaded|re-?read(?:ing)?|rotated|replaced)\b",
    )
    .ok()
});
/// What is to be done, may be done or was done last is told of another time.
static ELSEWHEN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(
        r"(?i)\b(?:will|would|should|must|can|may|might|could|to|needs?|last|never|failed to|unable to|if|when|unless)(?: (?:be|have|been|get|not|successfully)){0,2}\s*$",
    )
    .ok()
});

/// Where a text says that something was read anew, and neither denies it nor speaks of another time.
fn anew(text: &str) -> impl Iterator<Item = usize> {
    let done = |said: &regex::Match<'_>, verb: &regex::Match<'_>| {
        let line = text.get(..verb.start()).and_then(|b| b.rfind('\n')).map_or(0, |i| i + 1);
        let lead = text.get(line..verb.start()).unwrap_or("");
        let own = text.get(line..).and_then(|t| t.lines().next()).unwrap_or("");
        !is_denied(text, verb.start())
            && !is_denied(text, said.start())
            && !ELSEWHEN.as_ref().is_some_and(|r| r.is_match(lead))
            && !says_unchanged(own)
    };
    let all = ANEW.iter().flat_map(move |r| r.captures_iter(text));
    all.filter_map(move |c| {
        c.get(0).zip(c.get(1)).filter(|(said, verb)| done(said, verb)).map(|(said, _)| said.start())
    })
}

/// What each such line holds, without the letter that may be a capital: only there is the pattern tried.
const VERBS: [&str; 6] = ["hanged", "eload", "e-read", "eread", "otated", "eplaced"];
/// Of one source, more such lines than this are what it says every day.
const SELDOM: usize = 2;

/// Changes that programs log themselves: a secret, a certificate or settings that were read anew, seldom.
pub(super) fn changes(evidence: &Evidence, scope: &Scope, book: &mut Casebook) {
    for (source, reading) in evidence.sources.iter().zip(&evidence.readings) {
        let found = said_in(&source.text);
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

/// Where a text says that something was read anew; no more places than show that it is nothing seldom.
fn said_in(text: &str) -> Vec<usize> {
    let mut found: Vec<usize> = Vec::new();
    for verb in VERBS {
        let mut from = 0;
        while let Some(at) =
            text.get(from..).and_then(|t| memmem::find(t.as_bytes(), verb.as_bytes())).map(|i| from + i)
        {
            let line = text.get(..at).and_then(|t| t.rfind('\n')).map_or(0, |i| i + 1);
            let end = text.get(at..).and_then(|t| t.find('\n')).map_or(text.len(), |i| at + i);
            let said = text.get(line..end).unwrap_or_default();
            found.extend(anew(said).map(|i| line + i).take(SELDOM + 1));
            found.sort_unstable();
            found.dedup();
            if found.len() > SELDOM {
                return found;
            }
            from = end;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::anew;

    #[test]
    fn what_was_not_changed_or_is_yet_to_be_is_no_change() {
        for text in [
            "INFO orders: config not changed, nothing to reload",
            "no config file changed",
            "config unchanged, secret was not yet rotated",
            "certificate will be replaced in 12 days",
            "password must be changed every 90 days",
            "certificate could not be reloaded",
            "config check: nothing was changed",
            "secret last rotated 40 days ago",
        ] {
            assert_eq!(anew(text).count(), 0, "{text}");
        }
        for text in ["config reloaded", "Secret orders-db was rotated", "no errors; certificate file replaced"] {
            assert_eq!(anew(text).count(), 1, "{text}");
        }
    }
}
