//! The thing that a sentence of prose is about, by its grammar: the noun before the verb, or, where a
//! person acts, what he acts on; of `the quota of the maps API` it is the API. No parser: a few rules
//! over words, and no answer where they do not fit.

use super::vague::is_vague;
use crate::analyst::naming;
use crate::analyst::records::is_record;

/// Words that end a noun phrase.
const BREAKS: &str = "of in on for to from with at between by into after before during via under over across without until \
    that which who where because as and or when while so but then than not about since again back also \
    now still through against onto per down up off out due is are was were";
/// Prepositions after which the owner of a part stands.
const OF: &str = "of in for to on from with at";
/// Words before a noun that are not part of its name.
const LEADS: &str = "the a an our their its his her all some several many most one first last new old newly production \
    staging automatic managed daily nightly weekly routine faulty broken bad wrong every each any this \
    that these those both two three four few other another entire whole current recent core main \
    affected more only scheduled disruptive updated upgraded primary multiple numerous various duplicate";
/// Nouns that name a part, a measure or an event: the thing is what they are of.
const PARTS: &str = "rule rules group setting settings configuration config version release upgrade update migration \
    rollout deployment deploy restart maintenance quota number rate cpu memory latency bug failure \
    outage issue problem error errors fault certificate key keys token password record records \
    consumption usage load ratio change changes rebalancing rotation one part limit timeout role roles \
    permission permissions failover switchover promotion size count leak loss lot half third renewal \
    statement apply dmesg kubectl log logs console dashboard dashboards graph metrics output minute minutes hour \
    support everything nothing requests request visits sessions logins traffic script \
    cause reason fix result time day morning night impact cleanup clock clocks disk disks filesystem heap licence \
    license subscription battery fan";
/// Nouns that are dropped where a thing's name stands before them.
const TAILS: &str = "key keys token tokens certificate password quota account upgrade update release deployment \
    deploy rollout migration restart maintenance outage failure change changes rotation renewal firmware software \
    version bug configuration config settings rev revision build pod pods replica replicas length depth latency \
    throughput p95 p99";
/// Who acts, and is not the thing.
const PEOPLE: &str = "we i he she they it engineer engineers team teams somebody someone operator manager developer \
    developers customer customers user users colleague on-call oncall support who nobody everyone admin \
    admins partner partners person persons nobody finance marketing people members member monitoring alert alarm there sre producers clients callers students visitors";
const VERBS: &str = "is are was were has had have be will would can could cannot did does do starts begins fails drops \
    loses expires answers stops rises goes keeps becomes gets sees reaches promotes reboots uses finds \
    takes turns pushes sends asks shows raises hangs crashes returns serves hits brings misses leaves \
    comes gives breaks makes retries acknowledges triggers removes deletes announces applies reads began \
    went fell lost found saw got became ran took kept broke came gave left grew rose sent made falls \
    grows runs needs wants stay stays join joins flushes drifts walks floods overloads switches enables \
    disables sets changes moves restarts dies died sits cannot refuses rejects blocks fills merges \
    deploys rolls adds lowers confirms cuts increases doubles spikes says logs trips cut lose carry climb climbs \
    jumps hears writes wrote purges cleans releases ships creates withdraws ends stop fail pages \
    points skips charges reboot answer hit put threw throws sees ran hold holds pulls pulled";
/// Participles of irregular verbs, which say what was done to a thing.
const DONE: &str = "withdrawn taken put cut sent made built thrown torn broken lost left run begun done given written \
    brought bought kept held let set shut split spread stuck told torn won worn rebuilt overwritten undone drawn \
    frozen hidden driven eaten fallen forgotten grown known seen shown stolen swept";

/// One word with what stood around it.
struct Word<'t> {
    text: &'t str,
    /// A mark after it ends the phrase.
    ends: bool,
}

fn words(text: &str) -> Vec<Word<'_>> {
    text.split_whitespace()
        .map(|raw| {
            let text = raw.trim_matches(|c: char| !c.is_alphanumeric() && c != '`' && c != '/');
            Word { text, ends: raw.ends_with([',', ';', ':', '.', ')', '—', '–']) || text.is_empty() }
        })
        .collect()
}

/// The word is a verb of the list: what stands behind it is another phrase.
pub fn acts(word: &str) -> bool {
    in_list(VERBS, word)
}

/// The word is of people.
pub fn is_people(word: &str) -> bool {
    in_list(PEOPLE, word)
}

/// The word is one of those of the list, which are apart by blanks.
fn in_list(list: &str, word: &str) -> bool {
    !word.is_empty() && list.split_ascii_whitespace().any(|w| w.eq_ignore_ascii_case(word))
}

/// A participle that is said of a thing, and not one before a noun.
fn is_verb(all: &[Word<'_>], i: usize) -> bool {
    let Some(w) = all.get(i) else { return false };
    if in_list(VERBS, w.text) {
        return true;
    }
    let lower = w.text.to_ascii_lowercase();
    let participle =
        lower.len() > 4 && !lower.contains('-') && (lower.ends_with("ed") || lower == "reset") || in_list(DONE, &lower);
    let next = all.get(i + 1).map(|n| n.text);
    participle && (w.ends || next.is_none_or(|n| in_list(BREAKS, n) || in_list(LEADS, n) || n.ends_with("ly")))
}

/// The thing that the sentence is about; `None` where no rule finds one.
pub fn thing_in(sentence: &str) -> Option<String> {
    let text = without_opening(sentence);
    if let Some(seen) = seen_by_people(text) {
        return thing_in(seen);
    }
    let all = words(text);
    let verb = (0..all.len().min(14)).find(|i| is_verb(&all, *i));
    let acts = |p: &[Word<'_>]| p.is_empty() || p.iter().any(|w| in_list(PEOPLE, w.text));
    let before = verb.and_then(|v| all.get(..v)).unwrap_or(&[]);
    let before = before.iter().position(|w| w.ends).and_then(|end| before.get(..=end)).unwrap_or(before);
    let by_somebody = verb.is_some_and(|v| is_somebody(before, all.get(v).map_or("", |w| w.text)));
    if !acts(before)
        && !by_somebody
        && let Some(thing) = resolved(before)
    {
        return Some(thing);
    }
    let mut from = verb? + 1;
    const SKIPPED: &str = "on off up out down in to from been be not being also again";
    while all.get(from).is_some_and(|w| in_list(SKIPPED, w.text) || is_verb(&all, from)) {
        from += 1;
    }
    let object = resolved(all.get(from..)?)?;
    // an event is no thing: the one that it is done to is named behind it
    let is_event = object.rsplit(' ').next().is_some_and(|w| in_list(PARTS, w));
    let done_to = || {
        all.get(from..)?.windows(2).find_map(|w| match w {
            [of, name] if in_list(OF, of.text) => named(name.text),
            _ => None,
        })
    };
    Some(is_event.then(done_to).flatten().unwrap_or(object))
}

/// `Frauke changed a rule`: one word with a capital that does what people do to things. A name that the trade
/// knows or that has a figure or a hyphen in it, and what is called after what it does, is no somebody.
fn is_somebody(before: &[Word<'_>], verb: &str) -> bool {
    const DONE_BY: &str = "changed edited added removed deleted deployed pushed merged ran started enabled disabled raised \
        lowered turned set withdrew applied upgraded restarted moved raises changes edits adds removes deletes deploys \
        pushes merges runs enables disables turns sets applies switches switched flips flipped took takes";
    let [one] = before else { return false };
    let name = one.text;
    let plain = name.len() > 2
        && name.chars().next().is_some_and(char::is_uppercase)
        && name.chars().skip(1).all(char::is_lowercase);
    plain
        && in_list(DONE_BY, verb)
        && !["er", "or", "ion", "ing", "ment"].iter().any(|end| name.ends_with(end))
        && super::components::component_in(name).is_none()
        && !is_vague(name)
}

/// The named owner of a part at the front of the words: `a full disk on db-1`, `the certificate of the api-gw
/// had expired`. Only a name by its form counts.
pub fn owner_in(words_of: &str) -> Option<String> {
    let all = words(words_of);
    let of = all.iter().take(7).position(|w| in_list(OF, w.text))?;
    let part = all.get(..of)?;
    let is_part = part.iter().any(|w| in_list(PARTS, w.text) || in_list(TAILS, w.text));
    let plain = !part.iter().any(|w| w.ends || in_list(PEOPLE, w.text)) && !(0..of).any(|i| is_verb(&all, i));
    let mut behind = all.get(of + 1..)?.iter().skip_while(|w| in_list(LEADS, w.text));
    behind.next().filter(|_| is_part && plain).and_then(|w| named(w.text))
}

/// The first word of the text that is a name by its form.
pub fn name_in(text: &str) -> Option<String> {
    words(text).iter().find_map(|w| named(w.text))
}

/// `Somebody notices that …`: what stands after `that` is the sentence.
fn seen_by_people(text: &str) -> Option<&str> {
    let (who, seen) = text.split_once(" that ")?;
    let mut all = who.split_whitespace();
    // nothing but a person notices
    let notices = |w: &str| in_list("notices notice noticed realises realizes realised realized", w);
    let person = all.clone().any(|w| in_list(PEOPLE, w.trim_matches('.')) || notices(w));
    let senses = |w: &str| {
        in_list("notices notice noticed sees saw finds found realises realizes realised spots spotted says", w)
    };
    (person && all.clone().count() <= 4 && all.any(senses) && seen.split_whitespace().count() >= 4).then_some(seen)
}

/// True when the word stands alone before the sentence's verb: it is what the sentence is about.
pub fn is_subject(sentence: &str, word: &str) -> bool {
    let all = words(sentence);
    all.first().is_some_and(|w| w.text == word && (w.ends || is_verb(&all, 1)))
}

/// The sentence without what merely says when: `After the upgrade, …`, `At 13:22 …`.
fn without_opening(sentence: &str) -> &str {
    let mut text = sentence.trim_start_matches(|c: char| !c.is_alphanumeric() && c != '`');
    for joint in ["though ", "so ", "then ", "also ", "however ", "and ", "but ", "because "] {
        text = text.strip_prefix(joint).unwrap_or(text);
    }
    let opening = "at on by since when while during in from";
    for _ in 0..4 {
        let Some((before, rest)) = text.split_once(", ") else { break };
        let first = before.split_whitespace().next().unwrap_or("");
        let opens =
            (in_list(opening, first) && before.len() < 60) || (before.len() < ADVERBIAL && is_adverbial(before));
        if !opens || rest.len() < 12 {
            break;
        }
        text = rest;
    }
    if !in_list(opening, text.split_whitespace().next().unwrap_or("")) {
        return text;
    }
    let clock = |w: &str| w.contains(':') && w.bytes().any(|b| b.is_ascii_digit());
    let mut rest = text;
    let mut seen = false;
    for word in text.split_whitespace().take(10) {
        let (_, after) = rest.split_once(word).unwrap_or(("", rest));
        let zone = seen && word.bytes().all(|b| b.is_ascii_uppercase()) && word.len() >= 3;
        if seen && !zone {
            break;
        }
        seen |= clock(word);
        rest = after.trim_start();
    }
    if seen { rest } else { text }
}

/// The longest group of words before a comma that merely says when or how.
const ADVERBIAL: usize = 48;

/// `Shortly before`, `ten minutes later`, `unfortunately`: it says when or how, and of nothing.
fn is_adverbial(words: &str) -> bool {
    const LAST: &str =
        "later before after afterwards then meanwhile earlier first however instead again soon finally time";
    let when =
        |w: &str| w.bytes().any(|b| b.is_ascii_digit()) || (w.len() >= 3 && w.bytes().all(|b| b.is_ascii_uppercase()));
    if words.split_whitespace().all(when) {
        return true;
    }
    let mut all = words.split_whitespace();
    let (Some(first), last) = (all.next(), words.split_whitespace().next_back()) else { return false };
    let first = first.to_ascii_lowercase();
    (first.len() > 4 && first.ends_with("ly") && all.count() < 3) || last.is_some_and(|w| in_list(LAST, w))
}

/// The thing of a noun phrase: its name, else its noun; of a part or a measure, what it is of.
fn resolved(words: &[Word<'_>]) -> Option<String> {
    let mut start = 0;
    let mut one_of = false;
    for _ in 0..3 {
        let rest = words.get(start..)?;
        one_of |= rest.first().is_some_and(|w| w.text.eq_ignore_ascii_case("one"));
        let mut end = 0;
        while let Some(w) = rest.get(end) {
            if in_list(BREAKS, w.text) || (end > 0 && is_verb(rest, end)) {
                break;
            }
            end += 1;
            if w.ends {
                break;
            }
        }
        let phrase = rest.get(..end)?;
        // a named rule of a thing: the thing
        let part_of = rest.get(end).is_some_and(|w| w.text == "of") && phrase.iter().any(|w| in_list(PARTS, w.text));
        if !part_of && let Some(name) = phrase.iter().find_map(|w| named(w.text)) {
            return Some(name);
        }
        let mut nouns: Vec<&str> = phrase
            .iter()
            .map(|w| w.text)
            .filter(|w| !is_record(w) && !naming::names_nothing(w.trim_matches('`')))
            .skip_while(|w| in_list(LEADS, w) || is_figure(w))
            .collect();
        while nouns.last().is_some_and(|w| is_figure(w) || w.is_empty()) {
            nouns.pop();
        }
        let head = nouns.last().copied().or_else(|| phrase.last().map(|w| w.text));
        // `date` on idp-2: what was typed shows the thing it was typed on
        let typed = nouns.is_empty() && phrase.last().is_some_and(|w| naming::names_nothing(w.text.trim_matches('`')));
        let joined = rest.get(end).is_some_and(|w| in_list(OF, w.text));
        if joined
            && !phrase.last().is_some_and(|w| w.ends)
            && (part_of || typed || head.is_none_or(|h| in_list(PARTS, h)))
        {
            start += end + 1;
            continue;
        }
        let thing = plain(&nouns)?;
        return Some(if one_of { thing.strip_suffix('s').unwrap_or(&thing).to_owned() } else { thing });
    }
    None
}

fn is_figure(word: &str) -> bool {
    let rest = word.strip_prefix('v').unwrap_or(word);
    rest.starts_with(|c: char| c.is_ascii_digit())
}

/// `OOM-killed`, `load-related`: what was done to a thing, or of what sort it is.
fn is_sort(word: &str) -> bool {
    const ENDS: &str = "killed related based facing triggered driven wide backed like aware sided induced caused free";
    word.rsplit_once('-').is_some_and(|(_, end)| in_list(ENDS, end))
}

/// `simultaneously`: it says how, and of nothing. A few nouns end so.
fn is_adverb(word: &str) -> bool {
    const NOUNS: &str = "family assembly supply reply anomaly assembly monopoly butterfly";
    word.len() > 6 && word.ends_with("ly") && word.bytes().all(|b| b.is_ascii_lowercase()) && !in_list(NOUNS, word)
}

/// A word that is a name by its form: in back quotes, with a hyphen, a dot or a figure in it.
fn named(word: &str) -> Option<String> {
    let quoted = word.starts_with('`');
    let bare = word.trim_matches('`');
    let letters = bare.bytes().filter(u8::is_ascii_alphabetic).count();
    let formed = bare.contains(['-', '.', '_']) || bare.bytes().any(|b| b.is_ascii_digit());
    if naming::is_error_word(bare) || bare.contains(':') {
        return image_in(bare);
    }
    if naming::names_nothing(bare) {
        return None;
    }
    let hyphenated_word = bare.split('-').count() == 2 && (is_sort(bare) || in_list(NOT_NAMES, bare));
    let is = quoted || (formed && letters >= 2 && !is_figure(bare) && !hyphenated_word && !bare.contains('/'));
    (is && naming::is_name(bare) && !is_record(bare)).then(|| {
        // `sw-core-1`: a number of its own is part of a name, a pod's suffix is not
        let owner = naming::workload(bare);
        if owner.len() + 3 >= bare.len() { bare.to_owned() } else { owner }
    })
}

/// `edu/notebook:2021.05` is an image: its own name.
fn image_in(word: &str) -> Option<String> {
    let (path, tag) = word.rsplit_once(':')?;
    let name = path.rsplit('/').next().filter(|_| path.contains('/') && !path.starts_with('/'))?;
    let tagged = !tag.is_empty() && !tag.contains('/') && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    (tagged && naming::is_name(name)).then(|| name.to_owned())
}

/// Hyphenated words that name nothing.
const NOT_NAMES: &str = "e-mail real-time third-party follow-up clean-up back-end front-end sign-in re-run roll-back \
    read-only write-only post-mortem high-priority end-users end-user load-test full-scale";

/// Up to three plain words that name a thing.
fn plain(nouns: &[&str]) -> Option<String> {
    let mut nouns = nouns;
    while nouns.len() > 1 && nouns.last().is_some_and(|w| in_list(TAILS, w)) {
        nouns = nouns.get(..nouns.len() - 1)?;
    }
    // `CloudFront distribution`: a proper noun before common ones names it alone
    let proper = |w: &str| {
        w.len() > 2
            && w.starts_with(|c: char| c.is_ascii_uppercase())
            && w.bytes().skip(1).any(|b| b.is_ascii_lowercase())
    };
    let from = nouns.len().saturating_sub(3);
    let kept = nouns.get(from..)?;
    let last = kept.last()?;
    let general = kept.len() <= 2 && matches!(*last, "cause" | "reason" | "fix" | "result" | "impact" | "time");
    if is_adverb(last) || kept.iter().any(|w| is_sort(w)) {
        return None;
    }
    let notice = matches!(*last, "alert" | "alerts" | "alarm" | "alarms" | "notification" | "notifications");
    if general
        || notice
        || kept.iter().any(|w| in_list(PEOPLE, w))
        || (kept.len() == 1 && (is_vague(last) || in_list(PARTS, last)))
    {
        return None;
    }
    let lower_rest = kept.get(1..).is_some_and(|r| r.iter().all(|w| w.bytes().all(|b| b.is_ascii_lowercase())));
    let first = kept.first()?;
    let name = if kept.len() == 1 {
        (*last).to_owned()
    } else if nouns.len() == kept.len() && from > 0 && proper(first) && lower_rest {
        (*first).to_owned()
    } else {
        kept.join(" ")
    };
    naming::is_name(&name.replace(' ', "-")).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_cause_is_of_what_it_stands_on() {
        let told = |t: &str| owner_in(t);
        assert_eq!(told(" a full disk on db-1").as_deref(), Some("db-1"));
        assert_eq!(told("the TLS certificate of the api-gw had expired").as_deref(), Some("api-gw"));
        assert_eq!(told("the clock of sso-2 drifted").as_deref(), Some("sso-2"));
        assert_eq!(told("we looked for errors on api-gw"), None);
        assert_eq!(told("a wrong route on the way"), None);
    }

    #[test]
    fn a_sentence_is_about_the_noun_before_its_verb_or_what_a_person_acts_on() {
        for (sentence, thing) in [
            ("Harbor, our image registry, starts answering 503", "Harbor"),
            ("One of our transit providers starts to announce our prefixes", "transit provider"),
            ("The flag `new-tax-engine` is switched on for all", "new-tax-engine"),
            ("Upgrade of the production node pool started.", "node pool"),
            ("Migration of the billing database to integer cents runs.", "billing database"),
            ("Automatic failover promotes `pg-2`, which was behind", "pg-2"),
            ("the intermediate certificate of the internal CA runs out", "internal CA"),
            ("The geocoding API begins to answer 429", "geocoding API"),
            ("osd.14 reaches the full ratio of 95 %", "osd.14"),
            ("Cluster-autoscaler stops adding nodes", "Cluster-autoscaler"),
            ("thumbnailer 3.4 deployed.", "thumbnailer"),
            ("At 18:04 UTC we pushed a new configuration to our edge proxies.", "edge proxies"),
            ("Security team turns on the managed rule group of the WAF in block mode", "WAF"),
            ("The 7.2 release of the mobile app was rolled out to everyone", "mobile app"),
            ("A switch firmware upgrade cut the link between the two sites", "switch"),
            ("Shortly before, at 08:47 CET, the etcd database had reached its quota", "etcd database"),
            ("It removes the statement from the role docstore-writer", "docstore-writer"),
            ("The old key was withdrawn from the zone", "zone"),
            ("Firmware bug in core switch `sw-core-1`: it drops traffic", "sw-core-1"),
        ] {
            assert_eq!(thing_in(sentence).as_deref(), Some(thing), "{sentence}");
        }
    }

    #[test]
    fn an_event_with_a_number_is_about_what_it_is_done_to() {
        let told = "pushed the zone cleanup (CHG-4410), removes \"unused\" records from corp.example";
        assert_eq!(thing_in(told).as_deref(), Some("corp.example"));
    }

    #[test]
    fn where_nobody_and_nothing_is_named_there_is_no_thing() {
        for sentence in ["We start to look", "It was fixed", "Users report it"] {
            assert_eq!(thing_in(sentence), None, "{sentence}");
        }
    }
}
