//! The listing of a panel: its rows, made when asked for where there may be very many.

use std::borrow::Cow;

use super::EvidenceRows;
use crate::app::desk::Desk;
use crate::app::panel::Panel;
use crate::app::row::Row;
use crate::app::veil::Veil;
use crate::session::Session;

/// The rows of a panel.
#[derive(Debug)]
pub enum Listing<'a> {
    /// Rows that are there.
    Made(Vec<Row>),
    /// The evidence: a row is made when it is asked for.
    Evidence(EvidenceRows<'a>),
    /// The same on a shared screen: every row is covered.
    Veiled(Box<Listing<'a>>, Veil),
}

impl Listing<'_> {
    /// How many rows there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Made(rows) => rows.len(),
            Self::Evidence(rows) => rows.len(),
            Self::Veiled(rows, _) => rows.len(),
        }
    }

    /// True when there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A row; blank beyond the end.
    pub fn row(&self, at: usize) -> Cow<'_, Row> {
        match self {
            Self::Made(rows) => rows.get(at).map_or_else(|| Cow::Owned(Row::blank()), Cow::Borrowed),
            Self::Evidence(rows) => Cow::Owned(rows.row(at)),
            Self::Veiled(rows, veil) => Cow::Owned(veil.row(rows.row(at).into_owned())),
        }
    }

    /// The first row after `from` (before it with `back`), around the end, that holds the text
    /// without regard to case.
    pub fn find(&self, text: &str, from: usize, back: bool) -> Option<usize> {
        let n = self.len();
        let pattern = regex::RegexBuilder::new(&regex::escape(text)).case_insensitive(true).build().ok()?;
        (1..=n).map(|step| if back { (from + n - step % n) % n } else { (from + step) % n }).find(|at| match self {
            Self::Made(rows) => rows.get(*at).is_some_and(|r| pattern.is_match(&r.text())),
            Self::Evidence(rows) => pattern.is_match(rows.plain(*at)),
            Self::Veiled(..) => pattern.is_match(&self.row(*at).text()),
        })
    }
}

/// What a panel says; on a shared screen, covered.
pub fn on_panel<'a>(session: &'a Session, desk: &Desk, panel: Panel) -> Listing<'a> {
    let rows = of_panel(session, desk, panel);
    match Veil::of(session, desk) {
        Some(veil) => Listing::Veiled(Box::new(rows), veil),
        None => rows,
    }
}

fn of_panel<'a>(session: &'a Session, desk: &Desk, panel: Panel) -> Listing<'a> {
    Listing::Made(match panel {
        Panel::Evidence => return Listing::Evidence(EvidenceRows::new(session, desk.cited.clone())),
        Panel::Trail => super::trail::rows(session, desk),
        Panel::Hypotheses => super::hypotheses::rows(session, desk),
        Panel::Checklist => super::checklist::rows(session, desk),
        Panel::Summary => super::summary::rows(session),
        Panel::Mitigation => super::mitigation::rows(session, desk),
        Panel::Impact => super::report::impact(session),
        Panel::Services => super::services::rows(session),
        Panel::Timeline => super::timeline::rows(session),
        Panel::Forensic => super::forensic::rows(session),
        Panel::Whys => super::report::whys(session),
        Panel::FollowUps => super::report::follow_ups(session),
        Panel::Postmortem => super::postmortem::rows(session, desk),
        Panel::Notes => super::notes::rows(session, desk),
        Panel::Notices => super::notices::rows(session),
        Panel::Runs => super::runs::rows(session, desk),
    })
}

/// What the home screen says.
pub fn on_home(desk: &Desk) -> Listing<'static> {
    Listing::Made(super::home::rows(desk))
}
