//! What an investigation may take: turns, tokens, seconds and money. Figures in, a sentence out.

use serde::{Deserialize, Serialize};

use super::Usage;

/// The limits of one rung of the ladder.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Turns.
    pub steps: u32,
    /// Tokens, in and out together.
    pub tokens: u64,
    /// Milliseconds.
    pub ms: u64,
    /// US dollars; only counted where a price is known.
    pub usd: f64,
    /// Tokens of one answer.
    pub max_tokens: u32,
}

/// What a million tokens cost, in US dollars.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Price {
    /// Tokens of the call.
    pub input: f64,
    /// Tokens of the answer.
    pub output: f64,
    /// Tokens of the call that came from the provider's cache; as `input` where nothing is said.
    #[serde(default)]
    pub cached: Option<f64>,
}

impl Price {
    /// What this use costs, in US dollars.
    pub fn of(&self, usage: Usage) -> f64 {
        let cached = usage.cached.min(usage.tokens_in);
        let fresh = usage.tokens_in - cached;
        (fresh as f64 * self.input
            + cached as f64 * self.cached.unwrap_or(self.input)
            + usage.tokens_out as f64 * self.output)
            / 1e6
    }
}

/// What has been used so far.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Spent {
    /// Turns.
    pub steps: u32,
    /// Tokens.
    pub usage: Usage,
    /// US dollars, as far as prices are known.
    pub usd: f64,
    /// When the rung was begun, in the caller's milliseconds.
    pub since_ms: u64,
}

impl Limits {
    /// The limit that is reached, in words; `None` while there is room.
    pub fn reached(&self, spent: &Spent, now_ms: u64) -> Option<String> {
        let tokens = spent.usage.tokens_in.saturating_add(spent.usage.tokens_out);
        if spent.steps >= self.steps {
            return Some(format!("its limit of {} turns is reached", self.steps));
        }
        if tokens >= self.tokens {
            return Some(format!("its limit of {} tokens is reached ({tokens} used)", self.tokens));
        }
        if self.usd > 0.0 && spent.usd >= self.usd {
            return Some(format!("its limit of ${:.2} is reached (${:.4} used)", self.usd, spent.usd));
        }
        let ms = now_ms.saturating_sub(spent.since_ms);
        (ms >= self.ms).then(|| format!("its limit of {} s is reached", self.ms / 1000))
    }

    /// True where the next turn should be the last: most of a limit is used.
    pub fn nearly(&self, spent: &Spent, now_ms: u64) -> bool {
        let tokens = spent.usage.tokens_in.saturating_add(spent.usage.tokens_out);
        spent.steps + 3 >= self.steps
            || tokens >= self.tokens / 4 * 3
            || (self.usd > 0.0 && spent.usd >= self.usd * 0.75)
            || now_ms.saturating_sub(spent.since_ms) >= self.ms / 4 * 3
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_counts_cached_tokens_at_their_own_rate() {
        let price = Price { input: 0.28, output: 0.42, cached: Some(0.028) };
        let usage = Usage { tokens_in: 1_000_000, tokens_out: 1_000_000, cached: 500_000, estimated: false };
        assert!((price.of(usage) - (0.14 + 0.014 + 0.42)).abs() < 1e-9);
    }

    #[test]
    fn each_limit_says_which_it_is() {
        let limits = Limits { steps: 3, tokens: 100, ms: 1_000, usd: 0.5, max_tokens: 10 };
        let spent =
            |steps, tokens_in, usd| Spent { steps, usage: Usage { tokens_in, ..Usage::default() }, usd, since_ms: 0 };
        assert!(limits.reached(&spent(0, 0, 0.0), 0).is_none());
        assert!(limits.reached(&spent(3, 0, 0.0), 0).unwrap().contains("3 turns"));
        assert!(limits.reached(&spent(0, 100, 0.0), 0).unwrap().contains("100 tokens"));
        assert!(limits.reached(&spent(0, 0, 0.5), 0).unwrap().contains("$0.50"));
        assert!(limits.reached(&spent(0, 0, 0.0), 1_000).unwrap().contains("1 s"));
    }
}
