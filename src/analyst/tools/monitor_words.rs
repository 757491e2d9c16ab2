//! A monitor's report in words that can be read aloud: what it measures, from how much to how much, each
//! figure with the unit that the report gives it. It judges nothing and changes no figure.

use crate::analyst::grounding::conversions::larger_unit;

/// `RESOURCE_SATURATION [cpu_cfs] | Val: 0.479s (Throttled)` → `CPU throttling of 0.479 s`, and
/// `… | p50latency: Normal=7ms -> Current=90ms (+1185.7%) | Peak=99ms` → `p50 latency from 7 ms to 90 ms`.
pub fn told(text: &str) -> String {
    let Some((head, figures)) = text.split_once(" | ") else { return text.to_owned() };
    let label = head.split_once('[').and_then(|(_, rest)| rest.split_once(']')).map_or(head, |(label, _)| label);
    let first = figures.split(" | ").next().unwrap_or(figures);
    match first.split_once(": ") {
        Some((metric, values)) if metric != "Val" => one(&with_direction(label, metric), values),
        _ => one(label, first.strip_prefix("Val: ").unwrap_or(first)),
    }
}

/// The same without what is measured, behind a sentence that says it: `from 7 ms to 90 ms`, `0.479 s`.
pub fn amounts(text: &str) -> String {
    let whole = told(text);
    for (word, kept) in [(" from ", "from "), (" up by ", "up by "), (" of ", ""), (" at ", ""), (": ", "")] {
        if let Some((_, rest)) = whole.split_once(word) {
            return format!("{kept}{rest}");
        }
    }
    whole
}

/// `Network Drop` measured `Inbound`, and a label that is a direction itself, are both inbound traffic.
fn with_direction(label: &str, metric: &str) -> String {
    let lower = metric.to_ascii_lowercase();
    if matches!(lower.as_str(), "inbound" | "outbound") && !label.to_ascii_lowercase().contains(&lower) {
        format!("{metric} traffic")
    } else {
        metric.to_owned()
    }
}

/// How much slower, per percentile: `p50 latency from 40.22 ms to 18501.83 ms (18.5 s)`.
pub fn change(label: &str, before: &str, now: &str) -> String {
    let what = measured(label);
    let (before, now) = (value(before), value(now));
    if before == now {
        return format!("{what} at {now}");
    }
    // a call takes some time: none at all is none that was measured
    let none = what.ends_with("latency") && before.split(' ').next().and_then(|b| b.parse::<f64>().ok()) == Some(0.0);
    let before = if none { "nothing measured" } else { &before };
    format!("{what} from {before} to {now}")
}

/// One measure with its values.
fn one(label: &str, values: &str) -> String {
    let what = measured(label);
    let pair = values.split_once("Normal=").and_then(|(_, v)| v.split_once(" -> "));
    let Some((before, now)) = pair else {
        return stated(&what, values);
    };
    let now = now.split_once('=').map_or(now, |(_, v)| v);
    let (now, rest) = now.split_once(" (").unwrap_or((now, ""));
    // rounded to the same figure: only the share tells that it changed
    if before == now {
        let share = rest.trim_end_matches(')').trim_start_matches('+');
        return match share.strip_suffix('%').filter(|s| s.parse::<f64>().is_ok_and(|s| s > 0.0)) {
            Some(share) => format!("{what} up by {share} %, to {}", value(now)),
            None => format!("{what} at {}", value(now)),
        };
    }
    change(label, before, now)
}

/// A value that was compared with nothing.
fn stated(what: &str, values: &str) -> String {
    let lower = values.to_ascii_lowercase();
    if lower.contains("dropped to zero/nan") {
        return format!("{what}: no values any more (dropped to zero/NaN)");
    }
    match values.split_once(" (") {
        Some((amount, "Throttled)")) => format!("CPU throttling of {}", value(amount)),
        Some((amount, note)) => format!("{what} at {} ({note}", value(amount)),
        None => format!("{what}: {values}"),
    }
}

/// What a label measures, in the words of the trade.
fn measured(label: &str) -> String {
    let lower = label.replace('_', " ").to_lowercase();
    // `adservice-p50latency` says whose it is once more
    let own = lower.rsplit('-').next().unwrap_or(&lower);
    if let Some(percentile) = own.strip_suffix("latency").filter(|p| p.starts_with('p')) {
        return format!("{} latency", percentile.trim());
    }
    let traffic =
        |which: &str| if which.is_empty() { "network traffic".to_owned() } else { format!("{which} traffic") };
    match lower.trim_end_matches(" surge").trim_end_matches(" drop") {
        "rps" => "requests".into(),
        "network" => traffic(""),
        way @ ("inbound" | "outbound") => traffic(way),
        "cpu core" | "cpu cores" => "CPU use".into(),
        "cpu cfs" => "CPU throttling".into(),
        "tcp retransmission" => "TCP retransmissions".into(),
        "data vanished" => "measured data".into(),
        "success rate" => "success rate".into(),
        _ => lower.replace("cpu ", "CPU ").replace("tcp ", "TCP ").replace("io ", "I/O "),
    }
}

/// `8224.79ms` → `8224.79 ms (8.2 s)`; `2.16req/s` → `2.16 a second`; `0.70retrans` → `0.70`.
pub fn value(text: &str) -> String {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (figure, unit) = (text.get(..digits).unwrap_or(text), text.get(digits..).unwrap_or("").trim());
    let unit = match unit {
        "" | "retrans" => return figure.to_owned(),
        "req/s" => "a second",
        "pps" => "packets/s",
        other => other,
    };
    match larger_unit(figure, unit) {
        Some(larger) => format!("{figure} {unit} ({larger})"),
        None => format!("{figure} {unit}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_s_figures_are_told_in_words() {
        for (text, says) in [
            ("RESOURCE_SATURATION [cpu_cfs] | Val: 0.311s (Throttled)", "CPU throttling of 0.311 s"),
            (
                "LATENCY_DEGRADATION [Slow Response] | p90latency: Normal=8.00ms -> Current=910.25ms (+11278.1%) | Peak=2000ms",
                "p90 latency from 8.00 ms to 910.25 ms",
            ),
            (
                "LATENCY_DEGRADATION [Slow Response] | cart-p50latency: Normal=8.1ms -> Current=25075.16ms (+9%)",
                "p50 latency from 8.1 ms to 25075.16 ms (25.1 s)",
            ),
            (
                "LATENCY_DEGRADATION [Slow Response] | cart-p50latency: Normal=0.00ms -> Current=2460.53ms (New Spike)",
                "p50 latency from nothing measured to 2460.53 ms (2.5 s)",
            ),
            (
                "RESOURCE_SATURATION [cpu core] | Normal=0.02 cores -> Current=1.90 cores (+9400.0%)",
                "CPU use from 0.02 cores to 1.90 cores",
            ),
            (
                "RESOURCE_SATURATION [cpu core] | Normal=0.01 cores -> Current=0.01 cores (+62.5%)",
                "CPU use up by 62.5 %, to 0.01 cores",
            ),
            (
                "RESOURCE_SATURATION [memory usage] | Normal=41.0% -> Current=97.1% (+136.8%)",
                "memory usage from 41.0 % to 97.1 %",
            ),
            (
                "TRAFFIC_ANOMALY [Network Drop] | Inbound: Normal=8.20pps -> Current=3.90pps (-52%) | Outbound: Normal=1pps -> Current=0pps (-100%)",
                "inbound traffic from 8.20 packets/s to 3.90 packets/s",
            ),
            (
                "TRAFFIC_ANOMALY [Outbound SURGE] | Normal=6.60pps -> Current=14.0pps (+112%)",
                "outbound traffic from 6.60 packets/s to 14.0 packets/s",
            ),
            (
                "THROUGHPUT_DROP [RPS] | Normal=4.10req/s -> Current=2.00req/s (-51%)",
                "requests from 4.10 a second to 2.00 a second",
            ),
            (
                "ERROR_SPIKE [Success Rate Drop] | Normal=100.0% -> Cur=61.0% (-39.0%)",
                "success rate from 100.0 % to 61.0 %",
            ),
            (
                "NETWORK_QUALITY_DEGRADED [TCP Retransmission] | Normal=0.00retrans -> Current=0.90retrans (New Spike)",
                "TCP retransmissions from 0.00 to 0.90",
            ),
            (
                "LATENCY_MISSING [p90latency] | Metrics dropped to zero/NaN after injection",
                "p90 latency: no values any more (dropped to zero/NaN)",
            ),
        ] {
            assert_eq!(told(text), says);
        }
    }
}
