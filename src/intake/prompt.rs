//! Shell prompts in a paste, of every shell people use: what was typed, and on which host. It does
//! not say what the command's output is.

/// A command that somebody typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Typed<'a> {
    /// The host that the prompt names.
    pub host: Option<&'a str>,
    /// The command's text, without its prompt.
    pub command: &'a str,
}

/// The longest prompt; what is longer is text.
const LONGEST: usize = 80;
/// Bytes that a prompt's sign may take behind it: `:~$`.
const SIGN: usize = 3;

/// A line with a prompt and a command behind it: `$ kubectl …`, `[root@db-1 ~]# df`, `ana@bastion:~$ df -h`,
/// `kai@laptop % ssh db-1`, `(prod) ops@jump:/srv (main) $ ls`, `PS C:\> kubectl …`; and a call of the cluster's own
/// client behind whatever sign stands there (`prod> kubectl get pods`), or behind none.
pub fn typed(line: &str) -> Option<Typed<'_>> {
    may_be_typed(line).then(|| shell(line)).flatten().or_else(|| client(line))
}

/// What the cluster's client is asked to do: its verbs (kubectl 1.35, `kubectl help`).
pub(super) const VERBS: [&str; 43] = [
    "get",
    "describe",
    "logs",
    "top",
    "events",
    "rollout",
    "exec",
    "apply",
    "delete",
    "scale",
    "patch",
    "explain",
    "auth",
    "annotate",
    "api-resources",
    "api-versions",
    "attach",
    "autoscale",
    "certificate",
    "cluster-info",
    "completion",
    "config",
    "cordon",
    "cp",
    "create",
    "debug",
    "diff",
    "drain",
    "edit",
    "expose",
    "kustomize",
    "label",
    "options",
    "port-forward",
    "proxy",
    "replace",
    "run",
    "set",
    "taint",
    "uncordon",
    "version",
    "wait",
    "plugin",
];
/// Its flags that take a value as a word of its own, before the verb.
const VALUED: [&str; 10] =
    ["-n", "--namespace", "--context", "--kubeconfig", "--as", "--as-group", "--cluster", "--user", "-s", "--server"];
/// Words of a sentence that no command has as arguments: `kubectl logs show that all three restarted`.
const OF_SENTENCES: [&str; 18] = [
    "the", "on", "and", "that", "is", "are", "was", "were", "show", "shows", "showed", "shown", "we", "in", "from",
    "of", "with", "no",
];

/// `prod> kubectl -n shop get pods`, `>>> kubectl logs …`, `+ kubectl get events`, `kubectl get nodes`.
fn client(line: &str) -> Option<Typed<'_>> {
    const PROMPT: usize = 40;
    const CLIENT: &[u8] = b"kubectl ";
    let front = line.as_bytes().get(..line.len().min(PROMPT + CLIENT.len()))?;
    let at = memchr::memmem::find(front, CLIENT)?;
    let (prompt, command) = (line.get(..at)?.trim(), line.get(at..)?.trim_end());
    let signed = prompt.ends_with(['>', '$', '#', '%', '+', '❯']) && prompt.split_whitespace().count() <= 2;
    // a heading and a quoted line have signs of their own
    let other = matches!(prompt, "#" | "##" | "###" | ">" | "-" | "*");
    let mut words = command.split_whitespace().skip(1);
    let verb = loop {
        let word = words.next()?;
        if VALUED.contains(&word) {
            words.next()?;
        } else if !word.starts_with('-') {
            break word;
        }
    };
    let mut arguments = words.take_while(|w| !matches!(*w, "--" | "|")).peekable();
    let asked = VERBS.contains(&verb) && arguments.peek().is_some();
    let told = command.ends_with(['.', ':', '?', '!', '`']) || line.starts_with([' ', '\t']);
    let fits = if prompt.is_empty() { !arguments.any(|w| OF_SENTENCES.contains(&w)) } else { signed };
    (asked && fits && !told && !other).then_some(Typed { host: None, command })
}

fn shell(line: &str) -> Option<Typed<'_>> {
    let line = line.trim_end();
    let of = |host, rest: &'_ str| !rest.trim().is_empty() && host_fits(host);
    if let Some(rest) = ["$ ", "> $ ", "❯ ", "➜ ", "% "].iter().find_map(|p| line.strip_prefix(p)) {
        return of(None, rest).then(|| Typed { host: None, command: rest.trim() });
    }
    if let Some(rest) = bare_shell(line) {
        return of(None, rest).then(|| Typed { host: None, command: rest.trim() });
    }
    if let Some(rest) = line.strip_prefix("PS ") {
        let (path, command) = rest.split_once("> ")?;
        let path_like = path.len() <= LONGEST && path.contains([':', '/', '~']) && !path.contains(' ');
        return (path_like && of(None, command)).then(|| Typed { host: None, command: command.trim() });
    }
    if let Some((host, rest)) = line.split_once(":~$ ").or_else(|| line.split_once(":~# "))
        && !host.contains('@')
    {
        // a prompt without its user: `oncall:~$ …`
        return of(Some(host), rest).then(|| Typed { host: None, command: rest.trim() });
    }
    let at = memchr::memchr(b'@', line.as_bytes()).filter(|at| *at < LONGEST)?;
    let sign = ["$ ", "# ", "% "].iter().filter_map(|s| line.get(at..)?.find(s).map(|i| at + i)).min()?;
    let (prompt, command) = (line.get(..sign)?, line.get(sign + 2..)?.trim());
    let host = host_of(prompt, line.as_bytes().get(sign) == Some(&b'%'))?;
    of(Some(host), command).then_some(Typed { host: Some(host), command })
}

/// What stands behind the prompt of a shell that was given none: `sh-5.2$ `, `bash-5.1# `.
fn bare_shell(line: &str) -> Option<&str> {
    let rest = ["sh-", "bash-", "ash-", "zsh-"].iter().find_map(|p| line.strip_prefix(p))?;
    let rest = rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    rest.strip_prefix("$ ").or_else(|| rest.strip_prefix("# "))
}

/// Most lines have no sign of a prompt near their front: one look at their first bytes tells.
fn may_be_typed(line: &str) -> bool {
    let front = line.as_bytes().get(..line.len().min(LONGEST + SIGN)).unwrap_or_default();
    memchr::memchr3(b'$', b'#', b'%', front).is_some() || line.starts_with(['❯', '➜']) || line.starts_with("PS ")
}

fn host_fits(host: Option<&str>) -> bool {
    host.is_none_or(|h| !h.is_empty() && h.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_')))
}

/// The host of what stands before a prompt's sign: `[user@host dir]`, `user@host:dir`, `(env) user@host dir `.
/// `%` is zsh's, which shows a folder by its last name.
fn host_of(prompt: &str, zsh: bool) -> Option<&str> {
    if prompt.len() > LONGEST {
        return None;
    }
    let mut rest = prompt.trim_start();
    if let Some(inside) = rest.strip_prefix('(') {
        rest = inside.split_once(')')?.1.trim_start();
    }
    let bracketed = rest.strip_prefix('[').and_then(|r| r.strip_suffix(']'));
    let whole = bracketed.unwrap_or(rest);
    let mut words = whole.split_whitespace();
    let (user, at) = words.next()?.split_once('@')?;
    let plain = |t: &str| t.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'));
    if user.is_empty() || !plain(user) {
        return None;
    }
    let (host, path) = at.split_once(':').map_or((at, None), |(host, path)| (host, Some(path)));
    // behind the host stand a folder and a branch at most, and never a sentence
    let behind: Vec<&str> = words.collect();
    let is_place = |w: &&str| w.starts_with(['~', '/', '(', '.']) || (zsh || bracketed.is_some()) && plain(w);
    // an address of mail (`ana@example.com # 12`) has neither a path nor a bracket, and its host has a dot
    let shaped = bracketed.is_some() || path.is_some() || !behind.is_empty() || !host.contains('.');
    let closed = bracketed.is_some() || path.is_some() || prompt.ends_with(' ');
    (behind.len() <= 2 && behind.iter().all(is_place) && shaped && closed).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prompt_of_any_shell_is_told_with_its_host() {
        for (line, host, command) in [
            ("$ kubectl get pods", None, "kubectl get pods"),
            ("❯ df -h", None, "df -h"),
            ("sh-5.2$ dmesg -T", None, "dmesg -T"),
            ("oncall:~$ df -h", None, "df -h"),
            ("PS C:\\Users\\kai> kubectl get pods", None, "kubectl get pods"),
            ("[root@worker-01 ~]# systemctl status x", Some("worker-01"), "systemctl status x"),
            ("ops@db-2:~$ df -h", Some("db-2"), "df -h"),
            ("kai@laptop % ssh db-2 uptime", Some("laptop"), "ssh db-2 uptime"),
            ("kai@laptop ~ % uptime", Some("laptop"), "uptime"),
            ("(prod) ops@jump:/srv/app (main) $ ls", Some("jump"), "ls"),
            ("grid-prod> kubectl -n grid get pods", None, "kubectl -n grid get pods"),
            (">>> kubectl logs deploy/shop", None, "kubectl logs deploy/shop"),
            ("+ kubectl get events -A", None, "kubectl get events -A"),
            ("campus $ kubectl get pods", None, "kubectl get pods"),
            ("kubectl get nodes -o wide", None, "kubectl get nodes -o wide"),
            ("prod> kubectl drain node-3 --ignore-daemonsets", None, "kubectl drain node-3 --ignore-daemonsets"),
            ("prod> kubectl --as root get pods", None, "kubectl --as root get pods"),
            ("kubectl exec api-1 -- cat the file", None, "kubectl exec api-1 -- cat the file"),
        ] {
            assert_eq!(typed(line), Some(Typed { host, command }), "{line}");
        }
    }

    #[test]
    fn text_with_the_signs_of_a_prompt_is_none() {
        for line in [
            "It cost $ 12 a day",
            "kubectl logs show OOM kills on all three pods since 09:12",
            "[2026-01-01] info # 3",
            "# END of file",
            "ana@example.com # 12 was told",
            "mail from kai@laptop about the cost of $ 12 a day",
            "kai@laptop wrote # nothing",
            "the path is one of :~$ these",
            "error rate 12 % at 10:00 for kai@laptop",
            "$ ",
            "kubectl shows many restarts",
            "> kubectl get pods",
            "our kubectl get pods was slow",
            "Run kubectl get pods.",
        ] {
            assert_eq!(typed(line), None, "{line}");
        }
    }
}
