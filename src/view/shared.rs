//! The shared screen's line: what is read aloud in fifteen seconds, in the place of the tabs.

use super::list::{Brush, Marks};
use crate::app::desk::{Desk, Place};
use crate::app::layout::Area;
use crate::app::row::{Role, Row};
use crate::app::rows::Listing;
use crate::app::scroll::Window;
use crate::app::veil::Veil;
use crate::export::update::{Audience, report};
use crate::session::Session;

/// Draws it, wrapped, as far as there is room.
pub fn line(brush: &mut Brush<'_>, area: Area, session: &Session, desk: &Desk) {
    brush.fill(area, Role::Text);
    let said = session.report.as_ref().map(|r| report(r, Audience::Bridge));
    let said = said.unwrap_or_else(|| "Nothing can be said yet: the investigation has not reported.".into());
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    let said = Veil::of(session, desk).map_or_else(|| said.clone(), |v| v.text(&said));
    let inside = Area { x: area.x + 1, width: area.width.saturating_sub(2), ..area };
    let window = Window { columns: usize::from(inside.width).max(1), rows: usize::from(inside.height), wrapped: true };
    let rows = Listing::Made(vec![Row::of(Role::Strong, said)]);
    brush.listing(inside, &rows, Place::default(), window, &Marks { cursor: None, search: None, shift: 0 });
}
