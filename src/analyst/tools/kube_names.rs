//! Names that are written almost alike: what was meant where a name leads nowhere. Two names of a series
//! (`env1`, `env2`) are two names.

/// How many letters two words share from their beginnings and their ends, each letter counted once.
fn alike(a: &str, b: &str) -> usize {
    let common = a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
    let from_end = a.bytes().rev().zip(b.bytes().rev()).take_while(|(a, b)| a == b).count();
    (common + from_end).min(a.len().min(b.len()))
}

/// The known name that another was most likely meant for: a few letters apart, or the same with a word more.
pub fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    // `redis-cart-old` is `redis-cart` with a word more
    let longer = |s: &str| name.strip_prefix(s).is_some_and(|rest| rest.starts_with(['-', '.', '_']));
    known.filter(|s| alike(name, s) + 3 >= s.len().max(name.len()) || longer(s)).max_by_key(|s| alike(name, s))
}

/// True for a slip of the pen: one word in four letters differs at most, and not by a figure alone.
pub fn is_slip(a: &str, b: &str) -> bool {
    let longest = a.len().max(b.len());
    let without = |t: &str| t.chars().filter(|c| !c.is_ascii_digit()).collect::<String>();
    let series = without(a) == without(b);
    a != b && longest > 2 && !series && alike(a, b) + (longest / 4).max(1) >= longest
}

/// In what a word is off another, for an ear that can't hear it: one letter more, less or other, or two that stand
/// the wrong way round. `None` for words that differ in more.
pub fn difference(wrong: &str, right: &str) -> Option<String> {
    let (w, r): (Vec<char>, Vec<char>) = (wrong.chars().collect(), right.chars().collect());
    let common = w.iter().zip(&r).take_while(|(a, b)| a == b).count();
    let tail = w.iter().rev().zip(r.iter().rev()).take_while(|(a, b)| a == b).count();
    let tail = tail.min(w.len().min(r.len()) - common);
    let (odd, meant) = (w.get(common..w.len() - tail)?, r.get(common..r.len() - tail)?);
    match (odd, meant) {
        ([], [one]) => Some(format!("one “{one}” is missing")),
        ([one], []) => Some(format!("one “{one}” is too many")),
        ([one], [other]) => Some(format!("one “{one}” stands for one “{other}”")),
        ([a, b], [c, d]) if a == d && b == c => Some(format!("“{c}” and “{d}” stand the wrong way round")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_said_in_words() {
        let said = |wrong: &str, right: &str| difference(wrong, right).unwrap_or_default();
        assert_eq!(said("recomendation", "recommendation"), "one “m” is missing");
        assert_eq!(said("carrt", "cart"), "one “r” is too many");
        assert_eq!(said("cartservcie", "cartservice"), "“i” and “c” stand the wrong way round");
        assert_eq!(said("disktype", "disk-type"), "one “-” is missing");
        assert_eq!(said("fast-sdd", "fast-ssd"), "one “d” stands for one “s”");
        assert_eq!((difference("cart", "orders"), difference("cart", "cart")), (None, None));
    }

    #[test]
    fn a_slip_is_told_from_another_word_and_from_the_next_of_a_series() {
        for (a, b) in
            [("disktype", "disk-type"), ("prod", "prd"), ("cartservcie", "cartservice"), ("gpu-pol", "gpu-pool")]
        {
            assert!(is_slip(a, b), "{a} {b}");
        }
        for (a, b) in
            [("env", "zone"), ("prod", "dev"), ("ssd", "hdd"), ("env1", "env2"), ("os", "env"), ("ssd", "ssd")]
        {
            assert!(!is_slip(a, b), "{a} {b}");
        }
    }

    #[test]
    fn the_nearest_name_is_a_few_letters_off_or_one_word_short() {
        let known = ["shop-db", "shop-cache", "orders"];
        assert_eq!(nearest("shop-db2", known.into_iter()), Some("shop-db"));
        assert_eq!(nearest("orders-old", known.into_iter()), Some("orders"));
        assert_eq!(nearest("billing", known.into_iter()), None);
    }
}
