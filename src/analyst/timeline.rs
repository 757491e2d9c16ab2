//! What a row of a timeline is: a change, a symptom, an alert, an action, a recovery or a note; and
//! what a sentence says was acted on. By the words of the trade, not by a writer's phrases.

use std::sync::LazyLock;

use regex::Regex;

use crate::domain::report::RowKind;

use super::naming;
use super::story::vague::is_vague;
use super::wording::is_denied;

fn pattern(text: &str) -> Option<Regex> {
    crate::domain::pattern::compile(text).ok()
}

static CAUSE: LazyLock<Option<Regex>> =
    LazyLock::new(|| pattern(r"(?i)^(?:fault|incident|outage|problem|issue|impact) (?:occur\w*|start\w*|beg[ai]n\w*)"));
static RECOVERY: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:resolved|restored|operational|back to (?:normal|100)|recover(?:ed|s)|self-?heal\w*|mitigated|fixed|repaired|steadied|stable|as healthy|returns? to|(?:behaviou?r|service|traffic|operations?|requests)(?: \w+){0,2} resumed)\b",
    )
});
static ALERT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:alert\w*|alarms?|pager\w*|paged|rotating_light|firing|triggered: |(?:monitoring|nagios|zabbix|icinga|prometheus|grafana|phone|the pager) (?:calls|called|wakes|woke|rings|rang|mails|goes off|went off)|first \w+ (?:rang|called|calls|mailed|wrote)|pingdom|report(?:s|ed|ing)?|informed|detect(?:s|ed)?|notic(?:e|ed|es)|declared|raised a ticket|complain\w*|tells? support|call(?:s|ed) (?:us|in|support)|ticket raised|page: |pages (?:the|on-call|us)|hears? (?:from|of)|asks? (?:why|where|what)|tickets? (?:arrive|come)|(?:incident|issue) (?:is |was )?(?:opened|raised)|flood of|(?:customers?|users?|clients?|students|visitors|people|readers|players)(?: \w+){0,2} (?:sees?|says?|tells?|writes?|complains?|mails?|tweets?))\b",
    )
});
static CHANGE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:deploy(?:ed|s|ing)?|appl(?:ied|ies|y)|upgrad(?:e|ed|es|ing)|updated?|chang(?:e|ed|es)|enabled|disabled|switch(?:ed|es) (?:on|off|to|over)|switched|ships?|shipped|releases? (?:v?\d|[\w-]+ v?\d)|released|roll(?:s|ed) out|withdrawn|purg(?:ed|es)|flush(?:ed|es)|(?:un)?install(?:s|ed)|turn(?:s|ed) (?:on|off)|launch(?:ed|es)|extended|rebuilt|creates?|created|adds|added|taken out|for the first time|tightened|roll-?over|migrat\w+|merged|unpaused|removed|destroyed|delet(?:ed|es)|retired|set (?:to|as)|rotated|moved|(?:re-?)?routed|cut ?over|replaced|refactored|rewritten|reworked|renamed|reorgani[sz]ed|amended|patched|gets? a new|got a new|configured|introduced|increased|pipeline run|failover|(?:goes|went) live|merges?)\b",
    )
});
/// Words that say all is well: whoever reports that noticed nothing.
static WELL: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:all|everything|things?)(?: \w+)? (?:is |are |was |were |looks? |looked )?(?:fine|well|good|green|ok|okay)\b|\btests? (?:all )?(?:pass|passed|are green|succeed|succeeded)\b",
    )
});
/// Words that say nothing was changed.
static UNCHANGED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:no|without(?: any)?|not a) (?:\w+ )?(?:changes?|deploy\w*|releases?)\b|\bun(?:changed|touched)\b|\bnothing (?:was |had been |has been |is )?(?:changed|deployed|released|touched)\b",
    )
});
static ACTION: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:investigat\w*|roll(?:ed|ing)? ?back|revert\w*|attempt\w*|re-?run|cordon\w*|restart\w*|scaled?|verif\w+|mitigat\w*|war room|decid\w+|decision|mail sent|communicat\w*|culled|drained|toggl\w+|manual\w*|bumped|planned|(?:pipeline|job|build) (?:re-?)?(?:triggered|started)|(?:is|are|was|were) being (?:run|executed)|(?:failed|faulty|broken|bad|unhealthy|stuck|dead)(?: \w+){1,2} (?:was |were )?(?:terminated|evicted|rebooted|drained))\b",
    )
});
static SYMPTOM: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:fail\w*|errors?|down|drops?|dropped|unavailable|timeouts?|timed out|stuck|tim(?:e|es|ed|ing) out|zero|40[0-9]|refus\w*|reject\w*|bounc\w+|hang(?:s|ing)?|reaches 0|degrad\w*|crash\w*|oomkilled|notready|not ready|slow|spike\w*|5\d\d|5xx|exhaust\w*|unreachable|killed|no nodes|dipped|issue|can(?:'|’)?t|cannot|could not|couldn(?:'|’)t|(?:do|does|did)(?:n(?:'|’)t| not) (?:resolve|answer|work|start|run|load|respond)|answers nothing|no longer answers?|stop(?:s|ped) answering|servfail|pending|time-?outs?|denied|throttl\w*|fall(?:s)? behind|overflow\w*|twice)\b",
    )
});

/// The words say that nothing was changed.
pub fn says_unchanged(text: &str) -> bool {
    UNCHANGED.as_ref().is_some_and(|r| r.is_match(text))
}

/// `400 students`: so many of something.
fn is_count(text: &str, at: std::ops::Range<usize>) -> bool {
    const ANSWERS: &[&str] = &["errors", "responses", "codes", "answers", "status"];
    let figure = text.get(at.clone()).is_some_and(|t| t.bytes().all(|b| b.is_ascii_digit()));
    let next = text.get(at.end..).and_then(|t| t.strip_prefix(' ')).and_then(|t| t.split([' ', ',', '.']).next());
    figure && next.is_some_and(|w| w.len() > 3 && w.ends_with('s') && !ANSWERS.contains(&w.to_lowercase().as_str()))
}

/// `the reporting laptop`, `reporting-db`: what makes reports, and no report.
fn is_for_reports(text: &str, at: std::ops::Range<usize>) -> bool {
    const MAKES: &str = "laptop service team job jobs database db tool api replica system server pipeline query queries \
        user cluster script dashboard warehouse";
    // a noun phrase that it opens or stands in: behind a subject it is the verb
    const BEFORE: &str = "the a an our their its this that of on in for from to by with new old nightly daily weekly \
        monthly internal and or";
    let before = text.get(..at.start).unwrap_or("");
    let last = before.split_whitespace().next_back().unwrap_or("");
    let opens = last.is_empty()
        || last.ends_with([':', '-', '–', '—', '|', '.', ';', ','])
        || BEFORE.split_ascii_whitespace().any(|w| last.eq_ignore_ascii_case(w));
    let word = opens && text.get(at.clone()).is_some_and(|w| w.eq_ignore_ascii_case("reporting"));
    let behind = text.get(at.end..).and_then(|t| t.split(|c: char| !c.is_alphanumeric()).nth(1)).unwrap_or("");
    word && MAKES.split_ascii_whitespace().any(|w| behind.eq_ignore_ascii_case(w))
}

/// What a row tells of. A change that is made in answer to the trouble is an action: `reacting` says
/// that the trouble was already known.
pub fn kind_of_row(text: &str, reacting: bool) -> RowKind {
    let text = &*main_clause(text);
    let kind = kind_of_clause(text, reacting);
    // `scaled down due to the flood of pods` tells what was done: the reason is no row of its own
    if matches!(kind, RowKind::Alert | RowKind::Change | RowKind::Action) {
        let done = without_reasons(text).map(|t| kind_of_clause(&t, reacting));
        return done.filter(|k| *k != RowKind::Note).unwrap_or(kind);
    }
    kind
}

fn kind_of_clause(text: &str, reacting: bool) -> RowKind {
    let is = |r: &LazyLock<Option<Regex>>| r.as_ref().is_some_and(|r| r.is_match(text));
    // `no notice in the channel` is none
    let noticed = || {
        // `an issue with no traffic detected`: the traffic is denied, and not the notice
        let said = text.replace(" with no ", " with a  ");
        let mut all = ALERT.iter().flat_map(|r| r.find_iter(&said));
        all.any(|m| {
            !is_denied(&said, m.start()) && !is_for_reports(&said, m.range()) && !goes_on_from(&said, m.range())
        })
    };
    // `could not be created` and `did not take effect` changed nothing, and `400 students` is no answer of a server
    let changed = || {
        let mut all = CHANGE.iter().flat_map(|r| r.find_iter(text));
        all.any(|m| !is_denied(text, m.start()) && !came_to_nothing(text, m.end()))
    };
    let shown = || SYMPTOM.iter().flat_map(|r| r.find_iter(text)).any(|m| !is_count(text, m.range()));
    if is(&CAUSE) {
        RowKind::Cause
    } else if is(&RECOVERY) {
        RowKind::Recovery
    } else if is(&ALERT) && is(&WELL) && !shown() {
        RowKind::Note
    } else if noticed() {
        RowKind::Alert
    } else if acts(text) && (reacting || !changed()) {
        RowKind::Action
    } else if changed() && !says_unchanged(text) {
        if reacting { RowKind::Action } else { RowKind::Change }
    } else if shown() {
        RowKind::Symptom
    } else {
        RowKind::Note
    }
}

/// `The rollout is run. The controller detects this and …`: what was just told, met by a part of the same story.
fn goes_on_from(text: &str, at: std::ops::Range<usize>) -> bool {
    let later = text.get(..at.start).is_some_and(|t| t.contains(". "));
    let detects = text.get(at.clone()).is_some_and(|w| {
        let word = w.to_ascii_lowercase();
        word.starts_with("detect") || word.starts_with("notice")
    });
    let next = text.get(at.end..).and_then(|t| t.split(|c: char| !c.is_alphanumeric()).find(|w| !w.is_empty()));
    later && detects && next.is_some_and(|w| ["this", "that", "it"].iter().any(|p| w.eq_ignore_ascii_case(p)))
}

/// True where the words behind a change say that it had no effect.
fn came_to_nothing(text: &str, from: usize) -> bool {
    static NOTHING: LazyLock<Option<Regex>> = LazyLock::new(|| {
        pattern(
            r"(?i)^[^.;:,]{0,24}\b(?:(?:did(?:n['’]t| not)|never) (?:take effect|apply|go (?:out|live|through)|happen|complete|get applied)|(?:was|were) (?:not|never) (?:applied|deployed|rolled out|released))\b",
        )
    });
    text.get(from..).is_some_and(|t| NOTHING.as_ref().is_some_and(|r| r.is_match(t)))
}

/// The text without what it gives as a reason: from `due to` to the end of the clause or to the verb of the
/// sentence that it stands in. Nothing where it gives none.
fn without_reasons(text: &str) -> Option<String> {
    static REASON: LazyLock<Option<Regex>> =
        LazyLock::new(|| pattern(r"(?i)\b(?:due to|because of|owing to|caused by|as a result of)\b"));
    static ENDS: LazyLock<Option<Regex>> =
        LazyLock::new(|| pattern(r"(?i)\. |; |, | [–—] | (?:is|are|was|were|has|have|had) "));
    let at = REASON.as_ref()?.find(text).map(|m| m.start()).filter(|at| *at > 0)?;
    let (said, reason) = text.split_at_checked(at)?;
    let end = ENDS.as_ref()?.find(reason).map_or(reason.len(), |m| m.start());
    let rest = reason.get(end..)?;
    Some(format!("{}{rest}", said.trim_end()))
}

/// What a row says itself: behind `despite`, `although` and `to resolve` stands, up to the end of that clause,
/// what it is done in spite of, or for.
fn main_clause(text: &str) -> std::borrow::Cow<'_, str> {
    static ASIDE: LazyLock<Option<Regex>> = LazyLock::new(|| {
        pattern(r"(?i)\b(?:despite|although|even though|in order to|to (?:resolve|fix|clear|investigate|mitigate))\b")
    });
    const ENDS: [&str; 5] = [". ", "; ", ", ", " – ", " — "];
    const GOES_ON: &str = "which who whose where that as because since when and or";
    let Some(at) = ASIDE.as_ref().and_then(|r| r.find(text)).map(|m| m.start()).filter(|at| *at > 0) else {
        return text.into();
    };
    let (said, aside) = text.split_at_checked(at).unwrap_or((text, ""));
    let mut marks: Vec<(usize, &str)> = ENDS.iter().flat_map(|end| aside.match_indices(end)).collect();
    marks.sort_unstable();
    let own = |(at, mark): &(usize, &str)| {
        let next = aside.get(at + mark.len()..).and_then(|t| t.split(|c: char| !c.is_alphanumeric()).next());
        *mark != ", " || !next.is_some_and(|w| GOES_ON.split_ascii_whitespace().any(|g| g.eq_ignore_ascii_case(w)))
    };
    match marks.into_iter().find(own).and_then(|(at, _)| aside.get(at..)) {
        Some(rest) => format!("{}{rest}", said.trim_end()).into(),
        None => said.into(),
    }
}

/// True where something is done; `the cordoned nodes` are only called so.
fn acts(text: &str) -> bool {
    let called = |m: &regex::Match<'_>| {
        m.as_str().ends_with("ed")
            && text.get(..m.start()).is_some_and(|t| t.to_ascii_lowercase().ends_with("the "))
            && text.get(m.end()..).is_some_and(|t| t.starts_with(' '))
    };
    ACTION.iter().flat_map(|r| r.find_iter(text)).any(|m| !called(&m))
}

/// Sentences that say what was acted on, the plainest first; each has one group.
static ACTED: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    [
        r"(?i)\b(?:to|with|by) (?:the |a )?(?:new|other|replacement) ([A-Za-z][\w-]+)",
        r"\b[Aa]pplied (?:the |a )?(?:\w+ive |new |faulty |broken )?([A-Z][\w-]+)",
        r"\b([A-Za-z][\w-]+) changes? (?:\w+ )?(?:applied|deployed|rolled out)",
        r"(?i)\b(?:upgrade|update|change|migration|rollout|deployment|deploy|release) (?:to|of|in) (?:the |our )?([A-Za-z][\w-]+(?: (?:certificate|controller|table|pool|group|cluster|template))?)",
        r"(?i)\b(?:upgrading|updating|migrating|deploying|restarting|deleting) (?:the |our )?([a-z][\w-]+)",
        r"\b([a-z][\w-]+) (?:had been|has been|was|were|is|are) (?:set|changed|switched|updated|upgraded|moved|removed|destroyed|deleted|retired|enabled|disabled)",
        r"\b([A-Z][\w-]+)(?: [Tt]eam)? (?:have )?(?:increased|changed|deployed|enabled|scaled|introduced|requested)",
        r"\binstance (i-[0-9a-f]{8,})",
    ]
    .iter()
    .filter_map(|p| crate::domain::pattern::compile(p).ok())
    .collect()
});

static AUTHOR: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(
        r"^\W*(?:[A-Za-z][\w.-]{1,24} \d{1,2}:\d\d(?::\d\d)?: |(?:\d{4}-\d\d-\d\d[ T]|\d{1,2}\.\d{1,2}\.\d{4},? )?\d{1,2}:\d\d(?::\d\d)?Z?\b[\s|\]):*—–-]*(?:(?:UTC|[A-Z]{2,3}S?T)\b[\s|\]):*—–-]*)?)",
    )
});

/// What a sentence of prose says was acted on, else what it is about.
pub fn acted_on(text: &str) -> Option<String> {
    // who said it in a chat, or when, is not what it is about
    let text = text.get(AUTHOR.as_ref().and_then(|r| r.find(text)).map_or(0, |m| m.end())..).unwrap_or(text);
    for pattern in ACTED.iter() {
        for m in pattern.captures_iter(text).filter_map(|c| c.get(1)) {
            let word = m.as_str();
            // "route table associations were removed": a common noun; what they belong to stands before
            let common = word.ends_with('s') && !word.contains('-') && word.chars().all(|c| c.is_ascii_lowercase());
            if common && let Some(owner) = text.get(..m.start()).and_then(naming::noun_in).filter(|n| !is_vague(n)) {
                return Some(owner);
            }
            if naming::is_name(&word.replace(' ', "-")) && !is_vague(word) {
                // `to the new namespace visits-prod2`: the one that is named
                let named = text.get(m.end()..).and_then(|t| t.split_whitespace().next());
                let own = named.map(|w| w.trim_end_matches(['.', ',', ';', ':', ')'])).filter(|w| w.contains('-'));
                let sort = matches!(
                    word,
                    "namespace" | "cluster" | "pool" | "server" | "host" | "account" | "bucket" | "node"
                );
                return Some(own.filter(|w| sort && naming::is_name(w)).unwrap_or(word).to_owned());
            }
        }
    }
    let noun = naming::noun_in(text).filter(|n| !is_vague(n));
    // a capital that merely begins the sentence makes no name: then its grammar says what it is about
    let begins = |n: &String| {
        let start = text.trim_start_matches(|c: char| !c.is_alphanumeric()).starts_with(n.as_str());
        start && n.bytes().skip(1).all(|b| b.is_ascii_lowercase()) && !super::story::is_subject(text, n)
    };
    match noun {
        Some(n) if begins(&n) => super::story::thing_in(text).filter(|n| !is_vague(n)),
        noun => noun,
    }
}

static PLACE: LazyLock<Option<Regex>> =
    LazyLock::new(|| pattern(r"(?i)\bon (?:the |this |that |another |one )?(node|host|server|instance|cluster)s?\b"));

/// `on the node`: the sort of place a sentence blames where it gives no name.
pub fn place_in(text: &str) -> Option<String> {
    PLACE.as_ref()?.captures(text)?.get(1).map(|m| m.as_str().to_lowercase())
}

static ENVIRONMENT: LazyLock<Option<Regex>> = LazyLock::new(|| pattern(r"(?i)\b(production|staging|live)\b"));

/// The environment that a sentence names.
pub fn environment_in(text: &str) -> Option<String> {
    ENVIRONMENT.as_ref()?.captures(text)?.get(1).map(|m| m.as_str().to_lowercase())
}

static PART: LazyLock<Option<Regex>> =
    LazyLock::new(|| pattern(r"\b([A-Za-z][A-Za-z-]{2,}) (?:logs?|pods?|service|deployment|controller|ingress\w*)\b"));

/// The component that a text names most often before `pod`, `logs`, `service` ….
pub fn component_in(text: &str) -> Option<String> {
    const NOT: &[&str] = &[
        "user",
        "build",
        "running",
        "stuck",
        "container",
        "error",
        "new",
        "cloudwatch",
        "kubectl",
        "docker",
        "read",
        "scrape",
        "access",
        "metric",
        "success",
        "space",
        "indicating",
        "showing",
        "saying",
        "stating",
        "reporting",
        "confirming",
        "including",
        "causing",
        "affecting",
        "restoring",
        "regarding",
        "duplicate",
    ];
    let mut counts: Vec<(String, u32)> = Vec::new();
    // the words of a command line (`kubectl get pods`) are nobody's name
    let told = text.lines().filter(|line| !line.trim_start().starts_with("$ "));
    for m in told.flat_map(|line| PART.iter().flat_map(move |r| r.captures_iter(line))).filter_map(|c| c.get(1)) {
        let word = m.as_str().to_lowercase();
        if is_vague(&word) || NOT.contains(&word.as_str()) {
            continue;
        }
        match counts.iter_mut().find(|(w, _)| *w == word) {
            Some((_, n)) => *n += 1,
            None => counts.push((word, 1)),
        }
    }
    let most = counts.iter().map(|(_, n)| *n).max()?;
    counts.into_iter().find(|(_, n)| *n == most).map(|(w, _)| w)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_told_by_its_verb() {
        assert_eq!(kind_of_row("Gateway config applied to all regions", false), RowKind::Change);
        assert_eq!(kind_of_row("Gateway config applied to all regions", true), RowKind::Action);
        assert_eq!(kind_of_row("Users reporting timeouts", false), RowKind::Alert);
        assert_eq!(kind_of_row("Success rate drops to 12%", false), RowKind::Symptom);
        assert_eq!(kind_of_row("Service restored", true), RowKind::Recovery);
        assert_eq!(kind_of_row("Fault occurs", false), RowKind::Cause);
        assert_eq!(kind_of_row("A course with 400 students begins", false), RowKind::Note);
        assert_eq!(kind_of_row("The new index could not be created", false), RowKind::Symptom);
        assert_eq!(kind_of_row("Customers see sold-out items", false), RowKind::Alert);
        assert_eq!(kind_of_row("QA reports that everything looks good", false), RowKind::Note);
        assert_eq!(kind_of_row("Smoke tests passed, reported in the channel", true), RowKind::Note);
        assert_eq!(kind_of_row("Tests passed, yet users report errors", true), RowKind::Alert);
        assert_eq!(kind_of_row("Drained the host, although it had recovered by then", false), RowKind::Action);
        assert_eq!(kind_of_row("Both of the drained hosts were a week old", false), RowKind::Note);
        assert_eq!(kind_of_row("Pods restarted to clear the lock. Service restored at 10:40", true), RowKind::Recovery);
        assert_eq!(kind_of_row("Fix deployed to resolve the leak, checkout recovered", true), RowKind::Recovery);
        assert_eq!(kind_of_row("Drained to fix the host, which had recovered before", true), RowKind::Action);
        for reported in
            ["customers reporting API errors", "Support reporting query failures", "users are reporting job errors"]
        {
            assert_eq!(kind_of_row(reported, false), RowKind::Alert, "{reported}");
        }
        for thing in ["The reporting job fails", "Reporting database is slow", "errors of the reporting service"] {
            assert_eq!(kind_of_row(thing, false), RowKind::Symptom, "{thing}");
        }
        assert_eq!(kind_of_row("Pipeline triggered to resolve an issue with the dashboard", false), RowKind::Action);
    }

    #[test]
    fn a_reason_and_what_came_to_nothing_make_no_row_of_their_own() {
        let kind = |text: &str| kind_of_row(text, true);
        assert_eq!(kind("Some hosts that came due to the flood of jobs are cordoned for the scaler"), RowKind::Action);
        assert_eq!(
            kind("Job run failed due to an update of the csi driver, meaning the proxy change did not take effect"),
            RowKind::Symptom
        );
        assert_eq!(kind("Proxy change was applied because of the audit"), RowKind::Action);
        assert_eq!(kind("Users report errors due to the new release"), RowKind::Alert);
        assert_eq!(
            kind("The pipeline is being run. The controller detects this, and sets the size to 3"),
            RowKind::Action
        );
        assert_eq!(kind("The pipeline is run. Monitoring detects errors"), RowKind::Alert);
        assert_eq!(kind("Issue with no inbound traffic detected"), RowKind::Alert);
        assert_eq!(kind("no errors detected"), kind_of_row("no errors", true));
        assert_eq!(kind("Failed host terminated"), RowKind::Action);
        assert_eq!(kind("Confirmed that expected behaviour appeared resumed"), RowKind::Recovery);
    }

    #[test]
    fn what_was_acted_on_is_the_object_of_the_change() {
        assert_eq!(acted_on("Balancers were updated to route to the new Envoy proxy").as_deref(), Some("Envoy"));
        assert_eq!(acted_on("After an upgrade of the Haproxy chart").as_deref(), Some("Haproxy"));
        assert_eq!(acted_on("Rollover began and crio had been set by accident").as_deref(), Some("crio"));
        assert_eq!(place_in("no space messages on the node at that time").as_deref(), Some("node"));
    }
}
