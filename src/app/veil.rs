//! The veil of a shared screen: network addresses, e-mail addresses and people's names become stable
//! names before anything is laid out. The same value has the same name within a session, another one in
//! another session. It covers what is shown; the session stays as it is.

use core::net::IpAddr;

use super::desk::Desk;
use super::row::{Bit, Role, Row};
use crate::journal::event::Author;
use crate::session::Session;

/// Names of accounts that are nobody's: who runs the console as one of these is not named by it, and
/// `root cause` stays readable.
const NOBODYS: &[&str] = &["root", "admin", "administrator", "user", "ubuntu", "debian", "ec2-user", "oncall", "ops"];
/// A word of a name is covered for itself from so many letters on, where it begins with a capital.
const SHORTEST_WORD: usize = 3;

/// What is covered on one screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Veil {
    salt: String,
    people: Vec<String>,
}

impl Veil {
    /// The veil of this screen; `None` where it is not shared.
    pub fn of(session: &Session, desk: &Desk) -> Option<Self> {
        if !desk.is_shared() {
            return None;
        }
        let mut people: Vec<String> = Vec::new();
        let mut add = |name: &str| {
            let is_one = name.len() > 1 && !NOBODYS.contains(&name);
            if is_one && !people.iter().any(|p| p.eq_ignore_ascii_case(name)) {
                people.push(name.to_owned());
            }
        };
        let said = session.notes.iter().map(|n| &n.by).chain(session.runs.values().map(|r| &r.by));
        let said = said.chain(session.judgements.values().map(|j| &j.by)).chain(session.added.iter().map(|h| &h.by));
        let said = said.chain(session.votes.iter().map(|v| &v.by)).chain(session.proposed.iter().map(|p| &p.by));
        for by in said {
            if let Author::Person(name) = by {
                add(name);
            }
        }
        add(&desk.person);
        desk.following.iter().for_each(|f| add(&f.who));
        desk.people.values().for_each(|(name, _)| add(name));
        desk.present.iter().for_each(|p| add(&p.name));
        session.offered.iter().for_each(|offer| add(&offer.name));
        // The longest first: `kim lee` must not become `person-1 lee`.
        people.sort_by_key(|p| std::cmp::Reverse(p.len()));
        Some(Self { salt: session.id.clone(), people })
    }

    /// The text under the veil.
    pub fn text(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(begin) = rest.find(is_word) {
            out.push_str(rest.get(..begin).unwrap_or_default());
            rest = rest.get(begin..).unwrap_or_default();
            let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
            let (word, behind) = rest.split_at_checked(end).unwrap_or((rest, ""));
            out.push_str(&self.word(word));
            rest = behind;
        }
        out.push_str(rest);
        for person in &self.people {
            out = replace_word(&out, person, &self.person(person), str::eq_ignore_ascii_case);
        }
        // `Kim said` is about Kim Ferrari: the words of a name, as names are written.
        for person in self.people.iter().filter(|p| p.contains(char::is_whitespace)) {
            for word in person.split_whitespace().filter(|w| is_called(w)) {
                out = replace_word(&out, word, &self.person(person), |a, b| a == b);
            }
        }
        out
    }

    /// The same whatever the case: `kim` in a chat is Kim in `people.toml`.
    fn person(&self, name: &str) -> String {
        self.named("person", &name.to_ascii_lowercase())
    }

    /// The row under the veil.
    pub fn row(&self, mut row: Row) -> Row {
        let whole = self.text(&row.text());
        for bit in &mut row.bits {
            bit.text = self.text(&bit.text);
        }
        if row.text() != whole {
            // A value that stands in two differently painted bits is covered all the same.
            row.bits = vec![Bit { role: Role::Text, text: whole }];
        }
        row
    }

    fn word(&self, word: &str) -> String {
        if word.contains('@') && word.rsplit('@').next().is_some_and(|host| host.contains('.')) {
            return self.named("mail", word);
        }
        let bare = word.trim_matches(|c: char| matches!(c, '.' | ':' | '-' | '/'));
        match address(bare) {
            Some(address) => word.replacen(address, &self.named("addr", address), 1),
            None => word.to_owned(),
        }
    }

    fn named(&self, kind: &str, value: &str) -> String {
        let hash = blake3::hash(format!("{}\0{value}", self.salt).as_bytes()).to_hex();
        format!("‹{kind}-{}›", hash.get(..4).unwrap_or_default())
    }
}

/// The part of a word that is a network address: alone, with a port, with a prefix length.
fn address(word: &str) -> Option<&str> {
    let plain = |w: &str| w.parse::<IpAddr>().is_ok_and(|a| a.is_ipv4() || w.matches(':').count() > 1);
    let first = word.split('/').next().unwrap_or(word);
    [word, first].into_iter().find(|w| plain(w)).or_else(|| {
        let (host, port) = first.rsplit_once(':')?;
        (plain(host) && port.bytes().all(|b| b.is_ascii_digit())).then_some(host)
    })
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | ':' | '@' | '_' | '%' | '+' | '-' | '/')
}

/// Whether a word of a name is what somebody is called by.
fn is_called(word: &str) -> bool {
    word.chars().count() >= SHORTEST_WORD && word.starts_with(char::is_uppercase)
}

/// Replaces a name where it stands as a word of its own.
fn replace_word(text: &str, name: &str, by: &str, same: impl Fn(&str, &str) -> bool) -> String {
    let letter = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    let (mut out, mut before) = (String::with_capacity(text.len()), None);
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        let found = rest
            .split_at_checked(name.len())
            .filter(|(word, behind)| !letter(before) && same(word, name) && !letter(behind.chars().next()));
        let (shown, behind) = match found {
            Some((word, behind)) => {
                before = word.chars().next_back();
                (by, behind)
            }
            None => {
                before = Some(next);
                rest.split_at_checked(next.len_utf8()).unwrap_or((rest, ""))
            }
        };
        out.push_str(shown);
        rest = behind;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;

    fn veil() -> Veil {
        let desk = Desk { theme: Some("bridge".into()), ..Desk::new("kim", (80, 24), DateTime::UNIX_EPOCH) };
        Veil::of(&Session { id: "s".into(), ..Session::default() }, &desk).unwrap()
    }

    #[test]
    fn addresses_mails_and_names_are_covered_and_keep_apart() {
        let v = veil();
        let text =
            v.text("10.0.12.5:8080 -> 10.0.12.6, [2001:db8::7] kim <kim.lee@example.com> 10.0.0.0/16 from=10.0.12.5");
        for gone in ["10.0.12", "2001:db8", "kim", "example.com", "10.0.0.0"] {
            assert!(!text.contains(gone), "{gone} in {text}");
        }
        assert!(text.contains(":8080") && text.contains("/16"), "{text}");
        assert_eq!(v.text("10.0.12.5"), v.text("10.0.12.5"));
        assert_ne!(v.text("10.0.12.5"), v.text("10.0.12.6"));
    }

    #[test]
    fn a_name_is_covered_however_it_is_written_and_an_account_that_is_nobodys_is_not_one() {
        let desk =
            |name: &str| Desk { theme: Some("bridge".into()), ..Desk::new(name, (80, 24), DateTime::UNIX_EPOCH) };
        let of = |name: &str| Veil::of(&Session { id: "s".into(), ..Session::default() }, &desk(name)).unwrap();
        let v = of("Kim van Ferrari");
        let whole = v.text("Kim van Ferrari");
        assert!(whole.starts_with("‹person-") && !whole.contains(' '), "{whole}");
        for text in ["kim van ferrari", "Kim", "Ferrari"] {
            assert_eq!(v.text(text), whole, "{text}");
        }
        assert_eq!(v.text("@Kim: (Ferrari) Kimono, van, KIM"), format!("@{whole}: ({whole}) Kimono, van, KIM"));
        assert_eq!(of("root").text("Root cause: root"), "Root cause: root");
        let jo = of("jö");
        assert_eq!(jo.text("Jö, jö, jöö"), format!("{0}, {0}, jöö", jo.text("jö")));
    }

    #[test]
    fn times_versions_paths_and_other_words_stay() {
        let v = veil();
        for text in ["2026-06-02T09:12:00Z", "v2.4.1", "09:12:30", "a/b.c", "kimono", "1.2.3", "order-svc 0.71", "::"] {
            assert_eq!(v.text(text), text);
        }
    }
}
