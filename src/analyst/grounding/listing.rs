//! A timeline that lists rows one below the other where the stamps give no order: it claims by its form
//! what none of its sentences says.

use super::pattern::Pattern;
use super::statement::{Part, Statement};
use super::{Finding, Known};

static STAMPED: Pattern = Pattern::new(r"^[\s|\[]*(?:\d{4}-\d{2}-\d{2}[T ]\s*)?\d{1,2}:\d{2}:\d{2}");
/// A page that says so itself is not blamed for its rows.
static SAID: Pattern = Pattern::new(r"(?i)\bunordered\b|stamps do not tell|order (?:of these )?is not known");
/// The same in looser words, which another part of the page may use of something else.
static SAID_THERE: Pattern = Pattern::new(
    r"(?i)\b(?:their order|order of (?:the )?(?:events|rows|lines))\b[^.]*\b(?:not|no|unknown|cannot|can't)\b|\b(?:no|unknown) order\b|\bunordered\b|stamps do not tell|same (?:time|stamp|moment)",
);

fn says_so(s: &Statement<'_>) -> bool {
    SAID.is_match(&s.text) || (s.part == Part::Timeline && SAID_THERE.is_match(&s.text))
}

/// The rows of a page's timeline, where the evidence gives no order and the page does not say so.
pub fn of_prose(statements: &[Statement<'_>], known: &Known<'_>, out: &mut Vec<Finding>) {
    if !known.is_unordered() || statements.iter().any(says_so) {
        return;
    }
    let rows: Vec<&Statement<'_>> =
        statements.iter().filter(|s| s.part == Part::Timeline && STAMPED.is_match(&s.text)).collect();
    let Some(first) = rows.first().filter(|_| rows.len() >= 2) else { return };
    let what = format!(
        "{} rows are listed in order, and the stamps are equal or a few milliseconds apart: nothing says what came first",
        rows.len()
    );
    out.push(
        Finding::new(&first.path, "order-not-known", what).with_fix("say above the rows that their order is not known"),
    );
}

#[cfg(test)]
mod tests {
    use crate::analyst::grounding::prose::prose;
    use crate::domain::{Evidence, Origin, Source, SourceId};

    fn found(page: &str) -> usize {
        let text = "2026-01-20T18:44:05.310Z WARN api pool waited\n2026-01-20T18:44:05.310Z ERROR db full\n2026-01-20T18:44:05.311Z FATAL worker out of memory\n";
        let source = Source { id: SourceId(0), name: "paste 1".into(), origin: Origin::Paste, text: text.into() };
        let evidence = Evidence { readings: vec![crate::intake::read(&source)], sources: vec![source] };
        prose(page, &evidence).iter().filter(|f| f.what.contains("listed in order")).count()
    }

    #[test]
    fn rows_of_equal_stamps_are_no_order_unless_the_page_says_so() {
        let rows = "- 18:44:05 api: pool waited\n- 18:44:05 db full\n- 18:44:05 worker out of memory\n";
        assert_eq!(found(&format!("## Timeline\n\n{rows}")), 1);
        assert_eq!(found(&format!("## Timeline\n\nTheir order is not known.\n\n{rows}")), 0);
        assert_eq!(found(&format!("## Summary\n\n{rows}")), 0);
    }
}
