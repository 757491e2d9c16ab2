//! What a provider's failure means: one sentence that says what failed, why and what to do, without a
//! key and without anything else that has to stay here.

use std::error::Error as StdError;

use reqwest::header::HeaderMap;
use secrecy::SecretString;

use super::keys;
use crate::analyst::agent::{Failure, FailureKind};
use crate::domain::showable::clean;
use crate::intake::secrets::{Masks, redact};
use crate::runtime::certificates;

/// The most of a provider's own words that are repeated, in characters.
const WORDS: usize = 200;
/// The longest wait that a provider may ask for, in milliseconds.
const LONGEST_WAIT_MS: u64 = 60_000;

/// The failure of a call of this model.
pub fn failure(name: &str, host: &str, e: &genai::Error, key: Option<&SecretString>) -> Failure {
    if let Some(status) = e.status() {
        let body = match e {
            genai::Error::HttpError { body, .. } => body.as_str(),
            genai::Error::WebModelCall {
                webc_error: genai::webc::Error::ResponseFailedStatus { body, .. }, ..
            } => body,
            _ => "",
        };
        let mut failure = of_status(name, status.as_u16(), body, key);
        failure.retry_after_ms = e.headers().and_then(retry_after);
        return failure;
    }
    match e {
        genai::Error::ChatResponse { body, .. } => of_body(name, &body.to_string(), key),
        genai::Error::StreamParse { .. } | genai::Error::JsonValueExt(_) | genai::Error::SerdeJson(_) => Failure::new(
            FailureKind::Broken,
            format!("{name} sent something that is not its protocol; is base_url the right address?"),
        ),
        genai::Error::WebStream { error, .. } => of_chain(name, host, error.as_ref(), key),
        genai::Error::WebModelCall { webc_error: genai::webc::Error::Reqwest(e), .. } => of_chain(name, host, e, key),
        other => {
            Failure::new(FailureKind::Refused, format!("{name} can't be asked: {}", words(&other.to_string(), key)))
        }
    }
}

/// An HTTP status, with the provider's words.
fn of_status(name: &str, status: u16, body: &str, key: Option<&SecretString>) -> Failure {
    let said = words(&message(body), key);
    let lower = body.to_lowercase();
    let skewed = ["signature expired", "invalidsignature", "requesttimetooskewed", "clock"];
    let paid =
        ["insufficient_quota", "insufficient balance", "billing", "exceeded your current quota", "credit balance"];
    let (kind, what) = match status {
        407 => (
            FailureKind::Proxy,
            "the proxy wants to know who asks: put user and password into the proxy's address".to_owned(),
        ),
        401 | 403 if skewed.iter().any(|w| lower.contains(w)) => {
            (FailureKind::Clock, "the provider says that this machine's clock is wrong: set it right".to_owned())
        }
        400 | 403 | 429 if paid.iter().any(|w| lower.contains(w)) => {
            (FailureKind::Quota, format!("its quota is used up ({status}): pay, wait, or use another model. {said}"))
        }
        401 | 403 => {
            (FailureKind::Key, format!("its key is not taken ({status}): check key_env or key_command. {said}"))
        }
        402 => {
            (FailureKind::Quota, format!("its quota is used up ({status}): pay, wait, or use another model. {said}"))
        }
        429 => (FailureKind::Busy, format!("too many calls ({status}): try later, or use another model. {said}")),
        404 => (
            FailureKind::Refused,
            format!("there is no such model or address ({status}): check model and base_url. {said}"),
        ),
        408 | 409 | 425 | 500..=599 => {
            (FailureKind::Server, format!("the provider failed ({status}): try later, or use another model. {said}"))
        }
        300..=399 => (
            FailureKind::Refused,
            format!("it answers with another address ({status}), which is not followed: check base_url"),
        ),
        _ => (FailureKind::Refused, format!("the provider refuses the request ({status}): {said}")),
    };
    Failure::new(kind, format!("{name}: {}", what.trim_end()))
}

/// An error that came in the middle of a stream.
fn of_body(name: &str, body: &str, key: Option<&SecretString>) -> Failure {
    let lower = body.to_lowercase();
    let kind = if ["overloaded", "rate_limit", "throttl"].iter().any(|w| lower.contains(w)) {
        FailureKind::Busy
    } else if lower.contains("quota") || lower.contains("billing") {
        FailureKind::Quota
    } else {
        FailureKind::Server
    };
    let said = words(&message(body), key);
    Failure::new(kind, format!("{name}: the provider broke its answer off: {said}"))
}

/// A connection that failed, by the words of the errors below it: no library tells these apart by type.
fn of_chain(name: &str, host: &str, e: &(dyn StdError + 'static), key: Option<&SecretString>) -> Failure {
    let mut chain = String::new();
    let mut next = Some(e);
    while let Some(e) = next {
        // An HTTP failure may be wrapped once more.
        if let Some(inner) = e.downcast_ref::<genai::Error>().filter(|g| g.status().is_some()) {
            return failure(name, host, inner, key);
        }
        chain.push_str(&e.to_string().to_lowercase());
        chain.push('\n');
        next = e.source();
    }
    if let Some((side, what)) = certificates::wrong(e, host, "name the authority's file as ca_file") {
        let kind = if side == certificates::Side::Time { FailureKind::Clock } else { FailureKind::Certificate };
        return Failure::new(kind, format!("{name}: {what}"));
    }
    let has = |words: &[&str]| words.iter().any(|w| chain.contains(w));
    let (kind, what) = if has(&["proxy auth", "unsuccessful tunnel", "tunnel", "proxy"]) {
        (FailureKind::Proxy, format!("no way through the proxy to {host}: check the proxy's address and password"))
    } else if has(&["timed out", "timeout"]) {
        (FailureKind::Silent, format!("{host} does not answer in time"))
    } else if has(&["dns", "failed to lookup", "name or service not known"]) {
        (FailureKind::Unreachable, format!("there is no host {host}: check base_url and the network"))
    } else if has(&["connect", "refused", "unreachable"]) {
        (FailureKind::Unreachable, format!("{host} takes no connection: is it up, and does it need a proxy?"))
    } else {
        (FailureKind::Broken, format!("the connection to {host} broke in the middle of the answer"))
    };
    Failure::new(kind, format!("{name}: {what}"))
}

/// What the provider itself says, where its body has the usual form.
fn message(body: &str) -> String {
    let value: serde_json::Value = match serde_json::from_str(body) {
        Ok(value) => value,
        Err(_) => return if body.trim_start().starts_with('<') { String::new() } else { body.to_owned() },
    };
    let places = ["/error/message", "/message", "/error", "/0/error/message", "/detail"];
    places.iter().find_map(|p| value.pointer(p)?.as_str()).map_or_else(|| body.to_owned(), str::to_owned)
}

/// Somebody else's words: without the key, masked, showable, and short.
fn words(text: &str, key: Option<&SecretString>) -> String {
    let text = keys::without(text, key);
    let mut masks = Masks::new(crate::runtime::masking::key());
    let masked = redact(&text, &mut masks).text.into_owned();
    let flat = masked.split_whitespace().collect::<Vec<_>>().join(" ");
    let cut: String = flat.chars().take(WORDS).collect();
    if cut.is_empty() { cut } else { format!("It says: {}", clean(&cut)) }
}

/// How long the provider asks us to wait.
fn retry_after(headers: &HeaderMap) -> Option<u64> {
    let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<f64>().ok().filter(|n| *n >= 0.0);
    let ms = number("retry-after-ms").or_else(|| number("retry-after").map(|s| s * 1000.0))?;
    Some((ms as u64).min(LONGEST_WAIT_MS))
}
