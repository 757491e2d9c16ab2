//! Tests: analyst.
