//! What in a sentence has to stand somewhere: figures, times, versions, names, quoted words.

use super::pattern::{Pattern, group};

/// A number in a sentence.
#[derive(Debug, Clone, PartialEq)]
pub struct Number {
    /// Its value as written.
    pub value: f64,
    /// As written, with its unit: `25%`, `512Mi`.
    pub text: String,
    /// The unit as written, possibly empty.
    pub unit: String,
}

/// Everything in a sentence that has to stand somewhere.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tokens {
    /// Figures that are no part of a time, version or name.
    pub numbers: Vec<Number>,
    /// Clock times, `09:12` or `09:12:30`.
    pub times: Vec<String>,
    /// Dates, `2026-06-02`.
    pub dates: Vec<String>,
    /// Versions, `v3.7` or `1.2.3`, and addresses, `10.0.0.2:53`.
    pub versions: Vec<String>,
    /// Names of components: `order-svc`, `node_exporter`, `p99`.
    pub names: Vec<String>,
    /// Words in quotation marks.
    pub quotes: Vec<String>,
}

static QUOTE: Pattern = Pattern::new(r#"(?:^|[\s(:])['"“‘]([^'"“”‘’\n]{3,160})['"”’]"#);
/// Images, paths, addresses, `key=value`: one word that has to stand as a whole.
static PLACE: Pattern = Pattern::new(
    r"((?:[A-Za-z][\w.-]*[/=@:])[\w./:@=-]*\d[\w./:@=-]*\w|[\w.-]+/[\w./:@=-]*[A-Za-z][\w./:@=-]*|[A-Za-z][\w.]*_[\w.]*\d\w*|v\d[\w.]*_\w+|[A-Za-z]\w*-v\d[\w.]*\w|[A-Za-z]\w*-v\d)",
);
/// An address with or without its port: it stands as a whole, as a version does.
static ADDRESS: Pattern = Pattern::new(r"\b(\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?)\b");
static DATE: Pattern = Pattern::new(r"\b(\d{4}-\d{2}-\d{2})\b");
static TIME: Pattern = Pattern::new(r"(?:\b|T)(\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)(?:\b|Z)");
static VERSION: Pattern = Pattern::new(r"\b(v\d+(?:\.\d+)*(?:-[a-z0-9.]+)?|\d+\.\d+\.\d+(?:\.\d+)?)\b");
static NAME: Pattern = Pattern::new(
    r"\b([A-Za-z][A-Za-z0-9]*(?:[-_./:][A-Za-z0-9]+)*[-_](?:[A-Za-z0-9]+[-_./])*[A-Za-z0-9]+|p\d{2,3}|[A-Za-z]+\d+[A-Za-z0-9]*|\d+[a-z]+\d[a-z0-9]*|\d[xX]{2}[A-Za-z]+)\b",
);
static NUMBER: Pattern = Pattern::new(
    r"(?i)(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)\s?(%|percent\b|points?\b|[KMGT]i?B?\b|ms\b|us\b|s\b|sec(?:onds?)?\b|min(?:utes?)?\b|h\b|hours?\b|days?\b|m\b|x\b|xx\b)?",
);

impl Tokens {
    /// The tokens of a sentence.
    pub fn of(sentence: &str) -> Self {
        let quotes = QUOTE.all(sentence).iter().map(|c| group(c, 1).to_owned()).collect();
        let mut out = Self { quotes, ..Self::default() };
        let text = take(sentence, &PLACE, &mut out.names);
        let text = take(&text, &ADDRESS, &mut out.versions);
        let text = take(&text, &DATE, &mut out.dates);
        let text = take(&text, &TIME, &mut out.times);
        let text = take(&text, &VERSION, &mut out.versions);
        let text = take(&text, &NAME, &mut out.names);
        for c in NUMBER.all(&text) {
            let (digits, unit) = (group(&c, 1), group(&c, 2));
            if let Ok(value) = digits.replace(',', "").parse() {
                out.numbers.push(Number { value, text: group(&c, 0).trim().to_owned(), unit: unit.to_lowercase() });
            }
        }
        out
    }
}

/// Moves every match of the pattern out of the text; what is left has blanks in their place.
fn take(text: &str, pattern: &Pattern, into: &mut Vec<String>) -> String {
    let mut rest = String::with_capacity(text.len());
    let mut at = 0;
    for c in pattern.all(text) {
        let Some(m) = c.get(1) else { continue };
        rest.push_str(text.get(at..m.start()).unwrap_or(""));
        rest.push_str("  ");
        at = m.end();
        if !into.iter().any(|known| known == m.as_str()) {
            into.push(m.as_str().to_owned());
        }
    }
    rest.push_str(text.get(at..).unwrap_or(""));
    rest
}

/// Every number that stands anywhere in a text, inside names and times too: what a figure may be
/// compared with. `55,420` is one number in prose and two in a table: both readings count.
pub fn all_numbers(text: &str) -> Vec<f64> {
    let bytes = text.as_bytes();
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(skip) = bytes.get(at..).and_then(|rest| rest.iter().position(u8::is_ascii_digit)) {
        let start = at + skip;
        let whole = digits(bytes, start);
        let end = fraction(bytes, whole);
        out.extend(text.get(start..end).and_then(|n| n.parse::<f64>().ok()));
        let continues = at > 0 && skip == 1 && bytes.get(at) == Some(&b',');
        if whole - start <= 3 && !continues {
            out.extend(grouped(text, start, whole));
        }
        at = end;
    }
    out
}

fn digits(bytes: &[u8], from: usize) -> usize {
    from + bytes.get(from..).map_or(0, |rest| rest.iter().take_while(|b| b.is_ascii_digit()).count())
}

/// Where a fraction behind the digits ends; where they end when there is none.
fn fraction(bytes: &[u8], end: usize) -> usize {
    let more = if bytes.get(end) == Some(&b'.') { digits(bytes, end + 1) } else { 0 };
    if more > end + 1 { more } else { end }
}

/// `1,234,567.8` whose first group is `start..end`.
fn grouped(text: &str, start: usize, mut end: usize) -> Option<f64> {
    let bytes = text.as_bytes();
    let first = end;
    while bytes.get(end) == Some(&b',') && digits(bytes, end + 1) == end + 4 {
        end += 4;
    }
    (end > first).then(|| text.get(start..fraction(bytes, end))?.replace(',', "").parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_gives_its_figures_times_versions_and_names() {
        let t = Tokens::of("At 09:16 order-svc v3.6 served 96.8% of 1,200 requests, p99 was 512Mi on 2026-06-02");
        assert_eq!(t.times, ["09:16"]);
        assert_eq!(t.versions, ["v3.6"]);
        assert_eq!(t.names, ["order-svc", "p99"]);
        assert_eq!(t.dates, ["2026-06-02"]);
        let values: Vec<f64> = t.numbers.iter().map(|n| n.value).collect();
        assert_eq!(values, [96.8, 1200.0, 512.0]);
        assert_eq!(t.numbers[0].unit, "%");
    }

    #[test]
    fn a_number_inside_a_name_is_no_figure() {
        let t = Tokens::of("pod checkout-7d9f-abc12 on ip-10-0-1-2");
        assert!(t.numbers.is_empty(), "{t:?}");
        let t = Tokens::of("the image docker.example/shop/mail:v0.10_3 is not found, heap=512MiB");
        assert!(t.numbers.is_empty() && t.versions.is_empty(), "{t:?}");
        assert_eq!(t.names, ["docker.example/shop/mail:v0.10_3", "heap=512MiB"]);
    }

    #[test]
    fn every_number_of_a_text_is_read_grouped_and_apart() {
        assert_eq!(
            all_numbers("v3.7 at 09:12, 1,234,567.5 of 12,34 in x86_64."),
            [3.7, 9.0, 12.0, 1.0, 1_234_567.5, 234.0, 567.5, 12.0, 34.0, 86.0, 64.0]
        );
        assert_eq!(all_numbers("1234,567 – 5."), [1234.0, 567.0, 5.0]);
        assert!(all_numbers("none").is_empty());
    }
}
