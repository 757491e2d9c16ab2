//! Where traced requests take longer than the quick ones of their kind do: in a service's own work, on the
//! way between a caller and whom it calls, or in waiting for what is not traced itself. It works on exports
//! that state the side of each span; it measures, and claims nothing.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::analyst::naming;
use crate::intake::spans::{Side, TraceSpan, above};

/// What a stretch of time was spent on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// A service's own work.
    Own(String),
    /// Between a caller and the one that it calls.
    Between(String, String),
    /// Waiting of the first for the second, which has no spans of its own; its name may be unknown.
    Waits(String, String),
}

/// One stretch of time.
#[derive(Debug, Clone)]
pub struct Stretch {
    /// When its span began, in microseconds since 1970.
    pub start: i64,
    /// How long, in microseconds.
    pub micros: f64,
    /// How much longer than a quick one, where it is slow; else 0.
    pub excess: f64,
    /// The span, and the one below it of a call.
    pub span: usize,
    /// The span of the work behind a call.
    pub below: Option<usize>,
    /// A quick one of its kind.
    pub quick: usize,
}

/// The spans of one export with how they hang together.
pub struct Tree<'a> {
    /// The spans.
    pub all: &'a [TraceSpan],
    /// The service of each.
    pub of: Vec<&'a str>,
    /// The spans below each.
    pub below: Vec<Vec<usize>>,
    /// The span above each.
    pub above: Vec<Option<usize>>,
}

impl<'a> Tree<'a> {
    /// Puts the spans together by their ids; `names` has each service's name once.
    pub fn of(all: &'a [TraceSpan], names: &'a HashMap<&'a str, String>) -> Self {
        let above = above(all);
        let mut below = vec![Vec::new(); all.len()];
        for (i, parent) in above.iter().enumerate() {
            if let Some(list) = parent.and_then(|p| below.get_mut(p)) {
                list.push(i);
            }
        }
        let of = all.iter().map(|s| names.get(s.service.as_str()).map_or("", String::as_str)).collect();
        Self { all, of, below, above }
    }

    /// The workload of every service that an export names.
    pub fn names(all: &[TraceSpan]) -> HashMap<&str, String> {
        let mut names = HashMap::new();
        for s in all {
            names.entry(s.service.as_str()).or_insert_with(|| naming::workload(&s.service));
        }
        names
    }

    /// The spans directly below one.
    pub fn below(&self, i: usize) -> impl Iterator<Item = (usize, &'a TraceSpan)> {
        self.below.get(i).into_iter().flatten().filter_map(|c| Some((*c, self.all.get(*c)?)))
    }

    /// The service of a span.
    pub fn service(&self, i: usize) -> &'a str {
        self.of.get(i).copied().unwrap_or("")
    }
}

/// Stretches of one kind below which none is told to be slow.
const FEW: usize = 4;
/// A stretch is slow from this multiple of a quick one on, and by so many microseconds at least.
const SLOW: (f64, f64) = (3.0, 20_000.0);

/// Every stretch by its place, in order of time. A stretch that is slow against the quick ones of the same
/// work has its excess.
pub fn stretches(tree: &Tree<'_>) -> BTreeMap<Place, Vec<Stretch>> {
    let traced: HashSet<&str> =
        tree.all.iter().enumerate().filter(|(_, s)| s.side == Side::Server).map(|(i, _)| tree.service(i)).collect();
    let mut kinds: BTreeMap<(Place, &str), Vec<Stretch>> = BTreeMap::new();
    for (i, s) in tree.all.iter().enumerate() {
        let Some(start) = s.began() else { continue };
        let (place, micros, below) = place(tree, i, s, &traced);
        let one = Stretch { start, micros, excess: 0.0, span: i, below, quick: i };
        kinds.entry((place, s.operation.as_str())).or_default().push(one);
    }
    let mut out: BTreeMap<Place, Vec<Stretch>> = BTreeMap::new();
    for ((place, _), mut all) in kinds {
        all.sort_by(|a, b| a.micros.total_cmp(&b.micros));
        if let Some((quick, at)) = all.get(all.len() / 4).map(|q| (q.micros, q.span)).filter(|_| all.len() >= FEW) {
            for one in &mut all {
                one.quick = at;
                if one.micros >= (SLOW.0 * quick).max(quick + SLOW.1) {
                    one.excess = one.micros - quick;
                }
            }
        }
        out.entry(place).or_default().extend(all);
    }
    for all in out.values_mut() {
        all.sort_by_key(|s| s.start);
    }
    out
}

/// What a span's own time was spent on, how long that was, and the work behind it if it is a call.
fn place(tree: &Tree<'_>, i: usize, s: &TraceSpan, traced: &HashSet<&str>) -> (Place, f64, Option<usize>) {
    let me = tree.service(i);
    if s.side != Side::Client {
        return (Place::Own(me.to_owned()), (s.micros - covered(tree, i, s)).max(0.0), None);
    }
    if let Some((at, callee)) = tree.below(i).find(|(at, c)| c.side == Side::Server && tree.service(*at) != me) {
        let way = (s.micros - callee.micros).max(0.0);
        return (Place::Between(me.to_owned(), tree.service(at).to_owned()), way, Some(at));
    }
    let peer = naming::workload(&s.peer);
    if traced.contains(peer.as_str()) && peer != me {
        return (Place::Between(me.to_owned(), peer), s.micros, None);
    }
    (Place::Waits(me.to_owned(), peer), s.micros, None)
}

/// How much of a span's time those below it cover, each moment once.
fn covered(tree: &Tree<'_>, i: usize, s: &TraceSpan) -> f64 {
    let Some(from) = s.began() else {
        return tree.below(i).map(|(_, c)| c.micros).sum();
    };
    let until = from + s.micros as i64;
    let mut parts: Vec<(i64, i64)> = tree
        .below(i)
        .filter_map(|(_, c)| {
            let start = c.began()?.clamp(from, until);
            Some((start, (start + c.micros as i64).min(until)))
        })
        .collect();
    parts.sort_unstable();
    let (mut sum, mut reached) = (0, from);
    for (start, end) in parts {
        sum += (end - start.max(reached)).max(0);
        reached = reached.max(end);
    }
    sum as f64
}

/// When a place became slow: the start of the first slow stretch behind the moment that best parts quick from
/// slow. `None` where slow ones are there all the time.
pub fn onset(all: &[Stretch]) -> Option<usize> {
    let n = all.len();
    let is_slow = |i: usize| all.get(i).is_some_and(|s| s.excess > 0.0);
    let slow = (0..n).filter(|i| is_slow(*i)).count();
    // the shares of slow ones before and behind each moment, from one count
    let (mut before, mut best) = (0, None::<(f64, usize, f64, f64)>);
    for k in 1..n {
        before += usize::from(is_slow(k - 1));
        let (a, b) = (before as f64 / k as f64, (slow - before) as f64 / (n - k) as f64);
        let gain = (b - a) * (k as f64 * (n - k) as f64 / n as f64).sqrt();
        if best.is_none_or(|(most, ..)| gain >= most) {
            best = Some((gain, k, a, b));
        }
    }
    let (_, split, early, late) = best?;
    if late < 4.0 * early || late <= 0.0 {
        return None;
    }
    (split..n).find(|i| is_slow(*i))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(slow: &[u8]) -> Vec<Stretch> {
        let one = |(i, s): (usize, &u8)| Stretch {
            start: i as i64,
            micros: 1.0,
            excess: f64::from(*s),
            span: i,
            below: None,
            quick: 0,
        };
        slow.iter().enumerate().map(one).collect()
    }

    #[test]
    fn a_place_became_slow_where_slow_ones_begin_and_not_where_they_always_were() {
        assert_eq!(onset(&all(&[0, 0, 0, 0, 1, 1, 0, 1])), Some(4));
        assert_eq!(onset(&all(&[0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1])), Some(9));
        assert_eq!(onset(&all(&[1, 1, 1, 1, 1, 1])), None);
        assert_eq!(onset(&all(&[0, 0, 0])), None);
        assert_eq!(onset(&all(&[])), None);
    }

    #[test]
    fn a_busy_export_is_gone_through_once() {
        let slow: Vec<u8> = (0..200_000).map(|i| u8::from(i > 150_000)).collect();
        let began = std::time::Instant::now();
        assert_eq!(onset(&all(&slow)), Some(150_001));
        assert!(began.elapsed().as_secs() < 5, "{:?}", began.elapsed());
    }
}
