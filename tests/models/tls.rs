//! Certificates that are not valid now, not trusted, or somebody else's: one sentence that says which, and
//! who has to do what. The server is rustls itself with the certificates of `fixtures/tls`.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use hotwash::analyst::agent::{Call, Failure, FailureKind, Message};
use hotwash::runtime::model_settings::Provider;
use hotwash::runtime::models::{Remote, answer, install_tls};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::provider::settings;
use super::{block_on, streams::fixture};

fn file(name: &str) -> String {
    format!("{}/fixtures/tls/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// A server with this certificate that answers as a provider does; its port.
pub fn serve(certificate: &str) -> u16 {
    install_tls();
    let chain = vec![CertificateDer::from_pem_file(file(certificate)).unwrap()];
    let key = PrivateKeyDer::from_pem_file(file("server.key")).unwrap();
    let config = rustls::ServerConfig::builder().with_no_client_auth().with_single_cert(chain, key).unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for socket in listener.incoming().flatten() {
            let connection = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = rustls::StreamOwned::new(connection, socket);
            let mut seen = Vec::new();
            let mut buffer = [0; 4096];
            // A client that does not like the certificate hangs up here.
            while !seen.windows(4).any(|w| w == b"\r\n\r\n") {
                match stream.read(&mut buffer) {
                    Ok(n) if n > 0 => seen.extend_from_slice(&buffer[..n]),
                    _ => break,
                }
            }
            let body = fixture("openai", 1);
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                body.len()
            );
            let _ =
                stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body)).and_then(|()| stream.flush());
        }
    });
    port
}

fn asked(certificate: &str, trusted: bool) -> Result<(), Failure> {
    let mut of = settings(Provider::OpenAi, &format!("https://localhost:{}/v1/", serve(certificate)));
    of.ca_file = trusted.then(|| file("authority.pem"));
    let remote = Remote::new("test", &of).unwrap().waiting(Duration::from_millis(1));
    let call = Call { messages: vec![Message::user("hello")], max_tokens: 100, ..Call::default() };
    block_on(answer(&remote, call)).map(drop)
}

#[test]
fn a_certificate_of_an_authority_that_the_settings_name_is_taken() {
    assert_eq!(asked("good.pem", true), Ok(()));
}

#[test]
fn expired_early_unknown_and_foreign_certificates_are_told_apart_in_one_sentence_each() {
    for (certificate, trusted, kind, words) in [
        ("past.pem", true, FailureKind::Clock, &["expired on 2001-01-01", "clock says 20", "needs a new one"][..]),
        ("future.pem", true, FailureKind::Clock, &["not valid before 2190-01-01", "set the clock right"]),
        ("good.pem", false, FailureKind::Certificate, &["authority that this machine does not know", "ca_file"]),
        ("other.pem", true, FailureKind::Certificate, &["made for another name", "right address"]),
    ] {
        let failure = asked(certificate, trusted).unwrap_err();
        assert_eq!(failure.kind, kind, "{certificate}: {}", failure.what);
        assert!(failure.what.starts_with("test: the certificate of localhost:"), "{}", failure.what);
        for word in words {
            assert!(failure.what.contains(word), "{certificate}: {}", failure.what);
        }
        assert!(!failure.what.contains('\n') && failure.what.len() < 220, "{}", failure.what);
    }
}
