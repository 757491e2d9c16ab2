//! A command that never came to the place it was to look at: its client could not find the way there, or
//! was not let in. What it printed then is about the machine it was typed on, and proves nothing about
//! the place: a bastion whose name does not resolve here is no fault of the name service over there.

use std::ops::Range;
use std::sync::LazyLock;

use regex::{Regex, RegexSet};

use super::expectation::lines;

/// What clients say of the way, each as its own program prints it (kubectl 1.3x, OpenSSH 9, docker 2x,
/// aws 2, gcloud). What a command says that ran over there is not among them, nor what the API server
/// answers once it is reached.
const SAID: &[&str] = &[
    r"^(E\d{4} .*)?Unable to connect to the server: ",
    r"^The connection to the server \S+ was refused - did you specify the right host or port\?",
    r"^error: (You must be logged in to the server|no configuration has been provided|context .{1,200} does not exist)",
    r"^ssh: (Could not resolve hostname|connect to host) ",
    r"^(kex_exchange_identification|Host key verification failed)",
    r"^\S{1,200}: Permission denied \((publickey|password|keyboard-interactive)",
    r"^(Cannot connect to the Docker daemon|error during connect: )",
    r"^Could not connect to the endpoint URL: ",
    r"^(Unable to locate credentials|ERROR: \(gcloud\..{1,80}\) You do not currently have an active account)",
];

static ALL: LazyLock<Option<RegexSet>> = LazyLock::new(|| RegexSet::new(SAID).ok());
/// How kubectl names a command that ran over there and failed: then the rest is its output.
static RAN: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?m)^command terminated with exit code \d+").ok());

/// The line that says so, where a command that did not succeed printed one.
pub(super) fn unreached(output: &str, status: Option<i32>) -> Option<(&str, Range<usize>)> {
    let failed = status != Some(0) && !RAN.as_ref().is_some_and(|ran| ran.is_match(output));
    let all = ALL.as_ref().filter(|_| failed)?;
    lines(output).find(|(line, _)| all.is_match(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_way_that_was_not_found_is_told_from_what_the_place_answers() {
        for way in [
            "Unable to connect to the server: dial tcp: lookup k8s.example.net on 127.0.0.53:53: no such host",
            "ssh: Could not resolve hostname bastion: Name or service not known",
            "ssh: connect to host bastion port 22: Connection timed out",
            "error: context \"prod-eu\" does not exist",
            "kim@db-1: Permission denied (publickey).",
        ] {
            let output = format!("Warning: first\n{way}\n");
            assert_eq!(unreached(&output, Some(1)).map(|(line, _)| line), Some(way));
            assert_eq!(unreached(&output, Some(0)), None, "it succeeded: {way}");
        }
        for answer in [
            "** server can't find orders.shop.svc: NXDOMAIN\ncommand terminated with exit code 1",
            "ssh: Could not resolve hostname db-2: x\ncommand terminated with exit code 255",
            "Error from server (NotFound): pods \"orders\" not found",
            "curl: (6) Could not resolve host: orders.shop.svc",
            "dial tcp: lookup db.internal on 10.96.0.10:53: no such host",
        ] {
            assert_eq!(unreached(answer, Some(1)), None, "{answer}");
        }
    }
}
