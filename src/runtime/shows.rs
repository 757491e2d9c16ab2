//! What this terminal can show, from the environment: how many colours, which characters, which
//! modes. It asks the terminal nothing: an answer over a slow line would come as keys.

/// How many colours there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Colours {
    /// None: the person said so, or the terminal has none.
    None,
    /// The sixteen.
    Sixteen,
    /// 256 by number.
    Many,
    /// Any, by red, green and blue.
    Any,
}

/// What a terminal can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shows {
    /// How many colours.
    pub colours: Colours,
    /// Only ASCII can be relied on.
    pub ascii: bool,
    /// A frame may be marked as one (synchronized update).
    pub synchronized: bool,
}

impl Shows {
    /// By the environment of this process.
    pub fn here() -> Self {
        Self::from_lookup(|name| std::env::var(name).ok())
    }

    /// By any environment.
    pub fn from_lookup(get: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| get(name).filter(|v| !v.is_empty());
        let term = set("TERM").unwrap_or_default();
        let plain = matches!(term.as_str(), "" | "dumb" | "vt100" | "vt102" | "vt220");
        let any = set("COLORTERM").is_some_and(|c| c == "truecolor" || c == "24bit") || term.ends_with("-direct");
        let colours = if set("NO_COLOR").is_some() || plain {
            Colours::None
        } else if any {
            Colours::Any
        } else if term.contains("256color") {
            Colours::Many
        } else {
            Colours::Sixteen
        };
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|n| set(n)).unwrap_or_default().to_lowercase();
        let utf8 = locale.contains("utf-8") || locale.contains("utf8");
        let console = term == "linux" || plain;
        Self { colours, ascii: !utf8 || plain, synchronized: !console && !term.starts_with("screen") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shows(environment: &[(&str, &str)]) -> Shows {
        Shows::from_lookup(|n| environment.iter().find(|(k, _)| *k == n).map(|(_, v)| (*v).to_owned()))
    }

    #[test]
    fn colours_follow_the_terminal_and_no_color_wins() {
        let colours = |e: &[(&str, &str)]| shows(e).colours;
        assert_eq!(colours(&[("TERM", "xterm-256color")]), Colours::Many);
        assert_eq!(colours(&[("TERM", "xterm-256color"), ("COLORTERM", "truecolor")]), Colours::Any);
        assert_eq!(colours(&[("TERM", "screen")]), Colours::Sixteen);
        assert_eq!(colours(&[("TERM", "dumb")]), Colours::None);
        assert_eq!(
            colours(&[("TERM", "xterm-256color"), ("COLORTERM", "truecolor"), ("NO_COLOR", "1")]),
            Colours::None
        );
    }

    #[test]
    fn without_a_utf_8_locale_only_ascii_is_drawn() {
        assert!(shows(&[("TERM", "xterm"), ("LANG", "C")]).ascii);
        assert!(shows(&[("TERM", "xterm")]).ascii);
        assert!(!shows(&[("TERM", "xterm"), ("LANG", "de_DE.UTF-8")]).ascii);
        assert!(shows(&[("TERM", "xterm"), ("LANG", "de_DE.UTF-8"), ("LC_ALL", "C")]).ascii, "LC_ALL wins");
    }
}
