//! The screen as a pure function of session, desk and look. Decides nothing.
