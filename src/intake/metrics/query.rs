//! What a query says of its answer: the measure that it asks for, what it selects, and whether the answer is a share.

/// Words behind which a list of labels stands.
const LABELLED: [&str; 6] = ["by", "without", "on", "ignoring", "group_left", "group_right"];

/// A name in a query, and whether a measure's signs stand behind it (`{`, `[`).
struct Name<'a> {
    text: &'a str,
    selects: bool,
}

/// The names in a query that are neither functions, nor labels, nor what stands in quotes or braces.
fn names(query: &str) -> Vec<Name<'_>> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
    let mut out: Vec<Name<'_>> = Vec::new();
    let mut at = 0;
    while let Some(c) = query.get(at..).and_then(|q| q.chars().next()) {
        let rest = query.get(at..).unwrap_or("");
        let skipped =
            |close: char| rest.char_indices().skip(1).find(|(_, c)| *c == close).map_or(rest.len(), |(i, _)| i + 1);
        if is_name(c) {
            let len = rest.find(|c| !is_name(c)).unwrap_or(rest.len());
            let (text, behind) = rest.split_at(len);
            let next = behind.trim_start().chars().next();
            at += len;
            if LABELLED.contains(&text) && next == Some('(') {
                at += behind.find(')').map_or(behind.len(), |i| i + 1);
            } else if next != Some('(') && (c.is_ascii_alphabetic() || c == '_') {
                out.push(Name { text, selects: matches!(next, Some('{' | '[')) });
            }
        } else {
            at += match c {
                '{' => skipped('}'),
                '[' => skipped(']'),
                '"' | '\'' => skipped(c),
                c => c.len_utf8(),
            };
        }
    }
    out
}

/// The measure that a query asks for: what it selects from or looks back on, else the first name with parts.
pub(super) fn measure(query: &str) -> Option<&str> {
    let all = names(query);
    let plain = || all.iter().find(|n| n.text.len() > 4 && n.text.contains('_'));
    all.iter().find(|n| n.selects).or_else(plain).map(|n| n.text)
}

/// True where a query divides one measure by another: `increase(a[5m]) / increase(b[5m])`. A sum by its count is
/// a mean, and what is multiplied by a hundred is no share any more.
pub(super) fn is_share(query: &str) -> bool {
    let Some((above, below)) = query.split_once(") /").or_else(|| query.split_once(")/")) else { return false };
    let of =
        |part: &str| names(part).into_iter().find(|n| n.selects || n.text.contains('_')).map(|n| n.text.to_owned());
    let (Some(a), Some(b)) = (of(above), of(below)) else { return false };
    let mean = a.ends_with("_sum") && b.ends_with("_count");
    let plain = query.replace(' ', "");
    !mean && !plain.contains("*100") && !plain.contains("100*")
}

/// `service="tax-engine"` in a query: what it selects by a label.
pub(super) fn selected<'a>(query: &'a str, label: &str) -> Option<&'a str> {
    let sign = format!("{label}=\"");
    let at = query.match_indices(&sign).map(|(at, _)| at).find(|at| {
        let before = query.get(..*at).and_then(|q| q.chars().next_back());
        before.is_none_or(|c| !c.is_alphanumeric() && c != '_')
    })?;
    let name = query.get(at + sign.len()..)?.split('"').next()?;
    (!name.is_empty() && !name.contains(['*', '|', '.'])).then_some(name)
}

/// A column's name as a query's answer gives it: `cpu{pod="a",node="n"}` → the measure and its labels.
pub(super) fn labelled(name: &str) -> Option<(&str, Vec<(String, String)>)> {
    let (measure, inner) = name.strip_suffix('}')?.split_once('{')?;
    let labels = inner.replace("\"\"", "\"");
    let pair = |part: &str| {
        let (key, value) = part.split_once('=')?;
        Some((key.trim().to_owned(), value.trim().trim_matches('"').to_owned()))
    };
    let pairs: Option<Vec<_>> = labels.split(',').filter(|p| !p.trim().is_empty()).map(pair).collect();
    Some((measure.trim(), pairs?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_measure_of_a_query_is_neither_a_function_nor_a_label() {
        for (query, name) in [
            ("sum by (service_name) (rate(http_requests_total[5m]))", "http_requests_total"),
            ("predict_linear(node_filesystem_avail_bytes[6h],3600)", "node_filesystem_avail_bytes"),
            ("sum(container_memory_bytes) without (pod_name)", "container_memory_bytes"),
            ("label_join(up_time{a_b=\"c_d\"}, \"x_y\", \"z_w\")", "up_time"),
            ("a_total / on (k_id) group_right (j_id) b_total", "a_total"),
            ("promql> rate(calls{service=\"tax\"}[5m])[1h:5m]", "calls"),
        ] {
            assert_eq!(measure(query), Some(name), "{query}");
        }
    }

    #[test]
    fn a_share_divides_one_measure_by_another() {
        assert!(is_share("increase(throttled_total[5m]) / increase(periods_total[5m])"));
        assert!(!is_share("sum(container_memory_bytes{pod=\"a\"}) / 1024 / 1024"));
        assert!(!is_share("rate(seconds_sum[5m]) / rate(seconds_count[5m])"));
        assert!(!is_share("100 * rate(a_total[5m]) / rate(b_total[5m]) * 100"));
    }

    #[test]
    fn what_is_selected_is_told_by_the_whole_label() {
        assert_eq!(selected("x{webapp=\"a\",app=\"b\"}", "app"), Some("b"));
        assert_eq!(selected("x{webapp=\"a\"}", "app"), None);
        let (measure, labels) = labelled("cpu{pod=\"\"a-1\"\", node=\"n\"}").unwrap();
        assert_eq!((measure, labels[0].1.as_str(), labels[1].1.as_str()), ("cpu", "a-1", "n"));
        assert!(labelled("cpu").is_none());
    }
}
