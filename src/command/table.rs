//! Tables in a command's output: one drawn with bars (psql, mysql), one in columns (kubectl, ps, df), and
//! names with values a line (`psql -x`, `redis-cli info`). A cell is found by its column's heading.

use std::ops::Range;

use regex::Regex;

/// The most lines that are looked at.
const MOST: usize = 20_000;

/// A cell, with the line it stands on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cell<'a> {
    /// What stands in it, trimmed.
    pub text: &'a str,
    /// The line.
    pub line: &'a str,
    /// The line's bytes.
    pub range: Range<usize>,
}

/// The cells of a column, top to bottom, of the rows in which `row` (where there is one) matches some
/// cell as a whole.
pub(super) fn column<'a>(output: &'a str, heading: &str, row: Option<&Regex>) -> Vec<Cell<'a>> {
    let lines: Vec<(&str, Range<usize>)> = super::expectation::lines(output).take(MOST).collect();
    // `psql -x`: a name and a value a line, below a head for each record.
    if lines.iter().any(|(line, _)| line.starts_with("-[ RECORD ")) {
        return named(&lines, heading);
    }
    let head = lines.iter().position(|(line, _)| place(line, heading).is_some());
    let Some((at, place)) = head.and_then(|at| Some((at, place(lines.get(at)?.0, heading)?))) else {
        return named(&lines, heading);
    };
    let body = lines.iter().skip(at + 1).take_while(|(line, _)| !line.trim().is_empty() && !is_foot(line));
    body.filter(|(line, _)| !is_rule(line))
        .filter(|(line, _)| row.is_none_or(|re| cells(line).iter().any(|c| re.is_match(c))))
        .filter_map(|(line, range)| Some(Cell { text: place.cell(line)?, line, range: range.clone() }))
        .collect()
}

/// Where a column stands.
enum Place {
    /// Between two bars: which of them.
    Bar(usize),
    /// Under its heading: the heading's first byte, and how many words stand before it.
    Under(usize, usize, usize),
}

impl Place {
    fn cell<'a>(&self, line: &'a str) -> Option<&'a str> {
        match self {
            Self::Bar(n) => bars(line)?.get(*n).copied(),
            Self::Under(at, before, of) => {
                let words: Vec<&str> = line.split_whitespace().collect();
                if words.len() == *of {
                    return words.get(*before).copied();
                }
                let begins = line.get(..*at)?.ends_with(char::is_whitespace) || *at == 0;
                let rest = line.get(*at..)?;
                let cell = rest.split("  ").next().map(str::trim)?;
                (begins && !rest.starts_with(' ') && !cell.is_empty()).then_some(cell)
            }
        }
    }
}

fn place(line: &str, heading: &str) -> Option<Place> {
    if let Some(all) = bars(line) {
        return all.iter().position(|c| c.eq_ignore_ascii_case(heading)).map(Place::Bar);
    }
    let words: Vec<&str> = line.split_whitespace().collect();
    let before = words.iter().position(|w| w.eq_ignore_ascii_case(heading))?;
    // A sentence that holds the word is no heading; a table's head is short words alone.
    let plain = |w: &&str| w.len() <= 24 && !w.ends_with([':', ',', '.', ';']) && !w.contains('=');
    let word = words.get(before)?;
    let capitals = words.iter().all(|w| !w.chars().any(|c| c.is_ascii_lowercase()));
    let spaced = line.contains("  ") || words.len() == 1;
    if !(words.iter().all(plain) && (capitals || spaced)) {
        return None;
    }
    let at = word.as_ptr().addr().checked_sub(line.as_ptr().addr())?;
    Some(Place::Under(at, before, words.len()))
}

fn bars(line: &str) -> Option<Vec<&str>> {
    if !line.contains('|') {
        return None;
    }
    Some(line.trim().trim_matches('|').split('|').map(str::trim).collect())
}

/// The cells of a line, whichever way it is drawn.
fn cells(line: &str) -> Vec<&str> {
    bars(line).unwrap_or_else(|| {
        let wide: Vec<&str> = line.split("  ").map(str::trim).filter(|c| !c.is_empty()).collect();
        if wide.len() > 1 { wide } else { line.split_whitespace().collect() }
    })
}

fn is_rule(line: &str) -> bool {
    line.trim().chars().all(|c| "-+|=─┼ ".contains(c))
}

fn is_foot(line: &str) -> bool {
    let text = line.trim();
    text.starts_with('(') && (text.ends_with("rows)") || text.ends_with("row)"))
}

/// `name | value`, `name: value`, `name=value`, one a line.
fn named<'a>(lines: &[(&'a str, Range<usize>)], name: &str) -> Vec<Cell<'a>> {
    let value = |line: &'a str| {
        let at = line.find(['|', ':', '='])?;
        let (key, rest) = (line.get(..at)?, line.get(at + 1..)?);
        key.trim().eq_ignore_ascii_case(name).then(|| rest.trim())
    };
    let found = lines.iter().filter_map(|(line, range)| Some((value(line)?, line, range)));
    found.map(|(text, line, range)| Cell { text, line, range: range.clone() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts<'a>(output: &'a str, heading: &str, row: &str) -> Vec<&'a str> {
        let re = Regex::new(row).unwrap();
        column(output, heading, (!row.is_empty()).then_some(&re)).into_iter().map(|c| c.text).collect()
    }

    #[test]
    fn a_cell_is_found_by_its_heading_however_the_table_is_drawn() {
        let psql = " state               | sessions \n---------------------+----------\n idle in transaction |       17\n active              |        1\n(2 rows)\n";
        assert_eq!(texts(psql, "sessions", "^idle in transaction$"), ["17"]);
        assert_eq!(texts(psql, "sessions", ""), ["17", "1"]);
        let pods = "NAME      READY   STATUS             RESTARTS     AGE\nweb-0     0/1     CrashLoopBackOff   9 (3m ago)   31m\nweb-1     1/1     Running            0            4d\n";
        assert_eq!(texts(pods, "STATUS", "^web-0$"), ["CrashLoopBackOff"]);
        assert_eq!(texts(pods, "restarts", ""), ["9 (3m ago)", "0"]);
        let df = "Filesystem      Size  Used Avail Use% Mounted on\n/dev/sda1        40G   39G  512M  99% /\n";
        assert_eq!(texts(df, "Use%", ""), Vec::<&str>::new(), "a heading of two words makes the row's words one fewer");
        assert_eq!(texts("-[ RECORD 1 ]-\nsessions | 17\nfree     | 0\n", "free", ""), ["0"]);
        assert_eq!(texts("used_memory:812\nmaxmemory:0\n", "maxmemory", ""), ["0"]);
    }

    #[test]
    fn a_sentence_is_no_heading() {
        assert_eq!(texts("the status is fine\nRunning\n", "status", ""), Vec::<&str>::new());
        assert_eq!(texts("", "status", ""), Vec::<&str>::new());
    }
}
