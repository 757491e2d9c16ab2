//! Tests: grounding.
