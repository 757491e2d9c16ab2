//! What a measure says when it moves, by the words of its name and by how far it moved.

use super::measures::{FELT, is_latency, is_memory, seconds_of};
use super::shifts::Shift;

/// Memory that grows steadily to this multiple of what it was is not given back.
const GROWN: f64 = 1.8;

/// What a measure of this name says when it moves.
pub(super) enum Meaning {
    Fault { playbook: &'static str, weight: f64, is: &'static str },
    Symptom,
}

/// What a measure of this name that moved so says; `low` is its lowest value.
pub(super) fn meaning(metric: &str, s: &Shift, low: f64) -> Option<Meaning> {
    let name = metric.to_lowercase().replace(['_', '-', ' '], "");
    if name.starts_with("node") && !name.contains("disk") {
        return None;
    }
    let m = Measure { metric, name, s, low, rises: s.peak > s.base };
    let of_families = m.of_limits().or_else(|| m.of_processor()).or_else(|| m.of_storage()).or_else(|| m.of_memory());
    of_families.or_else(|| m.of_flow()).unwrap_or_else(|| m.is_felt().then_some(Meaning::Symptom))
}

fn fault(playbook: &'static str, weight: f64, is: &'static str) -> Meaning {
    Meaning::Fault { playbook, weight, is }
}

/// A measure that moved. Each family answers `None` for a name that is none of its, and `Some(None)` for one of its
/// that moved in no way that means anything.
struct Measure<'a> {
    metric: &'a str,
    /// The name in one word.
    name: String,
    s: &'a Shift,
    low: f64,
    rises: bool,
}

impl Measure<'_> {
    fn has(&self, words: &[&str]) -> bool {
        words.iter().any(|w| self.name.contains(w))
    }

    /// It rose to more than so many times what it was, which counts as one where it was less.
    fn multiplied(&self, times: f64) -> bool {
        self.rises && self.s.peak > times * self.s.base.max(1.0)
    }

    /// It rose into this range of a percentage from well below it.
    fn filled(&self) -> bool {
        self.rises && (90.0..=110.0).contains(&self.s.peak) && self.s.base < 85.0
    }

    /// Throttling, turned away calls, waiting for a connection.
    fn of_limits(&self) -> Option<Option<Meaning>> {
        let s = self.s;
        if self.has(&["throttl"]) {
            // of a processor it is a share of periods, of requests a count of those that were turned away
            let of_calls = self.has(&["throttles"]) || self.has(&["request", "invocation", "calls", "events", "429"]);
            if of_calls {
                return Some(self.multiplied(5.0).then(|| fault("capacity_limit.full", 4.4, "throttled calls")));
            }
            let share = if self.has(&["ratio", "share", "fraction"]) { 100.0 } else { 1.0 };
            let long = self.rises && s.peak * share >= 25.0;
            return Some(long.then(|| fault("cpu_throttling.quota", 3.0, "CPU throttling")));
        }
        if self.has(&["http429", "status429", "ratelimited", "ratelimithits", "toomanyrequests"]) {
            let turned_away = || fault("rate_limit.own", 3.4, "calls turned away by a rate limit");
            return Some(self.multiplied(5.0).then(turned_away));
        }
        let waiting = self.has(&["pending", "waiting", "waiters", "awaiting"]);
        if waiting && self.has(&["pool", "conn", "jdbc", "hikari", "dbcp", "r2dbc", "pgbouncer"]) {
            let many = self.rises && s.peak >= 2.0 && s.peak > 4.0 * s.base;
            let is = "requests that wait for a connection";
            return Some(many.then(|| fault("connection_pool_exhaustion.saturated", 4.4, is)));
        }
        None
    }

    /// The processor, its credits, and what collects garbage on it.
    fn of_processor(&self) -> Option<Option<Meaning>> {
        let s = self.s;
        if self.has(&["cpu"]) && !self.has(&["credit"]) {
            let busy = (self.rises || self.low >= 85.0) && (80.0..=110.0).contains(&s.peak);
            let weight = if s.peak >= 95.0 { 4.6 } else { 3.4 };
            return Some(busy.then(|| fault("cpu_saturation.busy", weight, "CPU")));
        }
        if self.has(&["cpucreditbalance"]) {
            let spent = self.low < 0.05 * s.base;
            return Some(spent.then(|| fault("cpu_throttling.quota", 3.4, "CPU credits")));
        }
        if self.has(&["gcpause", "gctime", "stoptheworld"]) {
            let long = seconds_of(self.metric).is_some_and(|unit| s.peak * unit >= 1.0);
            let more = self.rises && long && s.peak > 5.0 * s.base;
            return Some(more.then(|| fault("gc_pressure.long_pauses", 4.2, "pauses of the garbage collector")));
        }
        None
    }

    /// Disks, their credits, inodes and descriptors.
    fn of_storage(&self) -> Option<Option<Meaning>> {
        const USE: [&str; 10] = [
            "diskus",
            "fsus",
            "filesystemus",
            "diskutil",
            "volumeus",
            "pvcus",
            "pvus",
            "storageus",
            "diskpct",
            "diskpercent",
        ];
        let s = self.s;
        if self.has(&["freestorage", "freespace", "diskfree", "storagefree", "freedisk"]) {
            let little = self.low < 0.1 * s.base.max(s.peak);
            return Some(little.then(|| fault("disk_full.bytes", 3.6, "free storage")));
        }
        if self.has(&["burstbalance", "iobalance", "bytebalance"]) {
            let spent = self.low < 5.0 && s.base > 10.0;
            return Some(spent.then(|| fault("storage_volume.slow", 4.4, "balance of I/O credits (burst)")));
        }
        if self.has(&["inode"]) && self.rises && s.peak >= 95.0 {
            return Some(Some(fault("disk_full.inodes", 3.6, "inodes")));
        }
        if self.has(&USE) && self.rises && (90.0..=100.5).contains(&s.peak) {
            return Some(Some(fault("disk_full.bytes", 3.6, "disk use")));
        }
        None
    }

    /// Memory that is free, used or kept.
    fn of_memory(&self) -> Option<Option<Meaning>> {
        let s = self.s;
        if self.has(&["freeablememory", "memavail", "freememory"]) {
            let little = self.low < 0.05 * s.base.max(s.peak);
            return Some(little.then(|| fault("memory_exhaustion.oom_killed", 2.6, "free memory")));
        }
        if self.has(&["heapus", "heappct", "heappercent", "oldgenus"]) && !self.has(&["byte", "mib", "mb"]) {
            return Some(self.filled().then(|| fault("gc_pressure.long_pauses", 3.0, "heap")));
        }
        if !is_memory(self.metric) || self.has(&["limit", "request"]) {
            return None;
        }
        if !self.has(&["pct", "percent", "%", "util", "usage"]) {
            let kept = self.rises && s.grows && s.peak > GROWN * s.base;
            return Some(kept.then(|| fault("memory_exhaustion.leak", 3.0, "memory")));
        }
        Some(self.filled().then(|| fault("memory_exhaustion.oom_killed", 3.4, "memory")))
    }

    /// What waits, what is lost on the way, what is open, and how much comes.
    fn of_flow(&self) -> Option<Option<Meaning>> {
        let s = self.s;
        if self.has(&["replicalag", "replicationlag", "secondsbehind", "replaylag"]) {
            let behind = self.rises && s.peak >= 30.0 && s.peak > 5.0 * s.base;
            return Some(behind.then(|| fault("replication_lag.replay", 3.8, "replica lag")));
        }
        if self.has(&["consumerlag", "messagesvisible", "queuedepth", "oldestmessage", "backlog"])
            && !self.has(&["disk"])
        {
            return Some(self.multiplied(5.0).then(|| fault("message_lag.consumer_behind", 3.2, "queue")));
        }
        if self.has(&["packetloss", "retrans", "dropped"]) {
            let lost = self.rises && s.peak > 1.0 && s.peak > 5.0 * s.base;
            let is = if self.has(&["packetloss"]) {
                "packet loss"
            } else if self.has(&["retrans"]) {
                "retransmissions"
            } else {
                "number of what it drops"
            };
            return Some(lost.then(|| fault("network_loss.packets", 3.0, is)));
        }
        if self.has(&["databaseconnections", "activeconnections", "connectionsused", "poolactive", "poolus"]) {
            let many = self.rises && s.peak > 3.0 * s.base && s.peak >= 20.0;
            return Some(many.then(|| fault("connection_pool_exhaustion.server_limit", 3.0, "connections")));
        }
        if self.has(&["openfiles", "filedescriptor", "fdcount"]) && self.rises && s.peak > 5.0 * s.base {
            return Some(Some(fault("fd_exhaustion.leak", 3.0, "open descriptors")));
        }
        if self.has(&["requestrate", "requestcount", "rps", "qps"]) {
            return Some(self.multiplied(4.0).then(|| fault("traffic_spike.surge", 2.6, "request rate")));
        }
        None
    }

    /// A latency or a number of errors that rose far, and that somebody feels.
    fn is_felt(&self) -> bool {
        let s = self.s;
        let unfelt = is_latency(self.metric) && seconds_of(self.metric).is_some_and(|unit| s.peak * unit < FELT);
        let of_trouble = self.has(&["latency", "duration", "error", "5xx", "timeout"]);
        of_trouble && self.rises && s.peak > 3.0 * s.base && !unfelt
    }
}
