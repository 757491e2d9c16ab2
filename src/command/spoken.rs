//! Which programs, verbs, clusters and profiles a text may mean: everything that stands anywhere in it,
//! inside quotes and here-documents too. Made for refusing: it sees rather too much than too little.

use super::lex::{Script, lex};

/// How deep texts inside words are read.
const DEPTH: usize = 4;
/// The most sequences that are kept.
const MOST: usize = 512;

/// Programs that speak to a cluster of the current kube context.
const CLUSTER: [&str; 14] = [
    "kubectl", "oc", "k", "helm", "k9s", "istioctl", "flux", "stern", "linkerd", "cilium", "velero", "kubectx",
    "kubens", "argo",
];
const CLOUD: [&str; 6] = ["aws", "gcloud", "az", "gsutil", "bq", "eksctl"];
/// Names of one program.
const SAME: [&[&str]; 2] = [&["kubectl", "oc", "k"], &["terraform", "tofu", "terragrunt"]];
/// Words after which the program may come later.
const WRAPPERS: [&str; 20] = [
    "sudo", "doas", "env", "xargs", "nohup", "time", "timeout", "nice", "exec", "command", "setsid", "watch",
    "parallel", "ssh", "sh", "bash", "stdbuf", "ionice", "su", "eval",
];

/// One sequence of words; `None` for a word that the shell computes.
type Words = Vec<Option<String>>;

/// A text's words, as sequences that belong together.
#[derive(Debug, Default)]
pub(super) struct Spoken {
    sequences: Vec<Words>,
    too_much: bool,
}

/// Reads a text.
pub(super) fn spoken(text: &str) -> Spoken {
    let mut said = Spoken::default();
    said.read(text, 0);
    said
}

fn base(word: &str) -> &str {
    word.rsplit('/').next().unwrap_or(word)
}

impl Spoken {
    fn read(&mut self, text: &str, depth: usize) {
        let script = lex(text);
        if script.odd.contains(&"it is too long or too deep to be read") || depth > DEPTH {
            self.too_much = true;
            return;
        }
        self.take(&script, depth);
    }

    fn take(&mut self, script: &Script, depth: usize) {
        for simple in &script.commands {
            if self.sequences.len() >= MOST {
                self.too_much = true;
                return;
            }
            let words: Words = simple.words.iter().map(|w| w.dynamic.is_none().then(|| w.text.clone())).collect();
            self.sequences.push(words);
            let quoted = simple.words.iter().map(|w| w.text.as_str());
            let fed =
                simple.redirects.iter().flat_map(|r| r.body.as_deref().into_iter().chain([r.target.text.as_str()]));
            let inner: Vec<&str> = quoted.chain(fed).filter(|t| t.trim().contains(char::is_whitespace)).collect();
            inner.into_iter().for_each(|t| self.read(t, depth + 1));
        }
        script.inner.iter().for_each(|inner| self.take(inner, depth + 1));
    }

    /// Every word that is literal.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.sequences.iter().flatten().flatten().map(String::as_str)
    }

    /// Each sequence as one line, without its quotes.
    pub fn lines(&self) -> Vec<String> {
        let line = |s: &Words| s.iter().map(|w| w.as_deref().unwrap_or("")).collect::<Vec<_>>().join(" ");
        self.sequences.iter().map(line).collect()
    }

    /// True where one of these programs may be called, with one of these verbs where there are any.
    pub fn calls_any(&self, tools: &[String], verbs: &[String]) -> bool {
        self.too_much || self.sequences.iter().any(|s| computed(s) || calls(s, tools, verbs))
    }

    fn calls_one_of(&self, names: &[&str]) -> bool {
        self.too_much || self.sequences.iter().any(computed) || self.words().any(|w| names.contains(&base(w)))
    }

    /// True where a program is called that speaks to the current cluster.
    pub fn needs_cluster(&self) -> bool {
        self.calls_one_of(&CLUSTER)
    }

    /// True where a program is called that speaks to a cloud.
    pub fn needs_cloud(&self) -> bool {
        self.calls_one_of(&CLOUD)
    }

    /// True where the cluster is named by a file or an address: which one that is can't be told.
    pub fn cluster_unknown(&self) -> bool {
        const BY_FILE: [&str; 6] =
            ["--kubeconfig", "--server", "-s", "--kube-apiserver", "KUBECONFIG", "HELM_KUBEAPISERVER"];
        let named = |s: &&Words| {
            s.iter().flatten().any(|w| {
                let name = w.split('=').next().unwrap_or(w);
                BY_FILE.contains(&name) || w.starts_with("-s") && !w.starts_with("--")
            })
        };
        let speaks = |s: &Words| s.iter().flatten().any(|w| CLUSTER.contains(&base(w)));
        self.sequences.iter().filter(named).any(speaks)
            || self.words().any(|w| w.starts_with("KUBECONFIG=") && self.needs_cluster())
    }

    /// The kube contexts that are named.
    pub fn clusters(&self) -> Vec<String> {
        self.values(&["--context", "--kube-context", "--cluster", "HELM_KUBECONTEXT"])
    }

    /// The cloud profiles, projects and subscriptions that are named.
    pub fn profiles(&self) -> Vec<String> {
        self.values(&["--profile", "--project", "--subscription", "AWS_PROFILE", "CLOUDSDK_CORE_PROJECT"])
    }

    fn values(&self, names: &[&str]) -> Vec<String> {
        let mut found = Vec::new();
        for sequence in &self.sequences {
            for (i, word) in sequence.iter().enumerate() {
                let Some(word) = word else { continue };
                match word.split_once('=') {
                    Some((name, value)) if names.contains(&name) => found.push(value.to_owned()),
                    None if names.contains(&word.as_str()) => found.extend(sequence.get(i + 1).cloned().flatten()),
                    _ => {}
                }
            }
        }
        found
    }
}

/// True where the program itself is computed by the shell.
fn computed(sequence: &Words) -> bool {
    let mut words = sequence.iter().skip_while(|w| {
        w.as_ref().is_some_and(|w| {
            w.contains('=') || matches!(w.as_str(), "do" | "then" | "else" | "if" | "!" | "{" | "while")
        })
    });
    match words.next() {
        Some(None) => true,
        Some(Some(first)) if WRAPPERS.contains(&base(first)) => words.any(Option::is_none),
        _ => false,
    }
}

fn calls(sequence: &Words, tools: &[String], verbs: &[String]) -> bool {
    let same = |a: &str, b: &str| a == b || SAME.iter().any(|s| s.contains(&a) && s.contains(&b));
    sequence.iter().enumerate().any(|(i, word)| {
        let Some(word) = word else { return false };
        if !tools.iter().any(|t| same(base(word), t)) {
            return false;
        }
        let rest = sequence.get(i + 1..).unwrap_or_default();
        verbs.is_empty() || rest.iter().any(Option::is_none) || verbs.iter().any(|v| has_verb(rest, v))
    })
}

/// True where the verb's words stand one after another among the words that are no flags.
fn has_verb(rest: &[Option<String>], verb: &str) -> bool {
    let plain: Vec<&str> = rest.iter().flatten().map(String::as_str).filter(|w| !w.starts_with('-')).collect();
    let verb: Vec<&str> = verb.split_whitespace().collect();
    !verb.is_empty() && plain.windows(verb.len()).any(|w| w == verb.as_slice())
}
