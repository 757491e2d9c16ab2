//! SQL text: reads, changes, destroys, or can't be told. Only statements of known shape, with nothing
//! but known harmless functions, are called reads.

use crate::domain::Label;

use super::verdict::Verdict;

/// Functions that read or compute and nothing else.
const FUNCTIONS: [&str; 64] = [
    "count",
    "sum",
    "avg",
    "min",
    "max",
    "now",
    "coalesce",
    "nullif",
    "lower",
    "upper",
    "length",
    "round",
    "abs",
    "floor",
    "ceil",
    "extract",
    "date_trunc",
    "to_char",
    "age",
    "current_setting",
    "version",
    "pg_size_pretty",
    "pg_database_size",
    "pg_relation_size",
    "pg_total_relation_size",
    "pg_table_size",
    "pg_indexes_size",
    "pg_stat_get_activity",
    "pg_blocking_pids",
    "pg_is_in_recovery",
    "pg_last_wal_receive_lsn",
    "pg_last_wal_replay_lsn",
    "pg_last_xact_replay_timestamp",
    "pg_current_wal_lsn",
    "pg_wal_lsn_diff",
    "pg_postmaster_start_time",
    "pg_conf_load_time",
    "pg_backend_pid",
    "left",
    "right",
    "substring",
    "substr",
    "trim",
    "concat",
    "concat_ws",
    "format",
    "cast",
    "ifnull",
    "timestampdiff",
    "from_unixtime",
    "unix_timestamp",
    "date",
    "row_number",
    "rank",
    "lag",
    "lead",
    "string_agg",
    "array_agg",
    "greatest",
    "least",
    "in",
    "exists",
    "any",
    "values",
];

/// The verdict on a text of statements.
pub(super) fn judge(text: &str, mysql: bool) -> Verdict {
    if let Some(verdict) = client_commands(text, mysql) {
        return verdict;
    }
    if text.contains("/*!") || text.contains("/*+") {
        let rest = text.replace("/*!", " ").replace("*/", " ");
        let rest: String = rest.trim_start().trim_start_matches(|c: char| c.is_ascii_digit()).into();
        let mut verdict = statement(&rest.to_ascii_uppercase());
        verdict.join(Verdict::new(Label::CannotTell, "the server runs what stands in the comment"));
        return verdict;
    }
    let Some(bare) = without_literals(text) else {
        return Verdict::new(Label::CannotTell, "the SQL text is not understood");
    };
    let mut verdict = Verdict::new(Label::SafeReadOnly, "the statements only read");
    let mut any = false;
    for part in bare.split(';') {
        let part = part.trim().trim_end_matches("\\G").trim_end_matches("\\g").trim();
        if !part.is_empty() {
            any = true;
            verdict.join(statement(&part.to_ascii_uppercase()));
        }
    }
    if any { verdict } else { Verdict::new(Label::CannotTell, "there is no statement") }
}

/// Backslash commands of psql, and commands of the mysql client.
fn client_commands(text: &str, mysql: bool) -> Option<Verdict> {
    let trimmed = text.trim();
    if !mysql && trimmed.starts_with('\\') {
        let word = trimmed.split_whitespace().next().unwrap_or("");
        let lists = ["\\d", "\\l", "\\conninfo", "\\x", "\\z", "\\s", "\\timing", "\\encoding"];
        let one = !trimmed.trim_start_matches('\\').contains(['\\', '|', '`', ';', '\n']);
        let describes = word.starts_with("\\d") && word.bytes().skip(1).all(|b| b.is_ascii_alphabetic() || b == b'+');
        if one && (describes || word == "\\l+" || (lists.contains(&word) && word != "\\s")) {
            return Some(Verdict::new(Label::SafeReadOnly, "the command lists"));
        }
        let label =
            if word.starts_with("\\!") && super::raw::destroys(text) { Label::Destructive } else { Label::CannotTell };
        return Some(Verdict::new(label, format!("`{word}` of psql can run programs, read or write files")));
    }
    if mysql {
        let first = trimmed.split_whitespace().next().unwrap_or("").to_ascii_lowercase();
        if matches!(first.as_str(), "system" | "source" | "\\!" | "\\." | "tee" | "pager" | "edit") {
            let label = if super::raw::destroys(text) { Label::Destructive } else { Label::CannotTell };
            return Some(Verdict::new(label, format!("`{first}` of the mysql client runs or reads something else")));
        }
        let escapes = text.matches('\\').count() - text.matches("\\G").count() - text.matches("\\g").count();
        return (escapes > 0).then(|| Verdict::new(Label::CannotTell, "a client command stands in the text"));
    }
    text.contains('\\').then(|| Verdict::new(Label::CannotTell, "a client command stands in the text"))
}

/// The text with literals as `''` and comments gone; `None` where a quote is open or dollar-quoted.
fn without_literals(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\'' => {
                chars.by_ref().find(|c| *c == '\'')?;
                out.push_str("''");
            }
            '"' | '`' => {
                let mut name = String::new();
                loop {
                    match chars.next()? {
                        q if q == c => break,
                        q => name.push(q),
                    }
                }
                // A quoted name may hide a function's name: keep it only where it is a plain word.
                out.push('"');
                out.push_str(&name);
                out.push('"');
            }
            '-' if chars.peek() == Some(&'-') => {
                chars.by_ref().find(|c| *c == '\n');
                out.push(' ');
            }
            '#' => return None,
            '/' if chars.peek() == Some(&'*') => {
                chars.next();
                let mut last = ' ';
                loop {
                    let next = chars.next()?;
                    if last == '*' && next == '/' {
                        break;
                    }
                    last = next;
                }
                out.push(' ');
            }
            '$' => return None,
            '|' if chars.peek() == Some(&'|') => out.push(' '),
            c => out.push(c),
        }
    }
    Some(out)
}

fn statement(upper: &str) -> Verdict {
    let words: Vec<&str> =
        upper.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).filter(|w| !w.is_empty()).collect();
    let first = words.first().copied().unwrap_or("");
    let has = |w: &str| words.contains(&w);
    let destroys = [
        "DROP",
        "DELETE",
        "TRUNCATE",
        "PURGE",
        "RESET",
        "SHUTDOWN",
        "KILL",
        "PROGRAM",
        "DBLINK_EXEC",
        "PG_TERMINATE_BACKEND",
    ];
    let changes = [
        "UPDATE",
        "INSERT",
        "REPLACE",
        "MERGE",
        "ALTER",
        "CREATE",
        "GRANT",
        "REVOKE",
        "VACUUM",
        "REINDEX",
        "CLUSTER",
        "REFRESH",
        "LOCK",
        "SET",
        "COPY",
        "CALL",
        "DO",
        "EXECUTE",
        "NOTIFY",
        "COMMENT",
        "RENAME",
        "OPTIMIZE",
        "LOAD",
        "FLUSH",
        "STOP",
        "START",
        "CHANGE",
        "INSTALL",
        "HANDLER",
        "OUTFILE",
        "DUMPFILE",
        "PG_CANCEL_BACKEND",
        "IMPORT",
    ];
    if let Some(word) = destroys.iter().find(|w| has(w)) {
        return Verdict::new(Label::Destructive, format!("the SQL text holds {word}"));
    }
    let analyzed = first == "EXPLAIN" && (has("ANALYZE") || has("ANALYSE"));
    if analyzed && changes.iter().any(|w| has(w)) {
        return Verdict::new(Label::Destructive, "EXPLAIN ANALYZE runs the statement");
    }
    if matches!(first, "DO" | "CALL" | "EXECUTE" | "COPY") {
        return Verdict::new(Label::CannotTell, format!("{first} can do anything"));
    }
    // ANALYZE, SHOW CREATE and column names may hold the words of changes; only the first word of those decides.
    let shows = matches!(first, "SHOW" | "DESCRIBE" | "DESC");
    if let Some(word) = changes.iter().find(|w| has(w)).filter(|_| !shows) {
        return Verdict::new(Label::Mutating, format!("the SQL text holds {word}"));
    }
    match first {
        _ if shows => Verdict::new(Label::SafeReadOnly, "it shows settings or state"),
        "EXPLAIN" if analyzed => Verdict::new(Label::CannotTell, "EXPLAIN ANALYZE runs the statement, with its load"),
        "EXPLAIN" | "SELECT" | "WITH" | "TABLE" | "VALUES" => select(upper, &words),
        "USE" => Verdict::new(Label::SafeReadOnly, "it chooses a database"),
        _ => Verdict::new(Label::CannotTell, "the SQL statement is not known"),
    }
}

fn select(upper: &str, words: &[&str]) -> Verdict {
    let has = |w: &str| words.contains(&w);
    if has("INTO") {
        return Verdict::new(Label::CannotTell, "SELECT INTO writes");
    }
    if has("FOR") && ["UPDATE", "SHARE", "KEY"].iter().any(|w| has(w)) {
        return Verdict::new(Label::CannotTell, "it takes row locks");
    }
    let secret =
        ["PG_SHADOW", "PG_AUTHID", "ROLPASSWORD", "PASSWD", "PASSWORD", "AUTHENTICATION_STRING", "PG_USER_MAPPING"];
    if secret.iter().any(|w| has(w)) || upper.contains("MYSQL.USER") {
        return Verdict::new(Label::CannotTell, "it reads password hashes");
    }
    if let Some(name) = calls(upper).into_iter().find(|n| !FUNCTIONS.contains(&n.to_ascii_lowercase().as_str())) {
        return Verdict::new(Label::CannotTell, format!("the function {} can do anything", name.to_ascii_lowercase()));
    }
    Verdict::new(Label::SafeReadOnly, "the statement only reads")
}

/// The words that stand directly before an opening parenthesis, keywords of the language aside.
fn calls(upper: &str) -> Vec<&str> {
    const KEYWORDS: [&str; 23] = [
        "IN",
        "AS",
        "AND",
        "OR",
        "NOT",
        "FROM",
        "WHERE",
        "SELECT",
        "ON",
        "USING",
        "OVER",
        "FILTER",
        "BY",
        "EXPLAIN",
        "WHEN",
        "THEN",
        "ELSE",
        "JOIN",
        "UNION",
        "ALL",
        "EXCEPT",
        "INTERSECT",
        "WITH",
    ];
    let mut found = Vec::new();
    for (i, _) in upper.match_indices('(') {
        let head = upper.get(..i).unwrap_or("").trim_end();
        if head.ends_with('"') {
            found.push("\"");
            continue;
        }
        let start = head.rfind(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).map_or(0, |n| n + 1);
        let name = head.get(start..).unwrap_or("");
        let qualified = head.get(..start).is_some_and(|h| h.ends_with('.'));
        if name.is_empty() || (KEYWORDS.contains(&name) && !qualified) {
            continue;
        }
        found.push(if qualified && !upper.contains("PG_CATALOG.") { "." } else { name });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_reads_are_reads() {
        for (text, label) in [
            ("SELECT relname, last_autovacuum FROM pg_stat_user_tables ORDER BY 1 DESC LIMIT 20", Label::SafeReadOnly),
            ("SELECT state, count(*) FROM pg_stat_activity GROUP BY 1", Label::SafeReadOnly),
            ("SELECT 1; DROP TABLE orders", Label::Destructive),
            ("WITH d AS (DELETE FROM s RETURNING *) SELECT count(*) FROM d", Label::Destructive),
            ("SELECT pg_sleep(3600)", Label::CannotTell),
            ("SELECT \"pg_sleep\"(1)", Label::CannotTell),
            ("SELECT * FROM orders FOR UPDATE", Label::Mutating),
            ("select 'drop table x'", Label::SafeReadOnly),
            ("DO $$ BEGIN END $$", Label::CannotTell),
        ] {
            assert_eq!(judge(text, false).label, label, "{text}");
        }
        assert_eq!(judge("/*!50000 DROP TABLE orders */", true).label, Label::Destructive);
        assert_eq!(judge("SHOW ENGINE INNODB STATUS\\G", true).label, Label::SafeReadOnly);
    }
}
