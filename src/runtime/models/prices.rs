//! What models cost: data with a date, and a person's own `prices.toml` over it. A model that is in
//! neither has no price, and its cost is said to be unknown.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::analyst::agent::Price;
use crate::fault::Fault;
use crate::runtime::config::read_optional;
use crate::runtime::places::Places;

/// Our data; `scripts/prices.sh` makes it.
const OURS: &str = include_str!("prices.toml");

/// Prices by provider and model.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
pub struct Prices {
    /// When they were taken: a date.
    #[serde(default)]
    pub as_of: String,
    /// By provider, then by the provider's name of the model; US dollars for a million tokens.
    #[serde(flatten)]
    by_provider: BTreeMap<String, BTreeMap<String, Price>>,
}

impl Prices {
    /// Ours, with a person's own over them.
    ///
    /// # Errors
    /// Their file is there and not valid.
    pub fn load(places: &Places) -> Result<Self, Fault> {
        let mut prices: Self = toml::from_str(OURS)
            .map_err(|e| Fault::environment(format!("the built-in prices are not valid: {e}"), "please report it"))?;
        let path = places.config.join("prices.toml");
        if let Some(text) = read_optional(&path)? {
            let own: Self = toml::from_str(&text).map_err(|e| {
                Fault::input(format!("{} is not valid: {e}", path.display()), "mend the line, or remove the file")
            })?;
            for (provider, models) in own.by_provider {
                prices.by_provider.entry(provider).or_default().extend(models);
            }
        }
        Ok(prices)
    }

    /// The price of a model; a dated or regional name has the price of the longest name it contains.
    pub fn of(&self, provider: &str, model: &str) -> Option<Price> {
        if provider == "ollama" {
            return Some(Price { input: 0.0, output: 0.0, cached: None });
        }
        let same = if provider == "azure" { "openai" } else { provider };
        let models = self.by_provider.get(provider).or_else(|| self.by_provider.get(same))?;
        if let Some(price) = models.get(model) {
            return Some(*price);
        }
        models
            .iter()
            .filter(|(name, _)| model.contains(name.as_str()))
            .max_by_key(|(name, _)| name.len())
            .map(|(_, p)| *p)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyst::agent::Usage;

    fn ours() -> Prices {
        toml::from_str(OURS).unwrap()
    }

    #[test]
    fn our_prices_have_a_date_and_a_dated_name_has_the_price_of_its_model() {
        let prices = ours();
        assert_eq!(prices.as_of.len(), 10, "{}", prices.as_of);
        let plain = prices.of("openai", "gpt-4o-mini").unwrap();
        assert_eq!(prices.of("openai", "gpt-4o-mini-2099-01-01"), Some(plain));
        assert_eq!(prices.of("azure", "gpt-4o-mini"), Some(plain));
        assert_eq!(prices.of("openai", "nobody-knows-this"), None);
        assert!(
            prices.of("deepseek", "deepseek-chat").unwrap().of(Usage { tokens_in: 1_000_000, ..Usage::default() })
                > 0.0
        );
    }
}
