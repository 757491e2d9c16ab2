//! What a run over many cases may take in all: calls and money. What would go over it is refused before
//! it is sent, by the most that it could cost.

use std::sync::{Mutex, PoisonError};

use crate::analyst::agent::{Call, Price, Usage};

/// Bytes of a request that are counted as one token when the most it can cost is estimated: real
/// tokenizers take three to four bytes of logs and prose for one, so two is on the safe side.
const BYTES_A_TOKEN: usize = 2;

/// A budget that several models share.
#[derive(Debug)]
pub struct Purse {
    most_usd: f64,
    most_calls: u64,
    spent: Mutex<Spent>,
}

/// What was taken so far.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Spent {
    /// US dollars, as far as prices are known; calls under way with the most they can cost.
    pub usd: f64,
    /// Calls that were sent.
    pub calls: u64,
}

impl Purse {
    /// A purse with so many US dollars and so many calls in it.
    pub fn new(most_usd: f64, most_calls: u64) -> Self {
        Self { most_usd, most_calls, spent: Mutex::default() }
    }

    /// What was taken so far.
    pub fn spent(&self) -> Spent {
        *self.spent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the most that a call can cost; [`Self::settle`] gives the rest back.
    ///
    /// # Errors
    /// Says in one sentence which limit the call would go over.
    pub fn take(&self, call: &Call, price: Option<Price>) -> Result<f64, String> {
        let bytes = serde_json::to_vec(call).map_or(0, |b| b.len());
        let most = Usage {
            tokens_in: bytes.div_ceil(BYTES_A_TOKEN) as u64,
            tokens_out: u64::from(call.max_tokens),
            ..Usage::default()
        };
        let usd = price.map_or(0.0, |p| p.of(most));
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        if spent.calls >= self.most_calls {
            return Err(format!("the run's {} calls are used up", self.most_calls));
        }
        if usd > 0.0 && spent.usd + usd > self.most_usd {
            return Err(format!(
                "the next call may cost ${usd:.4}, and ${:.4} of the run's ${:.2} are spent",
                spent.usd, self.most_usd
            ));
        }
        spent.calls += 1;
        spent.usd += usd;
        Ok(usd)
    }

    /// What the call cost in the end. One that broke off is never settled: it counts with its most.
    pub fn settle(&self, taken: f64, usage: Usage, price: Option<Price>) {
        let cost = price.map_or(0.0, |p| p.of(usage));
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        spent.usd = (spent.usd - taken + cost).max(0.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyst::agent::Message;

    #[test]
    fn what_could_go_over_is_refused_and_what_was_not_needed_is_given_back() {
        let price = Some(Price { input: 1.0, output: 10.0, cached: None });
        let call = Call { messages: vec![Message::user("x".repeat(1_000))], max_tokens: 1_000, ..Call::default() };
        let purse = Purse::new(0.02, 3);
        let taken = purse.take(&call, price).unwrap();
        assert!(taken > 0.01 && taken < 0.02, "{taken}");
        assert!(purse.take(&call, price).unwrap_err().contains("of the run's $0.02"));
        purse.settle(taken, Usage { tokens_in: 250, tokens_out: 10, ..Usage::default() }, price);
        assert!(purse.take(&call, price).is_ok());
        assert!(purse.take(&call, None).is_ok(), "without a price only calls are counted");
        assert!(purse.take(&call, None).unwrap_err().contains("3 calls"));
    }
}
