//! How a series left its level: when, how far, and whether it came back. It reads figures only.

use crate::intake::metrics::Point;

/// How a series left its level.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Shift {
    /// Mean before.
    pub base: f64,
    /// The value farthest from it afterwards.
    pub peak: f64,
    /// Index of the first point after the change.
    pub onset: usize,
    /// Index of the farthest point.
    pub worst: usize,
    /// True when the last point is close to the level before.
    pub recovered: bool,
    /// True when the lowest point lies inside and the last one is high again: room that was made.
    pub refilled: bool,
    /// True where it rises all the way: nearly every point lies above the one before.
    pub grows: bool,
}

/// Points below which nothing is said to grow.
const GROWING: usize = 8;

/// The split that separates two levels best.
pub(super) fn shift(points: &[Point]) -> Option<Shift> {
    let n = points.len();
    if n < 3 {
        return None;
    }
    let values: Vec<f64> = points.iter().map(|p| p.value).collect();
    let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len().max(1) as f64;
    let gain = |k: usize| {
        let (a, b) = values.split_at(k);
        (mean(b) - mean(a)).abs() * ((k * (n - k)) as f64 / n as f64).sqrt()
    };
    let onset = (1..n).max_by(|a, b| gain(*a).total_cmp(&gain(*b)))?;
    let onset = foot(&values, onset);
    let base = mean(values.get(..onset)?);
    let far = |i: &usize| (values.get(*i).copied().unwrap_or(base) - base).abs();
    let worst = (onset..n).max_by(|a, b| far(a).total_cmp(&far(b)))?;
    let peak = *values.get(worst)?;
    // what still lies where it was, or on the other side, has not left for there
    let left = |v: f64| (v - base) * (peak - base).signum() >= LEFT * (peak - base).abs();
    let onset = (onset..=worst).find(|i| values.get(*i).is_some_and(|v| left(*v))).unwrap_or(worst);
    let last = *values.last()?;
    let lowest = values.iter().copied().fold(f64::INFINITY, f64::min);
    let trough = values.iter().position(|v| *v == lowest).unwrap_or(0);
    let recovered = worst + 1 < n && (last - base).abs() < 0.25 * (peak - base).abs();
    let first = values.first().copied().unwrap_or(0.0);
    let refilled = trough > 0 && trough + 1 < n && last > 3.0 * lowest.max(0.0) && last >= 0.8 * first;
    let rising = values.windows(2).filter(|w| matches!(w, [a, b] if b > a)).count();
    let grows = n >= GROWING && rising * 5 >= (n - 1) * 4;
    Some(Shift { base, peak, onset, worst, recovered, refilled, grows })
}

/// Of a rise that takes long, the share of it that already counts as left its level.
const LEFT: f64 = 0.1;

/// Where a slope that ends in the change begins: back from the change as long as the values stand clear of
/// the first ones, on the side of the change.
fn foot(values: &[f64], change: usize) -> usize {
    let mut first: Vec<f64> = values.iter().take((values.len() / 5).max(3)).copied().collect();
    first.sort_by(f64::total_cmp);
    let level = first.get(first.len() / 2).copied().unwrap_or(0.0);
    let most = values.iter().map(|v| (v - level).abs()).fold(0.0, f64::max);
    let side = values.get(change).map_or(1.0, |v| (v - level).signum());
    let off = |i: usize| values.get(i).is_some_and(|v| (v - level) * side > LEFT * most);
    (1..change).rev().take_while(|i| off(*i)).last().unwrap_or(change)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::domain::Stamp;

    pub fn points(values: &[f64]) -> Vec<Point> {
        let at: Stamp = "2026-01-01T00:00:00Z".parse().unwrap();
        values.iter().map(|v| Point { at, value: *v, span: 0..0 }).collect()
    }

    #[test]
    fn a_slope_begins_where_it_leaves_the_level() {
        let s = shift(&points(&[1.0, 2.0, 1.0, 1.0, 60.0, 120.0, 180.0, 240.0, 300.0, 360.0])).unwrap();
        assert_eq!(s.onset, 4);
    }

    #[test]
    fn a_hump_is_told_as_recovered() {
        let s = shift(&points(&[18.0, 18.0, 19.0, 95.0, 96.0, 19.0])).unwrap();
        assert!(s.recovered);
    }

    #[test]
    fn a_series_leaves_its_level_for_where_it_goes() {
        let began = |values: &[f64]| shift(&points(values)).map(|s| (s.onset, s.worst)).unwrap();
        assert_eq!(
            began(&[18.0, 0.004, 156.0, 156.0, 0.0044, 180.0]),
            (2, 5),
            "what sank before it rose has not risen"
        );
        assert_eq!(began(&[0.029, 0.021, 0.030, 0.028, 0.46, 0.50]), (4, 5));
    }
}
