//! Text that is quoted and speaks like somebody who may give orders: a command, or an order to the reader.
//! It is marked wherever it is shown, because whoever can write a log line can write a command into it.

use crate::command::holds_call;
use crate::domain::Claim;
use crate::intake::gives_order;

/// The mark.
pub const FROM_LOG_TEXT: &str = "(from log text)";

/// True where a quoted text holds a command or gives an order.
pub fn is_untrusted(quote: &str) -> bool {
    holds_call(quote) || gives_order(quote)
}

/// True where a claim repeats such a text from one of its places.
pub fn repeats_untrusted(claim: &Claim) -> bool {
    is_untrusted(&claim.text) && claim.citations.iter().any(|c| is_untrusted(&c.quote))
}
