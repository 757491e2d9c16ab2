//! Tests: corpora.
