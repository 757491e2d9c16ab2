//! What a measure's name says of it, and how its values are told: by the words of the name, and by the units that it
//! states. A name that says neither gives neither.

use crate::analyst::report::wording::capital;

/// Seconds in the unit that a metric's name ends in, or has among its last words: `gc_pause_ms`,
/// `jvm_gc_pause_seconds_max`. `None` where it names none.
pub(super) fn seconds_of(metric: &str) -> Option<f64> {
    let lower = metric.to_lowercase();
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).collect();
    words.iter().rev().find_map(|word| match *word {
        "s" | "sec" | "secs" | "second" | "seconds" => Some(1.0),
        "ms" | "millis" | "milliseconds" | "millisecond" => Some(1e-3),
        "us" | "micros" | "microseconds" => Some(1e-6),
        "ns" | "nanos" | "nanoseconds" => Some(1e-9),
        _ => None,
    })
}

/// The words of a measure's name, in lower case: `container_memory_rss`, `MemoryUsed(MB)`, `CPUUtilization`.
fn words(metric: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let (mut before, mut open) = (' ', false);
    let mut rest = metric.chars().peekable();
    while let Some(c) = rest.next() {
        let ends_capitals = before.is_uppercase() && rest.peek().is_some_and(|n| n.is_lowercase());
        let begins = c.is_uppercase() && (!before.is_uppercase() || ends_capitals);
        if c.is_alphanumeric() {
            match out.last_mut().filter(|_| open && !begins) {
                Some(word) => word.extend(c.to_lowercase()),
                None => out.push(c.to_lowercase().collect()),
            }
        }
        (before, open) = (c, c.is_alphanumeric());
    }
    out
}

/// True for an amount of memory in use: not for what is counted in it, and not for all that was ever taken.
pub(super) fn is_memory(metric: &str) -> bool {
    const COUNTED: &[&str] =
        &["total", "count", "sum", "bucket", "members", "hits", "misses", "items", "objects", "faults", "ops", "rate"];
    let words = words(metric);
    let is = |any: &[&str]| words.iter().any(|w| any.contains(&w.as_str()));
    let set = words.windows(2).any(|w| matches!(w, [a, b] if a == "working" && b == "set"));
    (set || is(&["mem", "memory", "rss", "workingset"])) && (!is(COUNTED) || metric.contains('%'))
}

/// Measures of a cloud's monitor that are bytes though their names don't say so.
const IN_BYTES: &[&str] = &[
    "FreeableMemory",
    "FreeStorageSpace",
    "FreeLocalStorage",
    "SwapUsage",
    "BinLogDiskUsage",
    "TransactionLogsDiskUsage",
    "ReplicationSlotDiskUsage",
    "OldestReplicationSlotLag",
    "FreeMemory",
    "BytesUsedForCache",
];

/// Units that a name may end in, and how they are written.
const UNITS: &[(&str, &str)] = &[
    ("percent", "%"),
    ("pct", "%"),
    ("utilization", "%"),
    ("seconds", "s"),
    ("secs", "s"),
    ("sec", "s"),
    ("s", "s"),
    ("milliseconds", "ms"),
    ("millis", "ms"),
    ("ms", "ms"),
    ("microseconds", "µs"),
    ("micros", "µs"),
    ("us", "µs"),
    ("bytes", "B"),
    ("byte", "B"),
    ("kb", "KB"),
    ("mb", "MB"),
    ("gb", "GB"),
    ("kib", "KiB"),
    ("mib", "MiB"),
    ("gib", "GiB"),
];
/// What a name says in short, and how a person says it.
const SHORT: &[(&str, &str)] = &[
    ("cpu", "CPU"),
    ("mem", "memory"),
    ("gc", "GC"),
    ("jvm", "JVM"),
    ("rss", "RSS"),
    ("http", "HTTP"),
    ("db", "DB"),
    ("io", "I/O"),
    ("dns", "DNS"),
    ("tcp", "TCP"),
    ("tls", "TLS"),
    ("req", "requests"),
    ("errs", "errors"),
];

/// Words of a name that measures a time.
const TIMES: &[&str] = &[
    "latency", "duration", "time", "pause", "pauses", "wait", "delay", "lag", "age", "elapsed", "took", "server",
    "client", "p50", "p75", "p90", "p95", "p99", "p999", "max", "mean", "avg",
];

/// A measure as it is told: its name in words, without its unit and without the sort of thing that it is of, and
/// the unit: `PodClientLatencyP90(s)`, `mem_mib`, `CPUUtilization`. Bytes are where the name says so, and not so
/// many of them for something.
pub(super) fn named_unit(metric: &str) -> (String, String) {
    const LONGEST: usize = 6;
    let is_unit = |u: &&str| {
        *u == "%" || (1..=LONGEST).contains(&u.len()) && u.chars().all(|c| c.is_alphabetic() || matches!(c, '/' | '%'))
    };
    let split = metric.strip_suffix(')').and_then(|m| m.rsplit_once('(')).filter(|(_, unit)| is_unit(unit));
    let (bare, stated) = split.map_or((metric, None), |(name, unit)| (name, Some(unit)));
    let mut words = words(bare);
    let many = words.iter().any(|w| w == "per" || w == "rate");
    let bytes = words.iter().any(|w| w == "bytes");
    let last =
        words.last().and_then(|w| UNITS.iter().find(|(word, _)| w == word)).filter(|_| !many && stated.is_none());
    // `errors_s` is so many a second, and no time
    let times = words.iter().any(|w| TIMES.contains(&w.as_str()));
    let a_second = matches!(last, Some(("s", _))) && !times && words.len() > 1;
    let last = last.filter(|_| !a_second);
    let unit = match (stated, last) {
        (Some(unit), _) if unit.eq_ignore_ascii_case("bytes") => "B",
        (Some(unit), _) => unit,
        (None, Some((word, unit))) => {
            // of a share of use the word is the measure as well
            if *word != "utilization" && words.len() > 1 {
                words.pop();
            }
            unit
        }
        (None, None) if bytes && !many || IN_BYTES.contains(&bare) => "B",
        (None, None) => "",
    };
    if words.len() > 2 && matches!(words.first().map(String::as_str), Some("pod" | "container")) {
        words.remove(0);
    }
    if a_second {
        words.insert(words.len() - 1, "per".to_owned());
    }
    for at in 0..words.len() {
        let per = at.checked_sub(1).and_then(|i| words.get(i)).is_some_and(|w| w == "per");
        if let Some(word) = words.get_mut(at).filter(|w| *w == "s") {
            *word = if per { "second" } else { "seconds" }.to_owned();
        }
    }
    let said: Vec<&str> =
        words.iter().map(|w| SHORT.iter().find(|(short, _)| w == short).map_or(w.as_str(), |(_, long)| long)).collect();
    // `http_5xx_rate` in words would have a figure that stands nowhere
    let figured = words.iter().any(|w| w.starts_with(|c: char| c.is_ascii_digit()));
    (if said.is_empty() || figured { bare.to_owned() } else { said.join(" ") }, unit.to_owned())
}

/// A measure's name at the beginning of a sentence; one that stands as the export has it keeps its letters.
pub(super) fn begun(name: &str) -> String {
    let raw = name.contains('_') || !name.contains(' ') && name.contains(|c: char| c.is_ascii_digit());
    if raw { name.to_owned() } else { capital(name) }
}

/// Values of one sentence with their unit; so many bytes in the unit that a person would use, the same for all.
pub(super) fn told<const N: usize>(values: [(f64, &str); N], unit: &str) -> [String; N] {
    const LEAST: f64 = 0.1;
    const SIZES: [(&str, f64); 2] = [("GiB", 1024.0 * 1024.0 * 1024.0), ("MiB", 1024.0 * 1024.0)];
    let most = values.iter().map(|(v, _)| *v).fold(0.0, f64::max);
    let fits = |size: f64| most >= size && values.iter().all(|(v, _)| *v == 0.0 || *v >= LEAST * size);
    match SIZES.iter().find(|(_, size)| unit == "B" && fits(*size)) {
        Some((name, size)) => values.map(|(v, _)| format!("{:.1} {name}", v / size)),
        None if unit.is_empty() || unit == "%" => values.map(|(_, quote)| format!("{quote}{unit}")),
        None => values.map(|(_, quote)| format!("{quote} {unit}")),
    }
}

/// True for a measure of how long something takes.
pub(super) fn is_latency(metric: &str) -> bool {
    words(metric).iter().any(|w| matches!(w.as_str(), "latency" | "duration" | "p50" | "p90" | "p95" | "p99"))
}

/// True for a measure of how much is asked of something.
pub(super) fn is_load(metric: &str) -> bool {
    const ASKED: &[&str] = &["ops", "rps", "qps", "tps", "requests", "workload", "throughput", "calls", "invocations"];
    words(metric).iter().any(|w| ASKED.contains(&w.as_str())) && !is_latency(metric)
}

/// A request that takes no longer than this, in seconds, is slow to nobody.
pub(super) const FELT: f64 = 0.1;

#[cfg(test)]
mod tests {
    use super::super::meanings::{Meaning, meaning};
    use super::super::shifts::Shift;
    use super::super::shifts::shift;
    use super::super::shifts::tests::points;
    use super::*;

    #[test]
    fn a_pause_is_as_long_as_its_unit_says_and_of_unknown_length_without_one() {
        assert_eq!((seconds_of("gc_pause_ms"), seconds_of("jvm.gc.pause.seconds.max")), (Some(1e-3), Some(1.0)));
        assert_eq!(seconds_of("gc_pause"), None);
        let shift = Shift { base: 0.2, peak: 1.4, onset: 2, worst: 3, recovered: false, refilled: false, grows: false };
        assert!(meaning("gc_pause_ms", &shift, 0.2).is_none() && meaning("gc_pause_s", &shift, 0.2).is_some());
    }

    #[test]
    fn a_measure_is_told_in_words_with_its_unit() {
        let named = |metric: &str| {
            let (name, unit) = named_unit(metric);
            format!("{name}/{unit}")
        };
        assert_eq!((begun("http_5xx_rate"), begun("memory")), ("http_5xx_rate".to_owned(), "Memory".to_owned()));
        for (metric, says) in [
            ("PodClientLatencyP90(s)", "client latency p90/s"),
            ("CPUUtilization", "CPU utilization/%"),
            ("cpu_percent", "CPU/%"),
            ("container_memory_working_set_bytes", "memory working set/B"),
            ("mem_mib", "memory/MiB"),
            ("requests_per_s", "requests per second/"),
            ("http_5xx_rate", "http_5xx_rate/"),
            ("errors_s", "errors per second/"),
            ("gc_pause_s", "GC pause/s"),
            ("gc_pause_s_per_min", "GC pause seconds per min/"),
            ("p90_server_s", "p90 server/s"),
            ("queue_depth", "queue depth/"),
            ("FreeMemoryKB", "free memory/KB"),
            ("MemoryUsed(KB)", "memory used/KB"),
            ("StorageRequests", "storage requests/"),
            ("FreeableMemory", "freeable memory/B"),
            ("NetworkBytesIn", "network bytes in/B"),
            ("bytes_per_request", "bytes per request/"),
        ] {
            assert_eq!(named(metric), says, "{metric}");
        }
        assert_eq!(told([(18.33, "18.33"), (19.0, "19")], "%"), ["18.33%", "19%"]);
        assert_eq!(told([(0.2, "0.2"), (19.0, "19")], "s"), ["0.2 s", "19 s"]);
    }

    #[test]
    fn bytes_of_one_sentence_are_told_in_one_unit() {
        let both = |a: f64, b: f64| told([(a, format!("{a}").as_str()), (b, format!("{b}").as_str())], "B");
        assert_eq!(both(3_221_225_472.0, 524_288.0), ["3072.0 MiB", "0.5 MiB"]);
        assert_eq!(both(3_221_225_472.0, 4_294_967_296.0), ["3.0 GiB", "4.0 GiB"]);
        assert_eq!(both(3_221_225_472.0, 0.0), ["3.0 GiB", "0.0 GiB"]);
        assert_eq!(both(700.0, 3_221_225_472.0), ["700 B", "3221225472 B"]);
    }

    #[test]
    fn a_rise_that_nobody_feels_is_no_symptom() {
        let s = shift(&points(&[0.0046, 0.0044, 0.005, 0.0375, 0.04])).unwrap();
        assert!(meaning("PodClientLatencyP90(s)", &s, 0.0).is_none());
        let s = shift(&points(&[0.0235, 0.024, 0.022, 0.46, 0.44])).unwrap();
        assert!(matches!(meaning("PodClientLatencyP90(s)", &s, 0.0), Some(Meaning::Symptom)));
        let s = shift(&points(&[4.6, 4.4, 5.0, 37.0, 40.0])).unwrap();
        assert!(matches!(meaning("latency", &s, 0.0), Some(Meaning::Symptom)), "its unit is not known");
    }

    #[test]
    fn memory_that_grows_is_a_leak_and_a_counter_or_a_count_is_none() {
        let s = shift(&points(&[10.0, 12.0, 14.0, 16.0, 18.0, 20.0, 24.0, 28.0, 33.0, 40.0])).unwrap();
        let leaks = |name: &str| {
            matches!(meaning(name, &s, 10.0), Some(Meaning::Fault { playbook: "memory_exhaustion.leak", .. }))
        };
        for name in [
            "mem_mib",
            "rss_mb",
            "process_resident_memory_bytes",
            "container_memory_working_set_bytes",
            "MemoryUsed(MB)",
            "HeapMemoryMb",
        ] {
            assert!(leaks(name), "{name}");
        }
        for name in [
            "go_memstats_alloc_bytes_total",
            "go_memstats_mallocs_total",
            "consumer_group_members",
            "memcached_curr_items",
            "memory_page_faults_count",
            "remembered_carts",
        ] {
            assert!(!leaks(name), "{name}");
        }
    }

    #[test]
    fn calls_that_are_turned_away_are_no_throttled_processor() {
        let s = shift(&points(&[0.0, 0.0, 0.0, 180.0, 190.0])).unwrap();
        let of = |name: &str| match meaning(name, &s, 0.0) {
            Some(Meaning::Fault { playbook, .. }) => playbook,
            _ => "",
        };
        assert_eq!(of("Throttles"), "capacity_limit.full");
        assert_eq!(of("cfs_throttled_periods_pct"), "cpu_throttling.quota");
        assert_eq!(of("jdbc_pending"), "connection_pool_exhaustion.saturated");
    }

    #[test]
    fn a_low_level_of_cpu_is_no_fault() {
        let s = shift(&points(&[0.5, 0.6, 5.0, 4.0])).unwrap();
        assert!(meaning("CpuUsage(%)", &s, 0.5).is_none());
    }

    #[test]
    fn the_change_point_is_where_the_level_leaves() {
        let s = shift(&points(&[1.0, 1.2, 1.1, 99.0, 100.0])).unwrap();
        assert_eq!((s.onset, s.recovered), (3, false));
        assert!(matches!(
            meaning("CpuUsage(%)", &s, 1.0),
            Some(Meaning::Fault { playbook: "cpu_saturation.busy", .. })
        ));
    }
}
