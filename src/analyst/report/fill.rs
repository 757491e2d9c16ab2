//! Arguments of commands: filled from the evidence only. What nobody gave becomes a named blank,
//! `‹namespace›`, that a person fills before anything can run.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder};
use memchr::memmem;
use regex::Regex;

use super::named::{self, Engine, Object, client_of};
use super::prepared::Prepared;
use crate::command::Context;
use crate::domain::{Evidence, Hypothesis, Span, SubjectKind};
use crate::intake::kube::Cluster;

/// What the evidence gives for a command's arguments, gathered once per subject.
#[derive(Debug, Default)]
pub struct Arguments {
    values: BTreeMap<&'static str, String>,
    /// The subject as a sentence names it; a command takes it only where it can be an object's name.
    called: String,
    labels: Vec<String>,
    /// What sort of object it is.
    object: Object,
    /// The one kind of database that the evidence speaks of.
    engine: Option<Engine>,
}

/// A selector by a label of the subject.
static SELECTOR: LazyLock<Option<Regex>> =
    LazyLock::new(|| crate::domain::pattern::compile(r"(\s(?:-l|--selector)[ =])([\w./-]+)=\{subject\}").ok());

/// Where a value of each argument may stand. One group holds the value; a value counts only when
/// the evidence gives exactly one, or exactly one on lines that name the subject.
static PLACES: LazyLock<Vec<(&'static str, Regex)>> = LazyLock::new(|| {
    // `AWS/RDS` is a namespace of another kind: a cluster's names are in lower case
    let label = r"((?-i:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?))";
    let places = [
        (
            "namespace",
            format!(r#"(?i)(?:\s-n[ =]|--namespace[ =]|(?-u:\b)namespaces?["']?\s*[:=/]\s*["']?){label}(?-u:\b)"#),
        ),
        (
            "asked",
            r"(?i)(?-u:\b)(?:in|from|of) (?:the )?namespace ((?-i:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?))(?-u:\b)".to_owned(),
        ),
        (
            "asked",
            r"(?i)(?-u:\b)in (?:the )?((?-i:[a-z0-9]+-[a-z0-9-]*[a-z0-9]|default)) namespace(?-u:\b)".to_owned(),
        ),
        ("asked", r"(?-u:\b)in (namespace-[a-z0-9-]*[a-z0-9])(?-u:\b)".to_owned()),
        (
            "container",
            format!(r#"(?i)(?:(?-u:\b)container["']?\s*[:=]\s*["']?|\s-c[ =]|--container[ =]){label}(?-u:\b)"#),
        ),
        (
            "node",
            r"(?i)(?:(?-u:\b)node\s*[:=]\s*|(?-u:\b)node/|assigned \S+ to )([a-z0-9][a-z0-9.-]{1,80}[a-z0-9])"
                .to_owned(),
        ),
        ("database", r#"(?i)(?-u:\b)(?:database|dbname|datname)\s*[:=]?\s*["']([a-z_][a-z0-9_]{1,40})["']"#.to_owned()),
        (
            "host",
            r#"(?i)(?-u:\b)(?:host(?:name)?\s*[:=]\s*|(?:connection to )?server at ")([a-z0-9][a-z0-9.-]{1,80}[a-z0-9])"#
                .to_owned(),
        ),
    ];
    places
        .into_iter()
        .filter_map(|(name, pattern)| crate::domain::pattern::compile(&pattern).ok().map(|r| (name, r)))
        .collect()
});

static POD: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::domain::pattern::compile(
        r"(?-u:\b)([a-z0-9][a-z0-9-]*?)-(?:[a-f0-9]{8,10}|[bcdfghjklmnpqrstvwxz2456789]{8,10})-[a-z0-9]{5}(?-u:\b)",
    )
    .ok()
});

/// Words of which one stands, in any case, on every line that the place's pattern matches.
const PLACE_WORDS: [(&str, &str); 14] = [
    ("namespace", "-n "),
    ("namespace", "-n="),
    ("namespace", "namespace"),
    ("asked", "namespace"),
    ("container", "container"),
    ("container", "-c "),
    ("container", "-c="),
    ("node", "node"),
    ("node", "assigned"),
    ("database", "database"),
    ("database", "dbname"),
    ("database", "datname"),
    ("host", "host"),
    ("host", "server at"),
];
static WORDS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    AhoCorasickBuilder::new().ascii_case_insensitive(true).build(PLACE_WORDS.map(|(_, word)| word)).ok()
});

/// Lines read for arguments; beyond that a value is left blank rather than the paste read again.
const MOST_LINES: usize = 20_000;

/// A value in its place, and the line it stands on.
#[derive(Debug)]
struct Placed<'a> {
    place: &'static str,
    value: &'a str,
    line: &'a str,
}

/// What the evidence gives for anybody's arguments, read once.
#[derive(Debug)]
pub struct Given<'a> {
    evidence: &'a Evidence,
    read: &'a Read<'a>,
    cluster: &'a Cluster,
    known: RefCell<Vec<(String, Rc<Arguments>)>>,
    context: &'a Context,
    engine: OnceCell<Option<Engine>>,
}

/// Values in their places, and pods with the workload that their name begins with.
#[derive(Debug, Default)]
pub struct Read<'a> {
    values: Vec<Placed<'a>>,
    pods: Vec<(&'a str, &'a str)>,
}

impl<'a> Read<'a> {
    /// Reads what this evidence gives.
    pub fn of(evidence: &'a Evidence) -> Self {
        let mut read = Self::default();
        lines(evidence).for_each(|line| read.line(line));
        read
    }

    fn line(&mut self, line: &'a str) {
        let words = WORDS.iter().flat_map(|w| w.find_overlapping_iter(line));
        let mut near: Vec<&str> =
            words.filter_map(|m| PLACE_WORDS.get(m.pattern().as_usize())).map(|(place, _)| *place).collect();
        near.dedup();
        for (place, pattern) in PLACES.iter().filter(|(place, _)| near.contains(place)) {
            let found = pattern.captures_iter(line).filter_map(|c| c.get(1)).map(|m| m.as_str());
            self.values.extend(found.map(|value| Placed { place, value, line }));
        }
        if may_name_a_pod(line.as_bytes()) {
            let found = POD.iter().flat_map(|pattern| pattern.captures_iter(line));
            self.pods.extend(found.filter_map(|c| Some((c.get(0)?.as_str(), c.get(1)?.as_str()))));
        }
    }

    fn the_one_value(&self, place: &str, subject: &str) -> Option<String> {
        let (mut all, mut near): (Vec<&str>, Vec<&str>) = (Vec::new(), Vec::new());
        let subject = memmem::Finder::new(subject);
        for placed in self.values.iter().filter(|p| p.place == place) {
            let named = !subject.needle().is_empty() && subject.find(placed.line.as_bytes()).is_some();
            let list = if named { &mut near } else { &mut all };
            // two are as good as many: only a single one counts
            if list.len() < 2 && !list.contains(&placed.value) {
                list.push(placed.value);
            }
        }
        let one = match (near.as_slice(), all.as_slice()) {
            ([one], _) | ([], [one]) => *one,
            _ => return None,
        };
        is_safe(one).then(|| one.to_owned())
    }
}

/// True where a pod's two last parts stand: a hyphen, eight to ten letters and figures, a hyphen, five.
fn may_name_a_pod(line: &[u8]) -> bool {
    let plain = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let ends = |at: usize, far: usize| {
        let part = line.get(at + 1..at + far).is_some_and(|part| part.iter().all(plain));
        part && line.get(at + far) == Some(&b'-')
            && line.get(at + far + 1..at + far + 6).is_some_and(|last| last.iter().all(plain))
            && !line.get(at + far + 6).is_some_and(u8::is_ascii_alphanumeric)
    };
    memchr::memchr_iter(b'-', line).any(|at| (9..=11).any(|far| ends(at, far)))
}

fn lines(evidence: &Evidence) -> impl Iterator<Item = &str> {
    evidence.lines().take(MOST_LINES).map(|(source, line)| evidence.slice(Span::new(source, line.range())))
}

impl<'a> Given<'a> {
    /// What this evidence gives, with what was read of the cluster's state.
    pub fn by(evidence: &'a Evidence, prepared: &'a Prepared<'a>, cluster: &'a Cluster) -> Self {
        let Prepared { read, context, .. } = prepared;
        Self { evidence, read, cluster, known: RefCell::default(), context, engine: OnceCell::new() }
    }

    /// What a command's pre-flight can hold against its arguments.
    pub fn context(&self) -> &Context {
        self.context
    }

    /// True for a name that the evidence gives a namespace.
    pub fn is_namespace(&self, name: &str) -> bool {
        self.read.values.iter().any(|p| matches!(p.place, "namespace" | "asked") && p.value == name)
            || self.cluster.pods.iter().any(|p| p.namespace.as_deref() == Some(name))
    }

    /// The evidence itself.
    pub fn evidence(&self) -> &'a Evidence {
        self.evidence
    }

    /// What it gives for commands about this hypothesis's subject.
    pub fn arguments(&self, h: &Hypothesis) -> Rc<Arguments> {
        if let Some((_, known)) = self.known.borrow().iter().find(|(id, _)| *id == h.id) {
            return Rc::clone(known);
        }
        let made = Rc::new(self.gathered(h));
        self.known.borrow_mut().push((h.id.clone(), Rc::clone(&made)));
        made
    }

    fn gathered(&self, h: &Hypothesis) -> Arguments {
        let mut values: BTreeMap<&'static str, String> = named::values(h, Some(self.cluster)).into_iter().collect();
        if is_safe(&h.subject) {
            values.insert("subject", h.subject.clone());
            if h.subject_kind == SubjectKind::Node {
                values.insert("node", h.subject.clone());
            }
            if h.subject_kind == SubjectKind::Namespace {
                values.insert("namespace", h.subject.clone());
            }
        }
        for (place, _) in PLACES.iter() {
            if !values.contains_key(place)
                && let Some(value) = self.read.the_one_value(place, &h.subject)
            {
                values.insert(place, value);
            }
        }
        // where somebody asks about, in words, where nothing else gives a namespace
        if let Some(asked) = values.remove("asked")
            && !self.read.values.iter().any(|p| p.place == "namespace")
        {
            values.entry("namespace").or_insert(asked);
        }
        // the pod that the hypothesis quotes, before one that may be well
        let quoted = |pod: &str| h.supporting.iter().flat_map(|c| &c.citations).any(|c| c.quote.contains(pod));
        let own = || self.read.pods.iter().filter(|(_, workload)| *workload == h.subject);
        if let Some((pod, _)) = own().find(|(pod, _)| quoted(pod)) {
            values.insert("pod", (*pod).to_owned());
        } else if let Some((pod, _)) = own().next() {
            values.entry("pod").or_insert_with(|| (*pod).to_owned());
        }
        Arguments {
            values,
            called: h.subject.clone(),
            labels: labels(self.evidence, &h.subject),
            object: Object::of(h, Some(self.cluster), self.evidence),
            engine: *self.engine.get_or_init(|| Engine::of(self.evidence)),
        }
    }
}

impl Arguments {
    /// What sort of object commands about the subject are about.
    pub fn object(&self) -> &Object {
        &self.object
    }

    /// The command as it fits what it is about; `None` where it can't reach it.
    pub fn fitted(&self, command: &str) -> Option<String> {
        if self.is_of_another_engine(command) { None } else { self.object.fitted(command) }
    }

    /// True for the client of a kind of database that the evidence does not speak of.
    pub fn is_of_another_engine(&self, command: &str) -> bool {
        Engine::is_missed(self.engine, command)
    }

    /// True where the command asks for a value of that name and the evidence gives none.
    pub fn lacks(&self, command: &str, name: &str) -> bool {
        command.contains(&format!("{{{name}}}")) && !self.values.contains_key(name)
    }

    /// True where the argument that a step asks for is known, and the one that makes it needless is not.
    pub fn suits(&self, needed: Option<&str>, needless: Option<&str>) -> bool {
        let known = |name: &str| self.values.contains_key(name);
        needed.is_none_or(known) && !needless.is_some_and(known)
    }

    /// True for a filled command that names nothing that the evidence gives: a form to fill, and no command.
    pub fn is_form(blanks: &[String]) -> bool {
        let object = blanks.iter().any(|b| matches!(b.as_str(), "name" | "subject" | "pod" | "node"));
        object && blanks.iter().any(|b| b == "namespace")
    }

    /// The steps that fit the kind of database that the evidence speaks of. Where it speaks of none, or
    /// a playbook knows none of its commands, each step stands once, by its words alone.
    pub fn offered<'t, T>(&self, all: Vec<&'t T>, told: impl Fn(&'t T) -> (&'t str, Option<&'t str>)) -> Vec<&'t T> {
        let foreign = |t: &'t T| told(t).1.is_some_and(|command| self.is_of_another_engine(command));
        let known = all.iter().any(|t| told(t).1.and_then(client_of).is_some_and(|c| self.engine == Some(c)));
        let mut words: Vec<&str> = Vec::new();
        let mut fits = |t: &&'t T| {
            let new = !words.contains(&told(t).0);
            words.push(told(t).0);
            !foreign(t) || (!known && new)
        };
        all.into_iter().filter(|t| fits(t)).collect()
    }

    /// The template with every `{name}` replaced by its value or by a blank, and the blanks' names.
    /// A label selector that the evidence does not show (`app=order-svc` is a habit, not a fact) is a
    /// blank as a whole.
    pub fn fill(&self, template: &str) -> (String, Vec<String>) {
        let (text, mut blanks) = self.filled(template);
        // what a template leaves to a person from the first is as much a blank
        for name in crate::command::blanks(template) {
            if !blanks.contains(&name) {
                blanks.push(name);
            }
        }
        (text, blanks)
    }

    fn filled(&self, template: &str) -> (String, Vec<String>) {
        // a cluster's objects are named in lower case: `CJS` is whose they are, and no deployment
        let foreign = |v: &String| template.starts_with("kubectl ") && v.bytes().any(|b| b.is_ascii_uppercase());
        if template.contains("{subject}") && self.values.get("subject").is_some_and(foreign) {
            return self.filled(&template.replace("{subject}", "{name}"));
        }
        let grounded = SELECTOR.as_ref().map_or_else(
            || template.to_owned(),
            |pattern| {
                let keep = |c: &regex::Captures<'_>| {
                    let (flag, key) = (c.get(1).map_or("", |m| m.as_str()), c.get(2).map_or("", |m| m.as_str()));
                    let label = self.values.get("subject").map(|v| format!("{key}={v}"));
                    let shown = label.filter(|label| self.labels.contains(label));
                    format!("{flag}{}", shown.unwrap_or_else(|| "{selector}".to_owned()))
                };
                pattern.replace_all(template, keep).into_owned()
            },
        );
        self.replaced(&grounded)
    }

    fn replaced(&self, template: &str) -> (String, Vec<String>) {
        let mut out = String::with_capacity(template.len());
        let mut blanks: Vec<String> = Vec::new();
        let mut rest = template;
        while let Some(open) = rest.find('{') {
            let (before, from) = rest.split_at(open);
            out.push_str(before);
            // `%{http_code}` is the command's own placeholder (curl, date), never ours
            let Some((name, after)) = placeholder(from).filter(|_| !before.ends_with('%')) else {
                out.push('{');
                rest = from.get(1..).unwrap_or("");
                continue;
            };
            if let Some(value) = self.values.get(name) {
                out.push_str(value);
            } else {
                out.push_str(&format!("‹{name}›"));
                if !blanks.iter().any(|b| b == name) {
                    blanks.push(name.to_owned());
                }
            }
            rest = after;
        }
        out.push_str(rest);
        // a blank that the template writes out is one to fill as well
        for name in template.split('‹').skip(1).filter_map(|t| t.split_once('›')).map(|(name, _)| name) {
            if !blanks.iter().any(|b| b == name) {
                blanks.push(name.to_owned());
            }
        }
        (out, blanks)
    }

    /// The template for a sentence: values as they are, what is not known in plain words.
    pub fn words(&self, template: &str) -> String {
        let (filled, blanks) = self.filled(&template.replace("{subject}", &self.called));
        blanks.iter().fold(filled, |text, b| text.replace(&format!("‹{b}›"), &format!("the {}", b.replace('_', " "))))
    }
}

/// `{name}` at the front of the text, and what follows it; `None` for any other brace.
fn placeholder(text: &str) -> Option<(&str, &str)> {
    let inner = text.strip_prefix('{')?;
    let close = inner.find('}')?;
    let name = inner.get(..close)?;
    let fits = !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    fits.then(|| (name, inner.get(close + 1..).unwrap_or("")))
}

/// True for a value that a shell takes as one plain word.
pub fn is_safe(value: &str) -> bool {
    !value.is_empty()
        && !value.starts_with('-')
        && value.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | ':' | '/' | '@'))
}

/// Labels of the subject that stand in the evidence as `key=value` or `key: value`.
fn labels(evidence: &Evidence, subject: &str) -> Vec<String> {
    if !is_safe(subject) {
        return Vec::new();
    }
    let finder = memmem::Finder::new(subject);
    let mut naming = lines(evidence).filter(|line| finder.find(line.as_bytes()).is_some()).peekable();
    if naming.peek().is_none() {
        return Vec::new();
    }
    // a label's key is of these characters alone
    let Ok(pattern) =
        crate::domain::pattern::compile(&format!(r"([0-9A-Za-z_./-]+)(?:=|:\s){}(?-u:\b)", regex::escape(subject)))
    else {
        return Vec::new();
    };
    let mut out: Vec<String> = Vec::new();
    for line in naming {
        for key in pattern.captures_iter(line).filter_map(|c| c.get(1)).map(|m| m.as_str()) {
            let label = format!("{key}={subject}");
            if out.len() < 8 && !out.contains(&label) {
                out.push(label);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(pairs: &[(&'static str, &str)]) -> Arguments {
        let values: BTreeMap<&'static str, String> = pairs.iter().map(|(k, v)| (*k, (*v).to_owned())).collect();
        let called = values.get("subject").cloned().unwrap_or_default();
        Arguments { values, called, labels: vec!["app=cart-api".into()], object: Object::Assumed, engine: None }
    }

    #[test]
    fn a_name_that_no_object_of_a_cluster_can_have_is_left_to_a_person() {
        let given = arguments(&[("subject", "Billing")]);
        let (command, blanks) = given.fill("kubectl scale deployment/{subject} --replicas={count}");
        assert_eq!(command, "kubectl scale deployment/‹name› --replicas=‹count›");
        assert_eq!(blanks, ["name", "count"]);
        assert_eq!(given.words("Scale {subject} up"), "Scale Billing up");
        let two_words = Arguments { called: "default certificate".into(), ..Arguments::default() };
        assert_eq!(two_words.words("Roll {subject} back"), "Roll default certificate back");
    }

    #[test]
    fn what_nobody_gave_becomes_a_named_blank() {
        let (command, blanks) =
            arguments(&[("subject", "order-svc")]).fill("kubectl get pods -n {namespace} -l app={subject}");
        assert_eq!(command, "kubectl get pods -n ‹namespace› -l ‹selector›");
        assert_eq!(blanks, ["namespace", "selector"]);
        let (_, blanks) = arguments(&[]).fill("kubectl set resources deployment/x --limits=memory=‹memory›");
        assert_eq!(blanks, ["memory"], "a template's own blank is one");
        let (command, _) = arguments(&[("subject", "cart-api")]).fill("kubectl get pods -l app={subject}");
        assert_eq!(command, "kubectl get pods -l app=cart-api", "the evidence shows this label");
    }

    #[test]
    fn a_blank_that_a_template_writes_out_is_to_be_filled_too() {
        let (command, blanks) = arguments(&[]).fill("kubectl set image deployment/web web=‹image› -n {namespace}");
        assert_eq!(command, "kubectl set image deployment/web web=‹image› -n ‹namespace›");
        assert_eq!(blanks, ["namespace", "image"]);
    }

    #[test]
    fn braces_that_are_no_placeholder_stay() {
        let (command, blanks) = arguments(&[]).fill("kubectl get pod -o jsonpath='{.items[*].status}' {}");
        assert_eq!(command, "kubectl get pod -o jsonpath='{.items[*].status}' {}");
        assert!(blanks.is_empty());
    }

    #[test]
    fn the_commands_own_placeholders_stay() {
        let (command, blanks) = arguments(&[]).fill("curl -sS -w '%{http_code} %{time_total}' {url}");
        assert_eq!(command, "curl -sS -w '%{http_code} %{time_total}' ‹url›");
        assert_eq!(blanks, ["url"]);
    }

    #[test]
    fn a_value_a_shell_would_obey_is_never_filled() {
        assert!(!is_safe("a;rm"));
        assert!(!is_safe("-rf"));
        assert!(is_safe("deploy/order-svc"));
    }
}
