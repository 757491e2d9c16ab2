//! Tools whose arguments are programs themselves: awk, sed, find, SQL and JavaScript clients.

use crate::domain::Label;

use super::grammar::tool;
use super::judge::{Input, command};
use super::lex::Word;
use super::verdict::Verdict;
use super::{address, argv, raw, sed, sql};

/// The verdict on such a tool; `None` where the grammar alone decides.
pub(super) fn judge(name: &str, args: &[&str], input: Input<'_>, depth: usize) -> Option<Verdict> {
    match name {
        "awk" | "gawk" | "mawk" | "nawk" => Some(awk(args)),
        "sed" | "gsed" => Some(sed::judge(args)),
        "find" => Some(find(args, depth)),
        "psql" | "mysql" | "mariadb" => sql_client(name, args, input),
        "mongosh" | "mongo" => Some(mongo(args, input)),
        "git" => pager(args),
        "jq" | "yq" | "gojq" => environment_filter(name, args, input),
        "curl" | "http" | "https" | "xh" | "wget" => address::web(name, args, input),
        _ => None,
    }
}

/// A call that can't be told.
pub(super) fn cannot(why: impl Into<String>) -> Verdict {
    Verdict::new(Label::CannotTell, why)
}

/// Flags of git itself, before its verb: `-p` starts a pager, `-c` can name programs.
fn pager(args: &[&str]) -> Option<Verdict> {
    let own = args.iter().take_while(|a| a.starts_with('-'));
    let flag =
        own.into_iter().find(|a| matches!(**a, "-p" | "--paginate") || a.starts_with("-c") || a.starts_with("-C"))?;
    Some(cannot(format!("`git {flag}` can run other programs or look elsewhere")))
}

/// A verdict on a call that prints these files.
pub(super) fn paths(verdict: Verdict, files: &[&str]) -> Verdict {
    match files.iter().find_map(|f| raw::secret_path(f)) {
        Some(why) => verdict.doubted(why),
        None => verdict,
    }
}

fn awk(args: &[&str]) -> Verdict {
    let mut at = 0;
    while let Some(arg) = args.get(at).filter(|a| a.starts_with('-')) {
        match *arg {
            "-F" | "-v" => at += 2,
            "--" => {
                at += 1;
                break;
            }
            a if (a.starts_with("-F") || a.starts_with("-v")) && !a.starts_with("--") => at += 1,
            "-i" | "--include" if args.get(at + 1) == Some(&"inplace") => {
                return Verdict::new(Label::Mutating, "`awk -i inplace` rewrites the file");
            }
            a => return cannot(format!("unknown flag {a} for `awk`")),
        }
    }
    let Some(program) = args.get(at) else { return cannot("`awk` has no program") };
    if program.contains("system") || (program.contains("getline") && program.contains('|')) {
        return if raw::destroys(program) {
            Verdict::new(Label::Destructive, "the awk program runs a command that destroys")
        } else {
            cannot("the awk program runs commands")
        };
    }
    let words = [
        "getline",
        "ENVIRON",
        "PROCINFO",
        "close(",
        "@include",
        "@load",
        "@",
        "SYMTAB",
        "FUNCTAB",
        "ARGV",
        "FILENAME=",
    ];
    if let Some(word) = words.iter().find(|w| program.contains(**w)) {
        return cannot(format!("the awk program uses `{word}`"));
    }
    if program.replace("||", "").contains('|') {
        return cannot("the awk program may run commands through a pipe");
    }
    if awk_writes(program) {
        return Verdict::new(Label::Mutating, "the awk program writes to a file");
    }
    paths(Verdict::new(Label::SafeReadOnly, "`awk` prints"), args.get(at + 1..).unwrap_or_default())
}

/// A `>` inside braces and outside parentheses redirects; elsewhere it compares.
fn awk_writes(program: &str) -> bool {
    let (mut braces, mut parens) = (0usize, 0usize);
    for c in program.chars() {
        match c {
            '{' => braces += 1,
            '}' => braces = braces.saturating_sub(1),
            '(' => parens += 1,
            ')' => parens = parens.saturating_sub(1),
            '>' if braces > 0 && parens == 0 => return true,
            _ => {}
        }
    }
    false
}

fn find(args: &[&str], depth: usize) -> Verdict {
    const VALUES: [&str; 34] = [
        "-name",
        "-iname",
        "-path",
        "-ipath",
        "-wholename",
        "-type",
        "-size",
        "-mtime",
        "-mmin",
        "-atime",
        "-amin",
        "-ctime",
        "-cmin",
        "-newer",
        "-anewer",
        "-cnewer",
        "-newermt",
        "-newerct",
        "-newerat",
        "-maxdepth",
        "-mindepth",
        "-user",
        "-group",
        "-uid",
        "-gid",
        "-perm",
        "-regex",
        "-iregex",
        "-regextype",
        "-links",
        "-inum",
        "-printf",
        "-fstype",
        "-lname",
    ];
    const PLAIN: [&str; 26] = [
        "-print",
        "-print0",
        "-ls",
        "-empty",
        "-not",
        "!",
        "-o",
        "-or",
        "-a",
        "-and",
        "(",
        ")",
        "-xdev",
        "-mount",
        "-follow",
        "-L",
        "-H",
        "-P",
        "-prune",
        "-quit",
        "-depth",
        "-readable",
        "-writable",
        "-executable",
        "-true",
        "-daystart",
    ];
    let mut at = 0;
    let mut verdict = Verdict::new(Label::SafeReadOnly, "`find` lists");
    while let Some(arg) = args.get(at) {
        match *arg {
            "-delete" => return Verdict::new(Label::Destructive, "`find -delete` deletes what it finds"),
            "-exec" | "-execdir" | "-ok" | "-okdir" => {
                let words: Vec<Word> = args
                    .iter()
                    .skip(at + 1)
                    .take_while(|a| **a != ";" && **a != "+")
                    .map(|a| Word { text: (*a).to_owned(), ..Word::default() })
                    .collect();
                at += words.len() + 1;
                let inner = command(&words, Input::Closed, depth + 1);
                verdict.join(inner.doubted("it runs a command on each file it finds"));
            }
            a if a.starts_with("-fprint") || a == "-fls" => {
                verdict.worsen(Label::Mutating, format!("`find {a}` writes a file"));
                at += 1;
            }
            a if VALUES.contains(&a) => at += 1,
            a if PLAIN.contains(&a) || !a.starts_with('-') => {}
            a => verdict.worsen(Label::CannotTell, format!("unknown flag {a} for `find`")),
        }
        at += 1;
    }
    verdict
}

/// `psql -c` and `mysql -e`: the grammar knows the flags, the text decides.
fn sql_client(name: &str, args: &[&str], input: Input<'_>) -> Option<Verdict> {
    let tool = tool(name)?;
    let taken = argv::take(tool, args);
    let mysql = name != "psql";
    let texts: Vec<&str> = taken
        .flags
        .iter()
        .filter(|(f, _)| matches!(*f, "-c" | "--command") && !mysql || matches!(*f, "-e" | "--execute") && mysql)
        .filter_map(|(_, v)| *v)
        .collect();
    let mut verdict = argv::judge(tool, name, args);
    let fed = match input {
        Input::Text(text) => Some(text),
        _ => None,
    };
    if texts.is_empty() && fed.is_none() {
        let alone = taken.flags.iter().any(|(f, _)| matches!(*f, "-l" | "--list" | "-V" | "--version"));
        return Some(if alone { verdict } else { verdict.doubted("which statements it runs is not visible") });
    }
    if input == Input::Stream {
        verdict = verdict.doubted("which statements it runs is not visible");
    }
    for text in texts.into_iter().chain(fed) {
        verdict.join(sql::judge(text, mysql));
    }
    if !mysql && !taken.flags.iter().any(|(f, _)| matches!(*f, "-X" | "--no-psqlrc")) {
        verdict = verdict.doubted("without -X, psql first runs what ~/.psqlrc holds");
    }
    Some(verdict)
}

/// True for `host:port/name` and `mongodb://host/name` of a server that is near.
fn near_mongo(word: &str) -> bool {
    let word = word.to_ascii_lowercase();
    let server = if word.contains("://") { word.as_str() } else { word.split('/').next().unwrap_or("") };
    address::is_near(server)
}

fn mongo(args: &[&str], input: Input<'_>) -> Verdict {
    let mut script = None;
    let mut rest = args.iter();
    while let Some(arg) = rest.next() {
        match *arg {
            "--eval" => script = rest.next().copied(),
            a if a.starts_with("--eval=") => script = a.split_once('=').map(|(_, s)| s),
            "--quiet" | "--norc" | "--json" | "--json=relaxed" => {}
            "--host" => match rest.next() {
                Some(host) if address::is_near(host) => {}
                _ => return cannot("the server is not known to be one of yours"),
            },
            "--port" | "-u" | "--username" | "--authenticationDatabase" => {
                rest.next();
            }
            a if a.starts_with('-') => return cannot(format!("unknown flag {a} for `mongosh`")),
            a if a.ends_with(".js") => return cannot("what the script holds is not visible"),
            a if a.contains(['.', ':', '/', '@']) && !near_mongo(a) => {
                return cannot("the server is not known to be one of yours, or the address holds credentials");
            }
            _ => {}
        }
    }
    let Some(script) = script.filter(|_| input == Input::Closed) else { return cannot("what it runs is not visible") };
    let lower = script.to_ascii_lowercase();
    let destroys =
        ["drop", "delete", "remove", "shutdown", "$out", "$merge", "killop", "fsync", "compact", "eval", "['"];
    if destroys.iter().any(|w| lower.contains(w)) {
        let plain = !lower.contains("['") && !lower.contains("eval");
        return Verdict::new(
            if plain { Label::Destructive } else { Label::CannotTell },
            "the script removes or replaces data",
        );
    }
    let changes = [
        "update",
        "insert",
        "replace",
        "save",
        "create",
        "rename",
        "modify",
        "grant",
        "set",
        "bulkwrite",
        "stepdown",
        "reconfig",
        "add",
    ];
    let reads = [
        "db.serverStatus()",
        "db.currentOp(",
        "db.stats()",
        "rs.status()",
        "rs.conf()",
        "rs.printReplicationInfo()",
        "rs.printSecondaryReplicationInfo()",
        "db.version()",
        "db.hello()",
        "db.isMaster()",
        "db.hostInfo()",
        "sh.status()",
        "db.getCollectionNames()",
        "db.getMongo().getDBNames()",
        "db.printReplicationInfo()",
    ];
    let tail_ok = |t: &str| t.bytes().all(|b| b.is_ascii_alphanumeric() || b"._{}:,$ \"-".contains(&b));
    if reads.iter().any(|r| script.strip_prefix(r).is_some_and(|t| tail_ok(t.trim_end_matches([')', ';'])))) {
        return Verdict::new(Label::SafeReadOnly, "the script reads the server's state");
    }
    if collection_read(script) {
        return Verdict::new(Label::SafeReadOnly, "the script counts or describes a collection");
    }
    if changes.iter().any(|w| lower.contains(w)) {
        return Verdict::new(Label::Mutating, "the script changes data or settings");
    }
    cannot("what the script does can't be told from its text")
}

fn collection_read(script: &str) -> bool {
    let Some(rest) = script.strip_prefix("db.") else { return false };
    let Some((name, call)) = rest.split_once('.') else { return false };
    let calls = [
        "countDocuments({})",
        "estimatedDocumentCount()",
        "stats()",
        "getIndexes()",
        "count()",
        "totalSize()",
        "dataSize()",
    ];
    name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') && calls.contains(&call.trim_end_matches(';'))
}

/// `jq` and `yq` can print the environment and load files.
fn environment_filter(name: &str, args: &[&str], input: Input<'_>) -> Option<Verdict> {
    let words = [
        "env",
        "$ENV",
        "input_filename",
        "load(",
        "load_",
        "eval",
        "import",
        "include",
        "strenv",
        "envsubst",
        "$__prog",
    ];
    let word = args.iter().find_map(|a| words.iter().find(|w| a.contains(**w)))?;
    if args.iter().any(|a| matches!(*a, "-i" | "--inplace") || a.starts_with("-i")) && name == "yq" {
        return None;
    }
    let _ = input;
    Some(cannot(format!("the filter uses `{word}`")))
}
