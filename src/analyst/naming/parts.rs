//! Words that stand where a name could and name nothing that runs: classes, codes of messages, fields, pages.
//! It looks at the word alone.

/// True for a class of a framework, also where its logger cut off the beginning:
/// `onfigReactiveWebServerApplicationContext`.
pub(super) fn is_class(name: &str) -> bool {
    const ENDS: &str =
        "Context Processor Configuration Factory Impl Reporter Listener Initializer Interceptor Dispatcher";
    let humps = name.bytes().filter(u8::is_ascii_uppercase).count();
    let joined = name.bytes().all(|b| b.is_ascii_alphanumeric());
    (joined && humps >= 3 && ENDS.split_ascii_whitespace().any(|e| name.ends_with(e))) || is_logger(name)
}

/// True for a class with its package, as loggers write it, also with the package's parts cut to a letter:
/// `o.a.k.c.Fetcher`, `com.example.rates.RateClient`.
fn is_logger(name: &str) -> bool {
    let Some((package, class)) = name.rsplit_once('.') else { return false };
    let lower = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    };
    let camel = class.starts_with(|c: char| c.is_ascii_uppercase())
        && class.bytes().any(|b| b.is_ascii_lowercase())
        && class.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'$');
    camel && package.contains('.') && package.split('.').all(lower)
}

/// True for the code of a message: `HHH000342`, `MY-010116`.
pub(super) fn is_code(name: &str) -> bool {
    let letters = name.bytes().take_while(u8::is_ascii_uppercase).count();
    let digits = name.get(letters..).map_or("", |rest| rest.strip_prefix('-').unwrap_or(rest));
    (2..=6).contains(&letters) && (4..=8).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())
}

/// True for a field of a printed object: `affectedRows`, `insertId`, `protocol41`.
pub(super) fn is_field(name: &str) -> bool {
    const FIELDS: &str = "affectedRows changedRows fieldCount insertId serverStatus warningCount protocol41 \
        creation_date starts_at ends_at updated_at startsAt endsAt";
    FIELDS.split_ascii_whitespace().any(|f| f == name)
}

/// Parts of a kernel that name themselves at the head of its messages: the host is what they speak of.
const KERNEL: &str = "nf_conntrack ip_conntrack net_ratelimit arp_cache neighbour ext4-fs xfs btrfs oom_reaper \
    blk_update_request device-mapper hrtimer perf sched";

/// True for a part of a kernel: `nf_conntrack`, `EXT4-fs`.
pub fn is_of_kernel(name: &str) -> bool {
    KERNEL.split_ascii_whitespace().any(|part| name.eq_ignore_ascii_case(part))
}

/// What an operation of a cloud's interface begins with; the next word has a capital too.
const VERBS: &str = "Get Put Post Create Delete Update List Describe Attach Detach Invoke Assume Generate Start Stop \
    Terminate Run Modify Register Deregister Enable Disable Send Receive Publish Head Copy Batch Query Add Remove Set \
    Tag Untag Restore Reboot Associate Disassociate Decrypt Encrypt Authorize Revoke Change Reset Cancel Request";
/// What people type to look at something: the answer is of what they look at.
const COMMANDS: &str = "dig nslookup curl wget ping traceroute tracepath mtr telnet netstat lsof strace tcpdump htop \
    vmstat iostat sar df du date uptime dmesg journalctl systemctl ps grep tail cat less ssh openssl";
/// The first part of a hyphenated phrase that says when or how: `End-of-day`, `out-of-hours`.
const PHRASES: &str = "end start beginning middle top out state day week month quarter year step back peer face side \
    time up down one two many rule word turn proof point";

/// True for a word that may look like a name and is said of none: an operation of an interface
/// (`PutObject`), a command that was typed (`dig`), a phrase (`End-of-day`), who is on duty (`on-call`).
pub(super) fn names_nothing(name: &str) -> bool {
    let one_of = |list: &str, word: &str| list.split_ascii_whitespace().any(|w| w == word);
    let humps = name.bytes().skip(1).position(|b| b.is_ascii_uppercase()).map(|at| at + 1);
    let operation = name.bytes().all(|b| b.is_ascii_alphanumeric())
        && humps.is_some_and(|at| name.get(..at).is_some_and(|verb| one_of(VERBS, verb)));
    if operation || one_of(COMMANDS, name) || is_thread(name) {
        return true;
    }
    let lower = name.to_ascii_lowercase();
    let mut parts = lower.split('-');
    let (first, second) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""));
    let joins = one_of("of to in the by", second) && parts.next().is_some();
    // `point-of-sale` is a thing that people run
    lower == "on-call" || (joins && one_of(PHRASES, first) && lower != "point-of-sale")
}

/// True for a worker's thread: `nio-8080-exec-9`, `pool-3-thread-1`.
fn is_thread(name: &str) -> bool {
    let counted = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    name.rsplit_once('-').is_some_and(|(thread, number)| {
        counted(number) && ["-exec", "-thread", "-worker-thread", "-scheduler"].iter().any(|e| thread.ends_with(e))
    })
}

/// True for a host that a text links to for its readers and that nothing calls: documentation, code,
/// runbooks.
pub(super) fn is_page(host: &str) -> bool {
    const PAGES: [&str; 6] = ["github.com", "gitlab.com", "stackoverflow.com", "pypi.org", "grafana.com", "npmjs.com"];
    const BEGIN: [&str; 4] = ["docs.", "runbooks.", "www.", "wiki."];
    PAGES.contains(&host) || BEGIN.iter().any(|b| host.starts_with(b))
}

/// True where a text offers its reader a page: `see https://…`, `Learn more: https://…`.
pub(super) fn is_offered(before: &str) -> bool {
    const WORDS: &str = "see docs doc documentation more visit refer read reference";
    let Some(words) = before.strip_suffix("://").and_then(|b| b.rsplit_once(|c: char| !c.is_ascii_alphanumeric()))
    else {
        return false;
    };
    let mut last = words.0.split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| !w.is_empty()).rev().take(2);
    last.any(|word| WORDS.split_ascii_whitespace().any(|w| word.eq_ignore_ascii_case(w)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_with_its_package_is_a_logger() {
        for name in ["d.n.b.auth.PassVerifier", "com.example.rates.RateClient", "o.a.k.c.c.i.Fetcher"] {
            assert!(is_class(name), "{name}");
        }
        for name in ["orders.Api", "ledger-pg-1.prod.internal", "rates", "api.example.com"] {
            assert!(!is_class(name), "{name}");
        }
    }

    #[test]
    fn a_page_that_is_offered_is_told_from_an_address_that_is_called() {
        for before in ["loop detected, see https://", "Learn more: https://", "refer to https://", "Docs: http://"] {
            assert!(is_offered(before), "{before}");
        }
        for before in ["GET https://", "connect to https://", "upstream https://", "https://", "seen at "] {
            assert!(!is_offered(before), "{before}");
        }
    }

    #[test]
    fn an_operation_a_command_and_a_phrase_name_nothing_that_runs() {
        for word in [
            "AssumeRole",
            "GenerateDataKey",
            "DescribeInstances",
            "nslookup",
            "Start-of-month",
            "out-of-hours",
            "nio-8080-exec-9",
        ] {
            assert!(names_nothing(word), "{word}");
        }
        for word in ["StarRocks", "GetYourGuide2-api", "point-of-sale", "click-and-collect", "Runner", "cart-api"] {
            assert!(!names_nothing(word), "{word}");
        }
        assert!(is_of_kernel("EXT4-fs") && !is_of_kernel("orders"));
    }
}
