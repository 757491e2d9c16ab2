//! Telemetry servers, below the runs: what asking each one starts, and the tools it offered.

use crate::app::desk::Desk;
use crate::app::row::{Role, Row};

/// The rows; none where no server is configured.
pub fn rows(desk: &Desk) -> Vec<Row> {
    let mut out = Vec::new();
    if desk.telemetry.servers.is_empty() {
        return out;
    }
    out.push(Row::blank());
    out.push(Row::heading(format!("Telemetry servers ({} asks one)", desk.keys.key_of("telemetry"))));
    for server in &desk.telemetry.servers {
        out.push(Row::of(Role::Strong, format!("{} ", server.name)).bit(Role::Dim, server.start.clone()).hang(2));
        for tool in desk.telemetry.tools.get(&server.name).into_iter().flatten() {
            let state = match tool.reads_only {
                Some(true) => "",
                Some(false) => " [changes things: not offered]",
                None => " [does not say whether it only reads]",
            };
            out.push(
                Row::of(Role::Key, format!("  {} ", tool.name))
                    .bit(Role::Warn, state)
                    .bit(Role::Dim, format!(" {}", tool.what))
                    .hang(4),
            );
        }
    }
    out
}
