//! The way to a provider: one HTTP client per model, with its proxy, its certificates and its
//! timeouts. TLS is rustls with ring, installed once.

use std::sync::Once;
use std::time::Duration;

use crate::fault::Fault;
use crate::runtime::files::reason;
use crate::runtime::model_settings::ModelSettings;

/// Installs the one TLS provider; later calls do nothing. Before any client is made.
pub fn install_tls() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // Already installed by somebody else: then it is the same one.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
}

/// A client for one model.
///
/// # Errors
/// A proxy or a certificate file that can't be read.
pub fn client(name: &str, of: &ModelSettings) -> Result<reqwest::Client, Fault> {
    install_tls();
    let wrong = |what: String| Fault::input(format!("models.{name}: {what}"), "mend it in config.toml");
    let mut builder = reqwest::Client::builder()
        .connect_timeout(Duration::from_secs(of.connect_timeout_s.max(1)))
        // A provider that sends us elsewhere is not followed: the evidence goes where the settings say.
        .redirect(reqwest::redirect::Policy::none())
        // Packed answers would let a few bytes become many: what comes is no larger than what was sent.
        .no_gzip()
        .user_agent(concat!("hotwash/", env!("CARGO_PKG_VERSION")));
    if let Some(proxy) = &of.proxy {
        let proxy = reqwest::Proxy::all(proxy).map_err(|_| wrong("its proxy is no address".to_owned()))?;
        builder = builder.proxy(proxy);
    }
    if let Some(file) = &of.ca_file {
        let pem = std::fs::read(file).map_err(|e| wrong(format!("cannot read {file}: {}", reason(&e))))?;
        let certificates =
            reqwest::Certificate::from_pem_bundle(&pem).map_err(|_| wrong(format!("{file} holds no certificates")))?;
        builder = builder.tls_certs_merge(certificates);
    }
    builder.build().map_err(|e| wrong(format!("no HTTP client: {e}")))
}
