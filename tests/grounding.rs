//! Tests: grounding over real pages; see `seeds` for the listed faults.
