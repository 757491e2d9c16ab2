//! Connectivity checks and the state of a host's units.

use chrono::NaiveDateTime;

use crate::domain::Stamp;

use super::lines::Row;
use super::model::{Cluster, Reach, Unit};
use super::segments::Segment;

/// Reads `systemctl status UNIT`; true when the segment is one.
pub fn units(segment: &Segment<'_, '_>, cluster: &mut Cluster) -> bool {
    let Some(command) = segment.command.filter(|c| c.contains("systemctl") && c.contains("status")) else {
        return false;
    };
    let asked = command.split_whitespace().rfind(|w| !w.starts_with('-')).unwrap_or("");
    let heading = segment.rows.iter().find(|r| behind_sign(r.text).is_some());
    let told = heading.and_then(|r| behind_sign(r.text));
    let name = told.and_then(|t| t.split_whitespace().next()).unwrap_or(asked).trim_end_matches(".service");
    let active = segment.rows.iter().find(|r| r.text.trim_start().starts_with("Active:"));
    if let Some(row) = active {
        let text = row.text.trim_start().trim_start_matches("Active:").trim();
        let (state, since) = text.split_once(" since ").unwrap_or((text, ""));
        cluster.units.push(Unit {
            host: segment.host.or_else(|| over_ssh(command.split_once("systemctl")?.0)).unwrap_or("").to_owned(),
            name: name.to_owned(),
            state: state.to_owned(),
            active: state.starts_with("active"),
            since: unit_stamp(since),
            ended_well: segment.rows.iter().find(|r| is_ended_well(r.text)).map(Row::span),
            at: row.span(),
            named_at: heading.map(Row::span),
        });
    }
    // What stands below a unit's status and its journal may be something else altogether.
    let rest = segment.rows.iter().position(|r| r.text.starts_with("nc ") || r.text.contains("connectivity checks"));
    if let Some(rows) = rest.and_then(|at| segment.rows.get(at..)) {
        reaches(rows, cluster);
    }
    true
}

/// `Main PID: 1416372 (code=exited, status=0/SUCCESS)`.
fn is_ended_well(row: &str) -> bool {
    row.trim_start().starts_with("Main PID:") && row.contains("status=0/SUCCESS")
}

/// What stands behind the sign with which systemd begins a unit: active, inactive, failed, reloading.
fn behind_sign(row: &str) -> Option<&str> {
    ["● ", "○ ", "× ", "↻ "].iter().find_map(|sign| row.trim_start().strip_prefix(sign))
}

/// The host of `ssh [-o …] [user@]host`, which stands before what is asked of it.
pub(super) fn over_ssh(head: &str) -> Option<&str> {
    let mut words = head.split_whitespace();
    words.find(|w| *w == "ssh")?;
    // The options of ssh that take a word of their own (ssh(1)); the first word behind all of them is the host.
    const TAKES: &str = "-B -b -c -D -E -e -F -I -i -J -L -l -m -O -o -p -Q -R -S -W -w";
    let mut host = words.next()?;
    while host.starts_with('-') {
        if TAKES.split(' ').any(|t| t == host) {
            words.next()?;
        }
        host = words.next()?;
    }
    Some(host.rsplit('@').next().unwrap_or(host))
}

/// `Fri 2025-11-14 21:55:53 CST; 4h 38min ago`. The zone's letters are ambiguous, so the zone is not known.
fn unit_stamp(text: &str) -> Option<Stamp> {
    let text = text.split(';').next()?.trim();
    let mut words = text.split_whitespace().skip(1);
    let joined = format!("{} {}", words.next()?, words.next()?);
    let local = NaiveDateTime::parse_from_str(&joined, "%Y-%m-%d %H:%M:%S").ok()?;
    match words.next() {
        Some("UTC") => Some(Stamp::Exact(local.and_utc())),
        _ => Some(Stamp::Local(local)),
    }
}

/// Reads `nc -zv HOST PORT: …`, and `wget`, `curl` and `ping` of the same form.
pub fn reaches(rows: &[Row<'_>], cluster: &mut Cluster) {
    for row in rows {
        let text = row.text.trim_start();
        let tool = ["nc ", "curl ", "wget ", "ping ", "telnet "].iter().find(|t| text.starts_with(**t));
        let (Some(_), Some((call, result))) = (tool, text.split_once(": ")) else { continue };
        let mut words = call.split_whitespace().skip(1).filter(|w| !w.starts_with('-'));
        let Some(target) = words.next() else { continue };
        let target = target.trim_start_matches("http://").trim_start_matches("https://");
        let (host, inline) = target.split_once(':').unwrap_or((target, ""));
        let port = words.next().unwrap_or(inline).trim_end_matches('/').parse().ok();
        let lower = result.to_ascii_lowercase();
        let count = |needles: &[&str]| needles.iter().map(|n| lower.matches(n).count()).max().unwrap_or(0) as u32;
        cluster.reaches.push(Reach {
            target: host.split('/').next().unwrap_or(host).to_owned(),
            port,
            reached: count(&["connection succeeded", "succeeded!", "connected"]),
            failed: count(&["connection failed", "refused", "timed out", "timeout", "no route", "bad address"]),
            ms: times(&lower),
            at: row.span(),
        });
    }
}

/// Reads what `ping` printed below its command: `3 packets transmitted, 3 received …` and the times of
/// its answers. The host is the command's last word that is no option.
pub fn pinged(segment: &Segment<'_, '_>, cluster: &mut Cluster) {
    let command = segment.command.filter(|c| c.split_whitespace().any(|w| w == "ping"));
    let mut words =
        command.into_iter().flat_map(|c| c.rsplit_once("ping ")).flat_map(|(_, rest)| rest.split_whitespace());
    let Some(target) = words.rfind(|w| !w.starts_with('-') && w.len() > 3) else {
        return;
    };
    let Some(sum) = segment.rows.iter().find(|r| r.text.contains("packets transmitted")) else { return };
    let count = |ends: &str| {
        let part = sum.text.split(", ").find(|p| p.trim_end_matches(" packets").ends_with(ends))?;
        part.split_whitespace().next()?.parse::<u32>().ok()
    };
    let (Some(sent), Some(reached)) = (count("transmitted"), count("received")) else { return };
    let answers = segment.rows.iter().filter(|r| r.text.contains("icmp_seq=") && r.text.contains("time="));
    let took = |r: &&Row<'_>| times(&r.text.to_ascii_lowercase()).first().copied();
    let ms = answers.clone().filter_map(|r| took(&r)).collect();
    // the quickest answer is what a slow network can't be blamed for less than
    let quickest = answers.min_by(|a, b| took(a).unwrap_or(f64::INFINITY).total_cmp(&took(b).unwrap_or(f64::INFINITY)));
    let at = quickest.unwrap_or(sum).span();
    let failed = sent.saturating_sub(reached);
    cluster.reaches.push(Reach { target: target.to_owned(), port: None, reached, failed, ms, at });
}

/// Every `12.5 ms` in a text.
fn times(text: &str) -> Vec<f64> {
    let mut words = text.split([' ', '=', ',', ';']).peekable();
    let mut found = Vec::new();
    while let Some(word) = words.next() {
        let joined: Option<f64> = word.strip_suffix("ms").and_then(|n| n.parse().ok());
        let parted = || (words.peek() == Some(&"ms")).then(|| word.parse().ok()).flatten();
        found.extend(joined.or_else(parted));
    }
    found
}
