//! Services: who was affected, in which role, how they are, and what says so.

use crate::app::row::{Places, Role, Row, claim_rows};
use crate::domain::report::Health;
use crate::session::Session;

/// The panel's rows.
pub fn rows(session: &Session) -> Vec<Row> {
    let mut out = Vec::new();
    for s in session.report.iter().flat_map(|r| &r.services) {
        let (role, word) = match s.health {
            Health::Healthy => (Role::Good, "healthy"),
            Health::Degraded => (Role::Warn, "DEGRADED"),
            Health::Down => (Role::Bad, "DOWN"),
            Health::Unknown => (Role::Dim, "unknown"),
        };
        out.push(
            Row::of(role, format!("{word:<9} "))
                .bit(Role::Strong, s.name.clone())
                .bit(Role::Dim, s.role.as_deref().map(|r| format!("  {r}")).unwrap_or_default())
                .hang(10)
                .citing(s.impact.as_ref().and_then(|c| c.citations.first()).cloned()),
        );
        if let Some(impact) = &s.impact {
            claim_rows(&mut out, "          ", impact, Places::Quoted, session);
        }
    }
    if out.is_empty() {
        out.push(Row::of(Role::Dim, "No service is named in what was given."));
    }
    out
}
