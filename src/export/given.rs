//! What models were given in a session: every request as it was sent, masked, with its size, its digest
//! and what was left out of it.

use crate::session::Session;

/// Every request, newest first, as text.
pub fn text(session: &Session) -> String {
    if session.given.is_empty() {
        return "No model was asked in this session: nothing was sent.\n".to_owned();
    }
    let mut out = String::new();
    for (n, g) in session.given.iter().enumerate().rev() {
        let at = g.at.format("%Y-%m-%d %H:%M:%SZ");
        out.push_str(&format!("Request {} · {} · investigation {} · {at}\n", n + 1, g.model, g.run));
        out.push_str(&format!("{} bytes · BLAKE3 {}\n", g.body.len, g.body.digest));
        for left in &g.left_out {
            out.push_str(&format!("left out: {left}\n"));
        }
        let text = g.body.as_str();
        out.push_str(if text.is_empty() { "(its text is missing)" } else { text });
        out.push_str("\n\n");
    }
    out
}
