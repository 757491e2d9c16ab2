//! A figure told in a larger unit beside the one that the evidence gives it in: `8224.79 ms (8.2 s)`,
//! `15671352Ki (14.9 GiB)`. Written here and done again here, so that what is told can be checked.

use super::pattern::{Pattern, group};

/// A unit, the next that people speak of, how many of the one make the other, and from how many on the
/// larger one is easier to say.
const LARGER: &[(&str, &str, f64, f64)] = &[
    ("ns", "s", 1e9, 1e9),
    ("ns", "ms", 1e6, 1e6),
    ("µs", "s", 1e6, 1e6),
    ("µs", "ms", 1e3, 1e4),
    ("ms", "s", 1000.0, 1000.0),
    ("s", "min", 60.0, 600.0),
    ("Ki", "GiB", 1_048_576.0, 1_048_576.0),
    ("Mi", "GiB", 1024.0, 10_240.0),
];

/// The figure in the larger unit, with one decimal: `8224.79`, `ms` → `8.2 s`. `None` where the unit has
/// none or the figure is easily said as it stands.
pub fn larger_unit(figure: &str, unit: &str) -> Option<String> {
    let (_, larger, factor, _) = LARGER
        .iter()
        .find(|(small, _, _, from)| *small == unit && figure.parse::<f64>().is_ok_and(|amount| amount >= *from))?;
    let amount: f64 = figure.parse().ok()?;
    Some(format!("{:.1} {larger}", amount / factor))
}

/// Figures of a sentence that are another figure of it in a larger unit, as [`larger_unit`] writes them,
/// each with that unit. One that is converted wrongly is not among them.
pub(super) fn told_twice(text: &str) -> Vec<(f64, String)> {
    static TWICE: Pattern = Pattern::new(r"\b(\d+(?:\.\d+)?)\s?(ns|µs|ms|s|Ki|Mi)\s\((\d+\.\d) (ms|s|min|GiB)\)");
    TWICE
        .all(text)
        .iter()
        .filter(|c| {
            let says = format!("{} {}", group(c, 3), group(c, 4));
            larger_unit(group(c, 1), group(c, 2)).is_some_and(|larger| larger == says)
        })
        .filter_map(|c| Some((group(c, 3).parse().ok()?, group(c, 4).to_lowercase())))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conversion_is_done_again() {
        assert_eq!(larger_unit("8224.79", "ms").as_deref(), Some("8.2 s"));
        assert_eq!(larger_unit("15671352", "Ki").as_deref(), Some("14.9 GiB"));
        assert_eq!(larger_unit("910.25", "ms"), None);
        assert_eq!(larger_unit("91187000", "ns").as_deref(), Some("91.2 ms"));
        assert_eq!(larger_unit("3004950", "µs").as_deref(), Some("3.0 s"));
        assert_eq!(told_twice("latency from 7 ms to 8224.79 ms (8.2 s)"), [(8.2, "s".to_owned())]);
        assert_eq!(told_twice("the 15671352Ki (14.9 GiB) of the node"), [(14.9, "gib".to_owned())]);
        assert!(told_twice("latency from 7 ms to 8224.79 ms (9.2 s)").is_empty(), "a wrong one stands on nothing");
    }
}
