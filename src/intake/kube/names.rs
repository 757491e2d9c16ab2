//! Names as Kubernetes makes them: a pod's name is its workload's name and what its controller added.

/// The characters Kubernetes draws random suffixes from: no vowels and nothing that looks like another.
const SAFE: &str = "bcdfghjklmnpqrstvwxz2456789";

/// The workload's name from a pod's or a replica set's: `cart-79b49f5555-hk924`, `cart-79b49f5555` and
/// `db-0` are `cart`, `cart` and `db`. A name without such a suffix is returned as it is.
pub fn workload_of(pod: &str) -> &str {
    let Some((rest, last)) = pod.rsplit_once('-') else { return pod };
    if is_random(last, 5..=5) {
        // A deployment's pod has the replica set's hash before the random part; a daemon set's has not.
        return match rest.rsplit_once('-') {
            Some((name, hash)) if is_hash(hash) || is_made(hash, 8..=10) => name,
            _ => rest,
        };
    }
    if let Some((name, set)) = rest.rsplit_once('-').filter(|(_, set)| is_made(last, 5..=5) && is_made(set, 8..=10)) {
        // Both parts have the form and neither reads as a word: other alphabets than Kubernetes' own.
        return if set.bytes().any(|b| b.is_ascii_digit()) { name } else { rest };
    }
    if is_hash(last) || is_ordinal(last) { rest } else { pod }
}

/// Lower-case letters and digits, with at least one of each.
fn is_made(part: &str, length: std::ops::RangeInclusive<usize>) -> bool {
    length.contains(&part.len())
        && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        && part.bytes().any(|b| b.is_ascii_digit())
        && part.bytes().any(|b| b.is_ascii_lowercase())
}

/// The schedule that a job of that name belongs to: a cron job adds the minute it is for, counted
/// from 1970 (`nightly-29190120`). Another name is returned as it is.
pub fn schedule_of(job: &str) -> &str {
    match job.rsplit_once('-') {
        Some((name, minute)) if minute.len() == 8 && minute.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => job,
    }
}

/// `0`, `12`: a stateful set counts so; `01` is a name somebody chose.
fn is_ordinal(part: &str) -> bool {
    (1..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit()) && (part == "0" || !part.starts_with('0'))
}

fn is_hash(part: &str) -> bool {
    // without vowels, so that no word of that length is one, with a digit or without
    is_random(part, 8..=10)
}

fn is_random(part: &str, length: std::ops::RangeInclusive<usize>) -> bool {
    length.contains(&part.len()) && part.chars().all(|c| SAFE.contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pod_is_named_after_its_workload() {
        for (pod, workload) in [
            ("emailservice-79d96f6bc9-4gxqr", "emailservice"),
            ("emailservice-79d96f6bc9", "emailservice"),
            ("node-local-dns-2ljtx", "node-local-dns"),
            ("nacosdb-mysql-0", "nacosdb-mysql"),
            ("frontend-external", "frontend-external"),
            ("ts-travel2-service", "ts-travel2-service"),
            ("redis-cart", "redis-cart"),
            ("worker-01", "worker-01"),
            ("payments-api-7f9dd8b6c4-liv1k", "payments-api"),
            ("transfers-7f6d5c4b3-q8w7e", "transfers"),
            ("customs-qgxtwkxkj-hk924", "customs"),
        ] {
            assert_eq!(workload_of(pod), workload);
        }
    }
}
