//! Finding and replacing in the editor. Large and small ASCII letters are the same in a find, not in a
//! replacement.

use super::editor::Editor;

impl Editor {
    /// To the next place of a text, around the end. False when there is none.
    pub fn find_next(&mut self, wanted: &str) -> bool {
        let wanted = wanted.to_ascii_lowercase();
        if wanted.is_empty() {
            return false;
        }
        self.next(|text| text.to_ascii_lowercase().find(&wanted))
    }

    /// Replaces every place of a text, exactly as it is written; how many there were. One undo takes all
    /// of them back.
    pub fn replace_all(&mut self, what: &str, by: &str) -> usize {
        let text = self.text();
        let count = if what.is_empty() { 0 } else { text.matches(what).count() };
        if count > 0 {
            let (line, byte) = self.cursor();
            self.replace_text(&text.replace(what, by));
            self.jump(line, byte);
        }
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_place_is_found_around_the_end_without_regard_to_case() {
        let mut e = Editor::new("Heap\nx heap\n\u{e9} HEAP");
        for at in [(1, 2), (2, 3), (0, 0)] {
            assert!(e.find_next("heap"));
            assert_eq!(e.cursor(), at);
        }
        assert!(!e.find_next("none") && !e.find_next(""));
    }

    #[test]
    fn every_place_is_replaced_and_one_undo_takes_it_back() {
        let mut e = Editor::new("a b\na b a");
        assert_eq!(e.replace_all("a", "xyz"), 3);
        assert_eq!(e.text(), "xyz b\nxyz b xyz");
        e.undo();
        assert_eq!(e.text(), "a b\na b a");
        e.redo();
        assert_eq!(e.text(), "xyz b\nxyz b xyz");
        assert_eq!(e.replace_all("", "x"), 0);
    }
}
