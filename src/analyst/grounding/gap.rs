//! Gaps: the marks of something that is not written yet. One pattern for whoever looks for them:
//! grounding, the lint, the documents.

use super::pattern::Pattern;

/// A gap: `[FILL IN: who]`, `TBD`, `<insert date>`, `XX:XX`.
pub static GAP: Pattern = Pattern::new(
    r"(?i)\[\s*(?:FILL[ _]IN|TODO|TBD|INSERT|PLACEHOLDER)\b[^\]\n]*\]|\[\s*待补[^\]\n]*\]|\bTBD\b|\bTODO:|<\s*(?:insert|fill in|your)\b[^>\n]{0,80}>|\bXX:XX\b|\blorem ipsum\b",
);

#[cfg(test)]
mod tests {
    use super::GAP;

    #[test]
    fn a_gap_is_known_in_every_form_and_nothing_else_is_one() {
        for gap in [
            "Summary [FILL IN]",
            "Owner: TBD",
            "[ todo: x ]",
            "at XX:XX we saw it",
            "<insert date>",
            "TODO: owner",
            "[待补：作者]",
        ] {
            assert!(GAP.is_match(gap), "{gap}");
        }
        for text in ["the to-do list was long", "filled in by the on-call", "[L4]", "<pod>", "an array[TBDs]"] {
            assert!(!GAP.is_match(text), "{text}");
        }
    }
}
