//! Figures: the numbers a text states, with unit, what they count, and where they stand.
//!
//! Dates, times, versions, addresses, ports and numbers inside names are no figures. Nothing is
//! computed here but the unit's multiple.

mod counts;
mod number;
mod scan;
mod unit;

pub use scan::figures;
