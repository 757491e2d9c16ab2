//! What is asked of the saved sessions: words, and filters such as `tag:dns sev:1 after:2026-05-01`.
//! It parses and compares; it reads no store.

use chrono::NaiveDate;

use super::input::{HomeRow, SavedKind};

/// In which order sessions are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sort {
    /// The last begun first; where words are searched for, the best find first.
    #[default]
    Newest,
    /// The last changed first.
    Changed,
    /// The most severe first.
    Severity,
    /// By title.
    Title,
}

impl Sort {
    /// Every order, with its name in a query (`sort:changed`).
    pub const ALL: &'static [(Self, &'static str)] =
        &[(Self::Newest, "newest"), (Self::Changed, "changed"), (Self::Severity, "severity"), (Self::Title, "title")];

    /// Its name.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(s, _)| *s == self).map_or("newest", |(_, name)| name)
    }

    /// The next one, around the end.
    pub fn next(self) -> Self {
        let at = Self::ALL.iter().position(|(s, _)| *s == self).unwrap_or(0);
        Self::ALL.get((at + 1) % Self::ALL.len()).map_or(Self::Newest, |(s, _)| *s)
    }
}

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SessionsQuery {
    /// As it was typed, without the order.
    pub text: String,
    /// Words that must all be there; a phrase in quotes is one.
    pub words: Vec<String>,
    /// Tags that must all be there.
    pub tags: Vec<String>,
    /// `SEV1`, `SEV2`, `SEV3` or `undecided`.
    pub severity: Option<String>,
    /// A service the session was begun for.
    pub service: Option<String>,
    /// Begun on this day or later.
    pub after: Option<NaiveDate>,
    /// Begun before this day.
    pub before: Option<NaiveDate>,
    /// Only of this kind.
    pub kind: Option<SavedKind>,
    /// The bin instead of the sessions.
    pub binned: bool,
    /// The order.
    pub sort: Sort,
}

impl SessionsQuery {
    /// The longest query, in bytes.
    pub const MOST: usize = 1_000;

    /// Reads a query.
    ///
    /// # Errors
    /// A sentence that names the part that can't be read and what can stand there.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let text = text.char_indices().nth(Self::MOST).map_or(text, |(at, _)| text.get(..at).unwrap_or(text));
        let mut query = Self { text: text.to_owned(), ..Self::default() };
        for (part, quoted) in parts(text) {
            match part.split_once(':').filter(|(_, value)| !quoted && !value.is_empty()) {
                Some(("tag", tag)) => query.tags.push(tag.to_lowercase()),
                Some(("sev" | "severity", level)) => query.severity = Some(severity(level)?),
                Some(("service", name)) => query.service = Some(name.to_lowercase()),
                Some(("after", day)) => query.after = Some(date(day)?),
                Some(("before", day)) => query.before = Some(date(day)?),
                Some(("sort", name)) => {
                    let found = Sort::ALL.iter().find(|(_, n)| *n == name);
                    query.sort = found
                        .map(|(s, _)| *s)
                        .ok_or_else(|| format!("`sort:{name}` is no order: newest, changed, severity or title"))?;
                }
                Some(("is", "binned")) => query.binned = true,
                Some(("is", kind)) => query.kind = Some(kind_named(kind)?),
                _ if !part.is_empty() => query.words.push(part),
                _ => {}
            }
        }
        Ok(query)
    }

    /// True when nothing is asked: every session, the last begun first.
    pub fn is_plain(&self) -> bool {
        *self == Self::default()
    }

    /// True for a row that passes the filters; words are not looked at.
    pub fn lets_through(&self, row: &HomeRow) -> bool {
        let day = row.started.map(|t| t.date_naive());
        self.tags.iter().all(|t| row.tags.iter().any(|own| own.eq_ignore_ascii_case(t)))
            && self.severity.as_ref().is_none_or(|s| row.severity.eq_ignore_ascii_case(s))
            && self.service.as_ref().is_none_or(|s| row.service.to_lowercase().contains(s))
            && self.after.is_none_or(|after| day.is_some_and(|d| d >= after))
            && self.before.is_none_or(|before| day.is_some_and(|d| d < before))
            && self.kind.is_none_or(|k| row.kind == k)
    }
}

/// The blank-separated parts; what stands in double quotes is one part.
fn parts(text: &str) -> Vec<(String, bool)> {
    let (mut out, mut part, mut quoted) = (Vec::new(), String::new(), false);
    for c in text.chars() {
        match c {
            '"' => {
                if !part.is_empty() || quoted {
                    out.push((std::mem::take(&mut part), quoted));
                }
                quoted = !quoted;
            }
            c if c.is_whitespace() && !quoted => {
                if !part.is_empty() {
                    out.push((std::mem::take(&mut part), false));
                }
            }
            c => part.push(c),
        }
    }
    if !part.is_empty() {
        out.push((part, quoted));
    }
    out
}

fn severity(level: &str) -> Result<String, String> {
    let low = level.to_lowercase();
    match low.trim_start_matches("sev") {
        "1" | "2" | "3" => Ok(format!("SEV{}", low.trim_start_matches("sev"))),
        _ if low == "undecided" => Ok(low),
        _ => Err(format!("`sev:{level}` is no severity: 1, 2, 3 or undecided")),
    }
}

fn date(day: &str) -> Result<NaiveDate, String> {
    let whole = match day.len() {
        4 => format!("{day}-01-01"),
        7 => format!("{day}-01"),
        _ => day.to_owned(),
    };
    whole.parse().map_err(|_| format!("`{day}` is no day: 2026, 2026-05 or 2026-05-31"))
}

fn kind_named(name: &str) -> Result<SavedKind, String> {
    match name {
        "session" => Ok(SavedKind::Session),
        "imported" => Ok(SavedKind::Imported),
        "document" => Ok(SavedKind::Document),
        _ => Err(format!("`is:{name}` is unknown: session, imported, document or binned")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_phrases_and_filters_are_told_apart() {
        let q = SessionsQuery::parse("heap \"no space left\" tag:Disk sev:1 service:orders after:2026-05 sort:changed")
            .unwrap();
        assert_eq!(q.words, ["heap", "no space left"]);
        assert_eq!((q.tags, q.severity.as_deref()), (vec!["disk".to_owned()], Some("SEV1")));
        assert_eq!((q.service.as_deref(), q.sort), (Some("orders"), Sort::Changed));
        assert_eq!(q.after, Some("2026-05-01".parse().unwrap()));
        assert_eq!(SessionsQuery::parse("http://x status:500").unwrap().words, ["http://x", "status:500"]);
    }

    #[test]
    fn what_cannot_be_read_is_named_with_what_can_stand_there() {
        for (typed, said) in
            [("sev:9", "1, 2, 3"), ("after:soon", "2026-05"), ("is:x", "imported"), ("sort:x", "title")]
        {
            assert!(SessionsQuery::parse(typed).unwrap_err().contains(said), "{typed}");
        }
    }

    #[test]
    fn filters_let_through_what_fits_all_of_them() {
        let row = HomeRow {
            severity: "SEV1".into(),
            tags: vec!["disk".into()],
            started: Some("2026-06-02T09:00:00Z".parse().unwrap()),
            ..HomeRow::default()
        };
        let passes = |q: &str| SessionsQuery::parse(q).unwrap().lets_through(&row);
        assert!(passes("tag:disk sev:1 after:2026-06-02 before:2026-06-03"));
        for q in ["tag:dns", "sev:2", "after:2026-06-03", "before:2026-06-02", "service:x", "is:document"] {
            assert!(!passes(q), "{q}");
        }
    }
}
