//! What is wrong with a server's certificate, by the type of the error and not by its words: which of
//! clock, server, authority or address a person has to look at.
//!
//! It changes nothing about what is trusted.

use std::error::Error as StdError;

use rustls::CertificateError;
use rustls::pki_types::UnixTime;

/// Who has to do something about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// It is not valid at the time of this machine's clock: the clock is wrong, or the server's owner is late.
    Time,
    /// It is not one that this machine trusts for that address.
    Trust,
}

/// What is wrong with the certificate of `host`, where that is why a connection failed: one sentence
/// without its subject. `authorities` says where a person adds an authority.
pub fn wrong(e: &(dyn StdError + 'static), host: &str, authorities: &str) -> Option<(Side, String)> {
    let mut next = Some(e);
    while let Some(e) = next {
        if let Some(rustls::Error::InvalidCertificate(why)) = of_tls(e) {
            return Some(sentence(why, host, authorities));
        }
        next = e.source();
    }
    None
}

/// The TLS error that stands here. An I/O error hides the one it was made of from its chain.
fn of_tls<'a>(e: &'a (dyn StdError + 'static)) -> Option<&'a rustls::Error> {
    if let Some(tls) = e.downcast_ref::<rustls::Error>() {
        return Some(tls);
    }
    let mut io = e.downcast_ref::<std::io::Error>()?;
    loop {
        let inner = io.get_ref()?;
        if let Some(tls) = inner.downcast_ref::<rustls::Error>() {
            return Some(tls);
        }
        io = inner.downcast_ref::<std::io::Error>()?;
    }
}

fn sentence(why: &CertificateError, host: &str, authorities: &str) -> (Side, String) {
    let (side, what) = match why {
        CertificateError::ExpiredContext { time, not_after } => (
            Side::Time,
            format!(
                "expired on {}, and this machine's clock says {}: if the clock is right, the server needs a new one",
                day(*not_after),
                day(*time)
            ),
        ),
        CertificateError::NotValidYetContext { time, not_before } => (
            Side::Time,
            format!(
                "is not valid before {}, and this machine's clock says {}: set the clock right",
                day(*not_before),
                day(*time)
            ),
        ),
        CertificateError::Expired => (Side::Time, "expired by this machine's clock: is the clock right?".into()),
        CertificateError::NotValidYet => {
            (Side::Time, "is not valid yet by this machine's clock: set the clock right".into())
        }
        CertificateError::UnknownIssuer => {
            (Side::Trust, format!("is signed by an authority that this machine does not know: {authorities}"))
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            (Side::Trust, "is made for another name: is that the right address?".into())
        }
        CertificateError::Revoked => (Side::Trust, "was revoked: nothing is sent there; ask its owner".into()),
        _ => (Side::Trust, format!("is not trusted: {authorities}")),
    };
    (side, format!("the certificate of {host} {what}"))
}

/// The day of a time, in UTC.
fn day(time: UnixTime) -> String {
    let stamp = i64::try_from(time.as_secs()).ok().and_then(|s| chrono::DateTime::from_timestamp(s, 0));
    stamp.map_or_else(|| "an unknown day".to_owned(), |s| s.format("%Y-%m-%d").to_string())
}
