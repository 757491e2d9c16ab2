//! Scrolling: which rows of a panel are on screen. The same arithmetic serves moving and drawing.

use super::desk::Place;
use super::row::Row;
use super::rows::Listing;
use super::wrap;
use crate::domain::showable::clean;

/// The part of a panel that rows stand in, and how they are broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Columns.
    pub columns: usize,
    /// Screen rows.
    pub rows: usize,
    /// Long rows are wrapped; else each takes one screen row.
    pub wrapped: bool,
}

impl Window {
    /// The screen rows a row takes.
    pub fn height(&self, row: &Row) -> usize {
        if !self.wrapped {
            return 1;
        }
        wrap::height(&clean(&row.text()), self.columns, usize::from(row.hang), wrap::MOST_ROWS)
    }
}

/// The place with the cursor inside the listing and on screen.
pub fn settled(place: Place, listing: &Listing<'_>, window: Window) -> Place {
    let Some(last) = listing.len().checked_sub(1) else { return Place::default() };
    let cursor = place.cursor.min(last);
    let mut at = Place { cursor, top: place.top.min(cursor), skip: place.skip };
    if at.top != place.top {
        at.skip = 0;
    }
    let of_cursor = window.height(&listing.row(cursor));
    if of_cursor >= window.rows {
        at.skip = if at.top == cursor { at.skip.min(of_cursor.saturating_sub(window.rows)) } else { 0 };
        at.top = cursor;
        return at;
    }
    // The topmost row from which the cursor's row still fits.
    let (mut first, mut used) = (cursor, of_cursor);
    while first > at.top {
        used += window.height(&listing.row(first - 1));
        if used > window.rows {
            break;
        }
        first -= 1;
    }
    if first > at.top || (at.top == cursor && at.skip > 0) {
        at = Place { cursor, top: first, skip: 0 };
    }
    at
}

/// One row down; within a row that is taller than the window, a page of it.
pub fn down(place: Place, listing: &Listing<'_>, window: Window) -> Place {
    let at = settled(place, listing, window);
    if at.cursor >= listing.len() {
        return at;
    }
    let rest = window.height(&listing.row(at.cursor)).saturating_sub(at.skip);
    if at.top == at.cursor && rest > window.rows {
        return settled(Place { skip: at.skip + window.rows.saturating_sub(1).max(1), ..at }, listing, window);
    }
    settled(Place { cursor: at.cursor + 1, ..at }, listing, window)
}

/// One row up; within a row that is taller than the window, a page of it.
pub fn up(place: Place, listing: &Listing<'_>, window: Window) -> Place {
    let at = settled(place, listing, window);
    if at.top == at.cursor && at.skip > 0 {
        return Place { skip: at.skip.saturating_sub(window.rows.saturating_sub(1).max(1)), ..at };
    }
    settled(Place { cursor: at.cursor.saturating_sub(1), ..at }, listing, window)
}

/// A page down: the last visible row becomes the first.
pub fn page_down(place: Place, listing: &Listing<'_>, window: Window) -> Place {
    let at = settled(place, listing, window);
    let (mut used, mut row) = (0, at.top);
    while row < listing.len() {
        used += window.height(&listing.row(row));
        if used > window.rows {
            break;
        }
        row += 1;
    }
    if row <= at.cursor && row.saturating_sub(1) <= at.top {
        return down(at, listing, window);
    }
    let first = row.saturating_sub(1).max(at.top + 1);
    settled(Place { cursor: row.max(at.cursor + 1), top: first, skip: 0 }, listing, window)
}

/// A page up: the first visible row becomes the last.
pub fn page_up(place: Place, listing: &Listing<'_>, window: Window) -> Place {
    let at = settled(place, listing, window);
    if at.top == at.cursor && at.skip > 0 {
        return up(at, listing, window);
    }
    let (mut used, mut row) = (0, at.top);
    while row > 0 {
        used += window.height(&listing.row(row - 1));
        if used >= window.rows {
            break;
        }
        row -= 1;
    }
    if row == at.top && row == at.cursor {
        return up(at, listing, window);
    }
    settled(Place { cursor: row, top: row, skip: 0 }, listing, window)
}
