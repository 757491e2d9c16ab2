//! The ladder of an investigation: the models of the settings with limits and prices, the prompts with
//! a person's own files in their place.

use std::sync::Arc;

use super::prices::Prices;
use super::{Model, Remote};
use crate::analyst::Request;
use crate::analyst::agent::prompts::V1;
use crate::analyst::agent::{Limits, Prompts, Rung, Setup};
use crate::domain::{Evidence, Report};
use crate::fault::Fault;
use crate::runtime::config::{Config, read_optional};
use crate::runtime::model_settings::{Form, ladder};

/// Models that can be asked one after the other, each with what it may take.
#[derive(Debug, Clone)]
pub struct Ladder {
    /// The models, first one first.
    pub models: Vec<Arc<dyn Model>>,
    /// What each may take, index for index.
    pub rungs: Vec<Rung>,
    /// The prompts.
    pub prompts: Prompts,
    /// Whether the models see the embedded report.
    pub sees_embedded: bool,
}

impl Ladder {
    /// The ladder that begins with a model of the settings.
    ///
    /// # Errors
    /// There is no such model, or a file that the settings name can't be read.
    pub fn of(config: &Config, first: &str) -> Result<Self, Fault> {
        let names = ladder(&config.models, first);
        if names.is_empty() {
            let all: Vec<&str> = config.models.keys().map(String::as_str).collect();
            let hint = if all.is_empty() {
                "add a [models.NAME] table to config.toml (docs/models.md shows one)".to_owned()
            } else {
                format!("there are: embedded, {}", all.join(", "))
            };
            return Err(Fault::usage(format!("there is no engine `{first}`"), hint));
        }
        let prices = Prices::load(&config.places)?;
        let mut out = Self { models: Vec::new(), rungs: Vec::new(), prompts: prompts(config)?, sees_embedded: true };
        for name in names {
            let Some(m) = config.models.get(&name) else { continue };
            out.sees_embedded &= m.sees_embedded;
            out.models.push(Arc::new(Remote::new(&name, m)?));
            out.rungs.push(Rung {
                price: prices.of(m.provider.name(), &m.model),
                model: m.model.clone(),
                limits: Limits {
                    steps: m.steps,
                    tokens: m.tokens,
                    ms: m.seconds.saturating_mul(1000),
                    usd: m.usd,
                    max_tokens: m.max_tokens,
                },
                by_tool: m.form == Form::Tool,
                name,
            });
        }
        Ok(out)
    }

    /// What an investigation of this evidence begins with.
    pub fn setup(&self, evidence: Evidence, request: Request, embedded: Arc<Report>) -> Setup {
        Setup {
            evidence,
            request,
            embedded,
            sees_embedded: self.sees_embedded,
            prompts: self.prompts.clone(),
            rungs: self.rungs.clone(),
            telemetry: Vec::new(),
            salt: crate::runtime::masking::key(),
        }
    }
}

/// Our prompts, with a person's own `prompts/v1/*.md` in their place, in the language of the settings.
///
/// # Errors
/// A file that is there and can't be read.
pub fn prompts(config: &Config) -> Result<Prompts, Fault> {
    let mut prompts = Prompts::default().in_language(&config.lang);
    let folder = config.places.config.join("prompts").join("v1");
    for (name, _) in V1 {
        if let Some(text) = read_optional(&folder.join(format!("{name}.md")))? {
            prompts.replace(name, text);
        }
    }
    Ok(prompts)
}
