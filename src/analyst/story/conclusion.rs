//! The words by which people conclude: `caused by`, `turned out`, `traced to`, `because`. What is
//! concluded outranks what was merely seen. It tells where the cause stands, and not which it is.

use std::sync::LazyLock;

use regex::Regex;

use super::lexicon::is_hedged;

/// After these words stands the cause.
static BEFORE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(
        r"(?i)\b(?:(?:root|actual|real|underlying|direct) cause(?: of [^.:]{1,60}?)?(?: was| is|:)|(?:reason|cause|culprit)(?: for [^.:]{1,60}?)? (?:was|is)\b|caused by|turn(?:s|ed) out(?: that| to be)?|trac(?:ed|ing) (?:it |this |them )?(?:back )?to|tracked (?:it )?down to|pinned (?:it )?down to|due to|because(?: of)?|as a result of|result(?:ed|s|ing) from|stem(?:s|med|ming) from|triggered by|brought (?:on|down) by|blamed on|identified (?:that|as)|found (?:out )?that|it emerged that|owing to|thanks to|the fault (?:was|lay)|the (?:problem|issue|trouble|mistake|catch|bug) (?:is|was)(?: that)?\b|it (?:was|is) (?:the|our|my)\b|(?:came|comes|boil(?:s|ed)) down to|cause\W{1,4}:)",
    )
    .ok()
});
/// Before these words stands the cause.
static AFTER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(
        r"(?i)\b(?:(?:has |had |have )?caus(?:es|ed|ing) (?:the |an? |all |our |its |this )|which (?:caus|trigger|led)\w*|led to|(?:is|was|were) (?:the (?:root )?cause|to blame|the culprit|responsible|what (?:did|caused|broke) it)|explains (?:why|the|that)|brought down|broke|therefore|hence|which is why)\b",
    )
    .ok()
});

/// Plain words of a conclusion: behind them a bare noun names the cause.
static PLAINLY: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(
        r"(?i)\b(?:(?:root |actual |real |underlying )?cause(?: of [^.:]{1,60}?)?(?: was| is|\W{0,4}:)|culprit (?:was|is)|caused by|turn(?:s|ed) out(?: that| to be)?|trac(?:ed|ing) (?:it |this |them )?(?:back )?to|tracked (?:it )?down to|brought down by|triggered by|the (?:problem|issue|trouble|mistake) (?:is|was)(?: that)?|it was (?:the|our|my))",
    )
    .ok()
});

/// What is said of whoever was looked at and was not it.
static CLEARED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(
        r"(?i)\b(?:(?:is|are|was|were|been|be|looks?|looked|seems?|seemed|stayed|remained)(?:n['’]t)? (?:(?:all|perfectly|completely|entirely|quite|still|actually|just|also|itself|always) ){0,2}(?:fine|ok|okay|valid|healthy|innocent|good|correct|in order|unrelated|unaffected|intact|up to date|not (?:it|the (?:root )?(?:cause|problem|issue|culprit|reason|fault)|to blame|involved|at fault|related|affected))|(?:is|was|are|were)n['’]t (?:it|the (?:root )?(?:cause|problem|issue|culprit|reason|fault)|to blame|involved|at fault|related|affected)|(?:has|have|had) nothing to do with|works? (?:fine|well|as (?:expected|intended))|worked (?:fine|well|as (?:expected|intended))|did nothing wrong|can be ruled out|(?:was|were|is|are) (?:ruled out|cleared|exonerated))\b",
    )
    .ok()
});

/// The clause says of its thing that it was well, or that it was not it.
pub fn is_cleared(clause: &str) -> bool {
    CLEARED.as_ref().is_some_and(|r| r.is_match(clause))
}

/// Where the sentence concludes so plainly that a bare noun behind its words names the cause.
pub fn plainly_from(sentence: &str) -> Option<usize> {
    if is_hedged(sentence) {
        return None;
    }
    PLAINLY.as_ref().and_then(|r| r.find_iter(sentence).last()).map(|m| m.end())
}

/// Where the sentence concludes what the cause was: from which byte on it is told. `None` where it
/// concludes nothing, or supposes.
pub fn concluded_from(sentence: &str) -> Option<usize> {
    if is_hedged(sentence) {
        return None;
    }
    let before = BEFORE.as_ref().and_then(|r| r.find_iter(sentence).last()).map(|m| m.end());
    before.or_else(|| AFTER.as_ref().is_some_and(|r| r.is_match(sentence)).then_some(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conclusion_tells_where_its_cause_stands() {
        for (text, cause) in [
            ("The crash was caused by a full disk", " a full disk"),
            ("It turned out that the clocks differed", " the clocks differed"),
            ("Traced to a switch: traced back to rack 4", " rack 4"),
            ("A wrong route caused the outage", "A wrong route caused the outage"),
        ] {
            assert_eq!(concluded_from(text).and_then(|at| text.get(at..)), Some(cause), "{text}");
        }
        for text in ["It might be caused by the disk", "We suspected that it was due to DNS", "Logs were read"] {
            assert_eq!(concluded_from(text), None, "{text}");
        }
    }
}
