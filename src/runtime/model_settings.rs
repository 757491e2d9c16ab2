//! The `[models.NAME]` tables of `config.toml`: which models there are, where they are, and what they
//! may cost. Read in every build, so that a build without models can say what it leaves aside.
//!
//! It holds names of variables and commands, never a key.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::fault::Fault;

/// Who speaks to us, and in which protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Provider {
    /// OpenAI, and everything that speaks its protocol when given a `base_url`.
    #[serde(rename = "openai")]
    OpenAi,
    /// DeepSeek.
    #[serde(rename = "deepseek")]
    DeepSeek,
    /// Groq.
    Groq,
    /// OpenRouter.
    #[serde(rename = "openrouter")]
    OpenRouter,
    /// Mistral.
    Mistral,
    /// Anthropic.
    Anthropic,
    /// Google Gemini.
    Gemini,
    /// Amazon Bedrock (Converse), with a bearer token.
    Bedrock,
    /// Azure OpenAI, its `/openai/v1/` form.
    Azure,
    /// Ollama, through its `/v1`.
    Ollama,
}

impl Provider {
    /// Its name in the settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::OpenAi => "openai",
            Self::DeepSeek => "deepseek",
            Self::Groq => "groq",
            Self::OpenRouter => "openrouter",
            Self::Mistral => "mistral",
            Self::Anthropic => "anthropic",
            Self::Gemini => "gemini",
            Self::Bedrock => "bedrock",
            Self::Azure => "azure",
            Self::Ollama => "ollama",
        }
    }

    /// The variable that usually holds its key; none where no key is needed.
    pub fn usual_key(self) -> Option<&'static str> {
        match self {
            Self::OpenAi => Some("OPENAI_API_KEY"),
            Self::DeepSeek => Some("DEEPSEEK_API_KEY"),
            Self::Groq => Some("GROQ_API_KEY"),
            Self::OpenRouter => Some("OPENROUTER_API_KEY"),
            Self::Mistral => Some("MISTRAL_API_KEY"),
            Self::Anthropic => Some("ANTHROPIC_API_KEY"),
            Self::Gemini => Some("GEMINI_API_KEY"),
            Self::Bedrock => Some("AWS_BEARER_TOKEN_BEDROCK"),
            Self::Azure => Some("AZURE_OPENAI_API_KEY"),
            Self::Ollama => None,
        }
    }

    /// Where it is when the settings don't say; none where that can't be known.
    pub fn usual_url(self) -> Option<&'static str> {
        match self {
            Self::OpenAi => Some("https://api.openai.com/v1/"),
            Self::DeepSeek => Some("https://api.deepseek.com/v1/"),
            Self::Groq => Some("https://api.groq.com/openai/v1/"),
            Self::OpenRouter => Some("https://openrouter.ai/api/v1/"),
            Self::Mistral => Some("https://api.mistral.ai/v1/"),
            Self::Anthropic => Some("https://api.anthropic.com/v1/"),
            Self::Gemini => Some("https://generativelanguage.googleapis.com/v1beta/"),
            Self::Ollama => Some("http://localhost:11434/v1/"),
            Self::Bedrock | Self::Azure => None,
        }
    }
}

/// How a model is made to answer in the report's form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// By a tool whose arguments are the report: every provider with tools can.
    Tool,
    /// By the provider's JSON schema, without tools.
    Schema,
    /// By its JSON mode, with the schema in the prompt (DeepSeek refuses schemas).
    Json,
}

/// One model.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelSettings {
    /// Who offers it.
    pub provider: Provider,
    /// The provider's name of it.
    pub model: String,
    /// Where it is, where that is not the provider's usual place.
    #[serde(default)]
    pub base_url: Option<String>,
    /// The variable that holds the key, where that is not the usual one.
    #[serde(default)]
    pub key_env: Option<String>,
    /// A command that prints the key; it goes before the variable.
    #[serde(default)]
    pub key_command: Option<String>,
    /// How it answers in the report's form.
    #[serde(default = "by_tool")]
    pub form: Form,
    /// The most tokens of one answer.
    #[serde(default = "default_max_tokens")]
    pub max_tokens: u32,
    /// The most turns of one investigation.
    #[serde(default = "default_steps")]
    pub steps: u32,
    /// The most tokens of one investigation, in and out together.
    #[serde(default = "default_tokens")]
    pub tokens: u64,
    /// The most seconds of one investigation.
    #[serde(default = "default_seconds")]
    pub seconds: u64,
    /// The most US dollars of one investigation, where a price is known.
    #[serde(default = "default_usd")]
    pub usd: f64,
    /// The model that takes over when this one fails or a limit is reached; after the last one
    /// comes the embedded engine.
    #[serde(default)]
    pub fallback: Option<String>,
    /// A proxy for this model; without one, the environment's.
    #[serde(default)]
    pub proxy: Option<String>,
    /// A file of PEM certificates that are trusted beside the system's.
    #[serde(default)]
    pub ca_file: Option<String>,
    /// Seconds until a connection has to stand.
    #[serde(default = "default_connect")]
    pub connect_timeout_s: u64,
    /// Seconds until the first token has to come.
    #[serde(default = "default_first")]
    pub first_token_timeout_s: u64,
    /// Seconds that may pass between two pieces of an answer.
    #[serde(default = "default_idle")]
    pub idle_timeout_s: u64,
    /// Whether the model sees the embedded engine's report as one opinion among the evidence.
    #[serde(default = "yes")]
    pub sees_embedded: bool,
}

fn by_tool() -> Form {
    Form::Tool
}

fn default_max_tokens() -> u32 {
    8_192
}

fn default_steps() -> u32 {
    24
}

fn default_tokens() -> u64 {
    300_000
}

fn default_seconds() -> u64 {
    300
}

fn default_usd() -> f64 {
    1.0
}

fn default_connect() -> u64 {
    10
}

fn default_first() -> u64 {
    60
}

fn default_idle() -> u64 {
    30
}

fn yes() -> bool {
    true
}

/// The models by name, as `config.toml` has them.
pub type Models = BTreeMap<String, ModelSettings>;

/// The ladder that begins with a model: its name, then its fallbacks, each once.
pub fn ladder(models: &Models, first: &str) -> Vec<String> {
    let mut rungs: Vec<String> = Vec::new();
    let mut next = Some(first.to_owned());
    while let Some(name) = next.filter(|n| models.contains_key(n) && !rungs.contains(n)) {
        next = models.get(&name).and_then(|m| m.fallback.clone());
        rungs.push(name);
    }
    rungs
}

/// What does not hold in the tables: names that are not there, limits that are none.
///
/// # Errors
/// Names the file, the model and the setting.
pub fn checked(models: Models, model: Option<&str>, file: &str) -> Result<Models, Fault> {
    let wrong = |what: String, hint: &str| Err(Fault::input(format!("{file}: {what}"), hint.to_owned()));
    if let Some(name) = model.filter(|n| !models.contains_key(*n)) {
        return wrong(format!("model is `{name}`, and there is no [models.{name}]"), "add the table, or name another");
    }
    for (name, m) in &models {
        if let Some(next) = m.fallback.as_deref().filter(|n| *n != "embedded" && !models.contains_key(*n)) {
            return wrong(
                format!("models.{name}: its fallback `{next}` is not there"),
                "add the table, or take it out",
            );
        }
        if m.base_url.is_none() && m.provider.usual_url().is_none() {
            let what = format!("models.{name}: {} needs a base_url", m.provider.name());
            return wrong(what, "its address as the provider's console shows it");
        }
        if m.max_tokens == 0 || m.steps == 0 || m.tokens == 0 || m.seconds == 0 || m.usd < 0.0 {
            return wrong(format!("models.{name}: a limit is 0"), "a limit is a number above 0");
        }
    }
    Ok(models)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn models(text: &str) -> Models {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn a_ladder_takes_each_model_once_and_ends() {
        let all = models(
            "[a]\nprovider = 'openai'\nmodel = 'big'\nfallback = 'b'\n[b]\nprovider = 'ollama'\nmodel = 'small'\nfallback = 'a'\n",
        );
        assert_eq!(ladder(&all, "a"), ["a", "b"]);
        assert!(ladder(&all, "c").is_empty());
    }

    #[test]
    fn a_fallback_that_is_not_there_is_named() {
        let all = models("[a]\nprovider = 'openai'\nmodel = 'big'\nfallback = 'b'\n");
        assert!(checked(all.clone(), None, "config.toml").unwrap_err().what.contains("`b` is not there"));
        assert!(checked(all, Some("x"), "config.toml").unwrap_err().what.contains("[models.x]"));
    }
}
