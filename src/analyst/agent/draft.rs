//! The report as a model writes it: the same sections, with citations by source, line and quote
//! instead of bytes. Its JSON schema is made from these types.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What the investigation came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are the contract's")]
pub enum Outcome {
    Incident,
    NoIncident,
    Inconclusive,
}

/// What a sentence rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are the contract's")]
pub enum Rests {
    Quoted,
    Derived,
    #[default]
    Inferred,
    Unsupported,
}

/// A line that a sentence rests on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Cite {
    /// The source's number, the first number of the line.
    pub source: u32,
    /// The line's number, the second one.
    pub line: u32,
    /// Words of that line, exactly as they stand there.
    pub quote: String,
}

/// A sentence with what it rests on.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Said {
    /// One sentence.
    pub text: String,
    /// What it rests on.
    #[serde(default)]
    pub support: Rests,
    /// For derived sentences: the formula with its operands.
    #[serde(default)]
    pub formula: Option<String>,
    /// The lines it rests on.
    #[serde(default)]
    pub cites: Vec<Cite>,
}

/// A severity that the model would give.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DraftSeverity {
    /// `SEV1`, `SEV2` or `SEV3`; null where the facts do not decide.
    #[serde(default)]
    pub level: Option<String>,
    /// The facts.
    #[serde(default)]
    pub because: Vec<Said>,
}

/// A possible cause.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DraftHypothesis {
    /// Which service or component, as the evidence names it.
    pub subject: String,
    /// The kind of fault, one of the names that the schema lists.
    pub fault_kind: String,
    /// One sentence that names the subject and the mechanism.
    pub statement: String,
    /// 0 to 1.
    pub confidence: f64,
    /// Evidence for it.
    #[serde(default, rename = "for")]
    pub supporting: Vec<Said>,
    /// Evidence against it.
    #[serde(default)]
    pub against: Vec<Said>,
}

/// Something that happened at a time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DraftMoment {
    /// The stamp exactly as the evidence has it.
    pub at: String,
    /// What happened.
    pub what: Said,
}

/// What set it off.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DraftTrigger {
    /// What it was.
    pub what: Said,
    /// 0 to 1.
    #[serde(default)]
    pub confidence: f64,
}

/// One observed edge of the way the fault took.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "the names are the contract's")]
pub struct DraftEdge {
    pub from: String,
    pub to: String,
    pub observed: Said,
}

/// Something that was hit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "the names are the contract's")]
pub struct DraftBlast {
    #[serde(default)]
    pub kind: String,
    pub name: String,
    pub impact: Said,
}

/// How a service is doing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DraftService {
    /// Its name.
    pub name: String,
    /// Its role, where the evidence shows it.
    #[serde(default)]
    pub role: Option<String>,
    /// `healthy`, `degraded`, `down` or `unknown`.
    #[serde(default)]
    pub health: String,
    /// What it suffered.
    #[serde(default)]
    pub impact: Option<Said>,
}

/// One row of the timeline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DraftRow {
    /// The stamp exactly as the evidence has it.
    pub at: String,
    /// The service.
    #[serde(default)]
    pub service: Option<String>,
    /// `change`, `symptom`, `cause`, `alert`, `action`, `recovery` or `note`.
    #[serde(default)]
    pub kind: String,
    /// What happened.
    pub what: Said,
}

/// How long it went unseen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "the names are the contract's")]
pub struct DraftDetect {
    pub seconds: f64,
    pub formula: String,
    #[serde(default)]
    pub cites: Vec<Cite>,
}

/// A check that would decide something.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DraftCheck {
    /// What it finds out.
    pub what: String,
    /// The exact command, with `‹name›` for arguments that the evidence does not give.
    #[serde(default)]
    pub command: Option<String>,
    /// What to expect.
    #[serde(default)]
    pub expect: String,
    /// The places (from 1) of the hypotheses that it decides between.
    #[serde(default)]
    pub settles: Vec<u32>,
}

/// Something that could be done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DraftStep {
    /// What to do.
    pub action: String,
    /// The exact command, with `‹name›` for arguments that the evidence does not give.
    #[serde(default)]
    pub command: Option<String>,
    /// What may go wrong.
    #[serde(default)]
    pub risk: String,
    /// How to take it back.
    #[serde(default)]
    pub rollback: String,
    /// What it should do.
    #[serde(default)]
    pub effect: Option<Said>,
}

/// One of the five whys.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "the names are the contract's")]
pub struct DraftWhy {
    pub question: String,
    pub answer: Said,
}

/// A follow-up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DraftFollowUp {
    /// What, bounded and testable.
    pub what: String,
    /// `P0`, `P1` or `P2`.
    #[serde(default)]
    pub priority: String,
    /// Who: a role, no person.
    #[serde(default)]
    pub owner_role: String,
}

/// The whole report as a model writes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "the names are the contract's")]
pub struct Draft {
    pub outcome: Outcome,
    #[serde(default)]
    pub title: String,
    pub summary: Said,
    #[serde(default)]
    pub severity: Option<DraftSeverity>,
    pub hypotheses: Vec<DraftHypothesis>,
    #[serde(default)]
    pub first_cause: Option<DraftMoment>,
    #[serde(default)]
    pub trigger: Option<DraftTrigger>,
    #[serde(default)]
    pub propagation: Vec<DraftEdge>,
    #[serde(default)]
    pub blast_radius: Vec<DraftBlast>,
    #[serde(default)]
    pub services: Vec<DraftService>,
    #[serde(default)]
    pub timeline: Vec<DraftRow>,
    #[serde(default)]
    pub time_to_detect: Option<DraftDetect>,
    #[serde(default)]
    pub checklist: Vec<DraftCheck>,
    #[serde(default)]
    pub mitigation: Vec<DraftStep>,
    #[serde(default)]
    pub customer_impact: Vec<Said>,
    #[serde(default)]
    pub whys: Vec<DraftWhy>,
    #[serde(default)]
    pub systemic_cause: Option<Said>,
    #[serde(default)]
    pub counterfactual: Option<Said>,
    /// The postmortem as Markdown, where one was asked for.
    #[serde(default)]
    pub postmortem: Option<String>,
    #[serde(default)]
    pub follow_ups: Vec<DraftFollowUp>,
}

/// The JSON schema of a type: an object without references to anywhere else.
pub fn schema<T: JsonSchema>() -> Value {
    let settings = schemars::generate::SchemaSettings::draft07().with(|s| {
        s.inline_subschemas = true;
        s.meta_schema = None;
    });
    let mut value = settings.into_generator().into_root_schema_for::<T>().to_value();
    if let Some(map) = value.as_object_mut() {
        map.remove("title");
    }
    value
}

/// The schema of a report, with the kinds of fault listed.
pub fn report_schema() -> Value {
    let mut value = schema::<Draft>();
    let kinds: Vec<&str> = crate::domain::FaultKind::ALL.iter().map(|k| k.name()).collect();
    if let Some(kind) = value.pointer_mut("/properties/hypotheses/items/properties/fault_kind")
        && let Some(map) = kind.as_object_mut()
    {
        map.insert("enum".into(), kinds.into());
    }
    value
}

/// The report in a model's words: a tool's arguments, or a text that holds one JSON object.
///
/// # Errors
/// One sentence for the model: what can't be read, and where.
pub fn read(value: &Value) -> Result<Draft, String> {
    let value = match value {
        Value::String(text) => object_in(text).ok_or("there is no JSON object in it, or it is cut off")?,
        other => other.clone(),
    };
    let text = value.to_string();
    serde_json::from_str(&text).map_err(|e| e.to_string())
}

/// The first JSON object of a text that may have words or a fence around it.
fn object_in(text: &str) -> Option<Value> {
    text.match_indices('{').take(8).find_map(|(at, _)| {
        let mut values = serde_json::Deserializer::from_str(text.get(at..)?).into_iter::<Value>();
        values.next()?.ok().filter(|v| v.get("hypotheses").is_some() || v.get("summary").is_some())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_lists_the_kinds_of_fault_and_refers_to_nothing_else() {
        let schema = report_schema();
        let text = schema.to_string();
        assert!(!text.contains("$ref"), "{text}");
        assert!(text.contains("memory_exhaustion") && text.contains("retry_storm"));
        assert_eq!(schema["type"], "object");
    }

    #[test]
    fn a_report_is_read_from_a_fence_and_a_cut_one_is_refused_with_the_reason() {
        let whole = r#"{"outcome":"inconclusive","summary":{"text":"x"},"hypotheses":[]}"#;
        let fenced = format!("Here it is:\n```json\n{whole}\n```\n");
        assert_eq!(read(&Value::String(fenced)).unwrap().outcome, Outcome::Inconclusive);
        let cut = whole.get(..40).unwrap_or("").to_owned();
        assert!(read(&Value::String(cut)).unwrap_err().contains("cut off"));
        let wrong = serde_json::json!({"outcome": "maybe", "summary": {"text": "x"}, "hypotheses": []});
        assert!(read(&wrong).unwrap_err().contains("maybe"));
    }
}
