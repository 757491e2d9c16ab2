//! What repeats of one measurement came to: how many, their mean, how far apart. Pure.

use serde::Serialize;

/// Repeats of one figure.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Spread {
    /// How many there are.
    pub n: usize,
    /// Their mean.
    pub mean: f64,
    /// The least.
    pub min: f64,
    /// The most.
    pub max: f64,
    /// The standard deviation of a sample (divided by n - 1); of one figure there is none.
    pub sd: Option<f64>,
}

/// The spread of some figures; of none there is none.
pub fn spread(figures: &[f64]) -> Option<Spread> {
    let n = figures.len();
    if n == 0 {
        return None;
    }
    let mean = figures.iter().sum::<f64>() / n as f64;
    let squares: f64 = figures.iter().map(|f| (f - mean).powi(2)).sum();
    Some(Spread {
        n,
        mean,
        min: figures.iter().copied().fold(f64::INFINITY, f64::min),
        max: figures.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        sd: (n > 1).then(|| (squares / (n as f64 - 1.0)).sqrt()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spread_is_of_a_sample_and_one_figure_has_no_deviation() {
        let three = spread(&[1.0, 2.0, 3.0]).unwrap();
        assert_eq!((three.n, three.mean, three.min, three.max, three.sd), (3, 2.0, 1.0, 3.0, Some(1.0)));
        assert_eq!(spread(&[0.4]).unwrap().sd, None);
        assert_eq!(spread(&[]), None);
    }
}
