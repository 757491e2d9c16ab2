//! A bench for the console's core: keys as strings through `update`, events applied with a fixed
//! clock, effects answered by hand. The reading of sources and the report are fixed here, so that a
//! better intake or analyst changes no screen.

use chrono::{DateTime, Duration, Utc};
use hotwash::app::keymap::parse_key;
use hotwash::app::{Desk, Effect, Input, Screen, Turn, update};
use hotwash::domain::check::{Check, Expectation, Label, Mitigation};
use hotwash::domain::report::*;
use hotwash::domain::*;
use hotwash::journal::event::{Author, Event, Record, RunContext};
use hotwash::session::Session;
use hotwash::view::{Colours, Look, draw};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;

pub const INCIDENT: &str = "\
2026-06-02T09:10:00Z deploy-bot INFO order-svc v2.4.1 rolled out, cache size 512 -> 4096
2026-06-02T09:12:00Z order-svc ERROR java.lang.OutOfMemoryError: Java heap space
2026-06-02T09:12:03Z api-gateway WARN upstream order-svc timed out after 5000 ms
2026-06-02T09:12:30Z api-gateway ERROR 503 for POST /checkout, 1,204 of 4,100 requests in 1 min
2026-06-02T09:14:00Z alertmanager FIRING CheckoutErrorRate above 20 %
";

pub struct Bench {
    pub session: Session,
    pub desk: Desk,
    pub look: Look,
    pub records: Vec<Record>,
    pub effects: Vec<Effect>,
}

impl Bench {
    pub fn new(size: (u16, u16)) -> Self {
        let look = Look::new(Some("dark"), Colours::Sixteen, false, &[]).0;
        let (session, records, effects) = Default::default();
        Self { session, desk: Desk::new("kim", size, clock()), look, records, effects }
    }

    /// A bench with the incident pasted, investigated and reported.
    pub fn investigated(size: (u16, u16)) -> Self {
        let mut bench = Self::new(size);
        bench.paste(INCIDENT);
        bench
    }

    pub fn input(&mut self, input: Input) -> Turn {
        self.desk.now += Duration::milliseconds(100);
        let turn = update(&self.session, &mut self.desk, input);
        for (by, event) in turn.events.clone() {
            self.record(by, event);
        }
        for effect in turn.effects.clone() {
            self.effects.push(effect.clone());
            self.answer(effect);
        }
        turn
    }

    pub fn record(&mut self, by: Author, event: Event) {
        let record = Record { seq: self.session.seq + 1, at: self.desk.now, by, event };
        apply(&mut self.session, &record);
        self.records.push(record);
    }

    /// What the runtime would do, at once.
    fn answer(&mut self, effect: Effect) {
        match effect {
            Effect::NewSession { title } => {
                let (id, version) = ("01900000-0000-7000-8000-000000000001".to_owned(), "0.1.0".to_owned());
                self.session = Session::default();
                self.records.clear();
                self.record(Author::Program, Event::SessionStarted { id, title, service: None, version });
                self.input(Input::Opened);
            }
            Effect::Admit { name, origin, raw } => {
                let notices = Vec::new();
                self.input(Input::Admitted { name, origin, text: raw, notices });
            }
            Effect::Investigate { run } => {
                for step in steps(&self.session) {
                    self.input(Input::Step { run, step });
                }
                let report = Box::new(report(&self.session));
                self.input(Input::Report { run, report });
                self.input(Input::Saved(self.session.seq));
            }
            Effect::Probe => {
                self.input(Input::Context(context()));
            }
            _ => {}
        }
    }

    pub fn paste(&mut self, text: &str) -> Turn {
        self.input(Input::Paste(text.into()))
    }

    /// Types keys: `j j enter`, a word in quotes is typed letter by letter: `/ 'heap' enter`.
    pub fn keys(&mut self, keys: &str) -> &mut Self {
        for word in shell_words::split(&keys.replace('\'', "\"")).unwrap() {
            match parse_key(&word).filter(|_| !keys.contains(&format!("'{word}'"))) {
                Some(key) => drop(self.input(Input::Key(key))),
                None => {
                    for c in word.chars() {
                        let name = if c == ' ' { "space".into() } else { c.to_string() };
                        self.input(Input::Key(parse_key(&name).unwrap()));
                    }
                }
            }
        }
        self
    }

    pub fn wait(&mut self, ms: i64) -> &mut Self {
        self.desk.now += Duration::milliseconds(ms);
        self.input(Input::Deadline);
        self
    }

    pub fn buffer(&self) -> Buffer {
        painted(&self.session, &self.desk, &self.look)
    }

    pub fn screen(&self) -> String {
        text(&self.buffer())
    }

    pub fn says(&self, wanted: &str) -> bool {
        self.screen().contains(wanted)
    }

    pub fn events(&self) -> Vec<&Event> {
        self.records.iter().map(|r| &r.event).collect()
    }

    pub fn runs(&self) -> Vec<&Effect> {
        self.effects.iter().filter(|e| matches!(e, Effect::Run { .. })).collect()
    }
}

pub fn painted(session: &Session, desk: &Desk, look: &Look) -> Buffer {
    let (w, h) = desk.size;
    let mut terminal = Terminal::new(TestBackend::new(w, h)).unwrap();
    terminal.draw(|frame| draw(frame, session, desk, look)).unwrap();
    terminal.backend().buffer().clone()
}

pub fn text(buffer: &Buffer) -> String {
    let w = usize::from(buffer.area.width).max(1);
    let lines = buffer.content.chunks(w).map(|row| row.iter().map(|c| c.symbol()).collect::<String>());
    lines.map(|l| l.trim_end().to_owned() + "\n").collect()
}

/// One letter per style in use, cell by cell, with the legend of what each letter is.
pub fn styles(buffer: &Buffer) -> String {
    let mut seen = Vec::new();
    let w = usize::from(buffer.area.width).max(1);
    let mut out = String::new();
    for row in buffer.content.chunks(w) {
        for cell in row {
            let style = cell.style();
            let at = seen.iter().position(|s| *s == style).unwrap_or_else(|| {
                seen.push(style);
                seen.len() - 1
            });
            out.push(char::from(b'a' + (at % 26) as u8));
        }
        out.push('\n');
    }
    for (n, s) in seen.iter().enumerate() {
        out.push_str(&format!(
            "{}: fg {:?} bg {:?} {:?}\n",
            char::from(b'a' + (n % 26) as u8),
            s.fg,
            s.bg,
            s.add_modifier
        ));
    }
    out
}

pub fn clock() -> DateTime<Utc> {
    DateTime::parse_from_rfc3339("2026-06-02T09:20:00Z").unwrap().to_utc()
}

pub fn context() -> RunContext {
    RunContext {
        directory: "/home/kim".into(),
        host: "laptop".into(),
        user: "kim".into(),
        kube: Some("prod/shop".into()),
        cloud: None,
    }
}

/// Folds a record, with the reading of a source fixed to plain lines and one notice.
pub fn apply(session: &mut Session, record: &Record) {
    session.apply(record);
    if let Event::SourceAdded { .. } = record.event {
        let reading = session.evidence.sources.last().map(|s| plain_reading(&s.text));
        if let (Some(last), Some(reading)) = (session.evidence.readings.last_mut(), reading) {
            *last = reading;
        }
    }
}

fn plain_reading(text: &str) -> Reading {
    let mut at = 0;
    let mut lines = Vec::new();
    for (n, line) in text.split_terminator('\n').enumerate() {
        let level =
            [("ERROR", Level::Error), ("WARN", Level::Warn)].iter().find(|(w, _)| line.contains(w)).map(|(_, l)| *l);
        lines.push(Line {
            no: n as u32 + 1,
            start: at,
            end: at + line.len(),
            stamp: line.split(' ').next().and_then(|s| s.parse().ok()),
            level,
            service: None,
            message: at,
            template: None,
            duplicate_of: None,
        });
        at += line.len() + 1;
    }
    let what = format!("{} lines", lines.len());
    let count = lines.len().max(1) as u64;
    Reading { lines, notices: vec![Notice { kind: NoticeKind::Lines, what, count }], ..Reading::default() }
}

/// A citation of the first place in the first source that holds these words.
pub fn cite(session: &Session, words: &str) -> Vec<Citation> {
    let Some(source) = session.evidence.sources.first() else { return Vec::new() };
    let Some(at) = source.text.find(words) else { return Vec::new() };
    vec![session.evidence.cite(Span::new(source.id, at..at + words.len()))]
}

pub fn steps(session: &Session) -> Vec<Step> {
    let step = |no, kind, tool: Option<&str>, title: &str, text: &str, words: &str| Step {
        no,
        kind,
        tool: tool.map(Into::into),
        title: title.into(),
        text: text.into(),
        citations: cite(session, words),
    };
    vec![
        step(
            1,
            StepKind::Thought,
            None,
            "One source, five lines: what changed first?",
            "What is here, and when did it change.",
            "",
        ),
        step(2, StepKind::ToolCall, Some("correlate_timeline"), "what happened when", "{\"source\":0}", ""),
        step(
            3,
            StepKind::Observation,
            Some("correlate_timeline"),
            "the first error is at 09:12",
            "09:10 rollout\n09:12 OutOfMemoryError",
            "java.lang.OutOfMemoryError",
        ),
        step(
            4,
            StepKind::Decision,
            None,
            "kept: order-svc ran out of heap",
            "A line states the reason.",
            "Java heap space",
        ),
    ]
}

pub fn report(session: &Session) -> Report {
    let c = |words: &str| cite(session, words);
    let oom =
        || Claim::quoted("order-svc failed with OutOfMemoryError at 09:12", c("OutOfMemoryError: Java heap space"));
    let hypothesis = |rank, subject: &str, kind, confidence, statement: &str| Hypothesis {
        id: format!("{subject}/{rank}"),
        rank,
        subject: subject.into(),
        subject_kind: SubjectKind::Service,
        fault_kind: kind,
        playbook: "memory_exhaustion.heap".into(),
        known_as: vec!["OOM".into()],
        confidence,
        verdict: Verdict::Proposed,
        statement: statement.into(),
        supporting: vec![oom()],
        against: vec![Claim::inferred("No heap dump was given.", Vec::new())],
        settled_by: Some("heap".into()),
    };
    let markdown = "# Postmortem: checkout errors\n\n## Impact\n\n[FILL IN: affected users]\n\n## What happened\n\norder-svc ran out of heap.\n\n[FILL IN: owner]\n";
    Report {
        format: 1,
        outcome: Conclusion::Incident,
        title: "order-svc out of memory after v2.4.1".into(),
        summary: oom(),
        severity: SeveritySheet {
            level: None,
            policy: "impact-v2".into(),
            rule: "the affected-user share is unknown".into(),
            because: vec![Claim::derived(
                "29.4 % of requests failed",
                "1204 / 4100 = 0.294",
                c("1,204 of 4,100 requests"),
            )],
            unknown: vec!["affected-user share".into()],
            would_change: vec!["an affected-user share of 50 % or more for 5 minutes: SEV1".into()],
        },
        hypotheses: vec![
            hypothesis(
                1,
                "order-svc",
                FaultKind::MemoryExhaustion,
                0.82,
                "order-svc ran out of heap after its cache grew from 512 to 4096",
            ),
            hypothesis(2, "api-gateway", FaultKind::DependencyUnavailable, 0.24, "api-gateway can't reach order-svc"),
        ],
        first_cause: Some(FirstCause { at: "2026-06-02T09:12:00Z".parse().unwrap(), what: oom() }),
        trigger: Some(Trigger {
            what: Claim::quoted("the rollout of v2.4.1", c("v2.4.1 rolled out")),
            confidence: 0.7,
        }),
        propagation: vec![Propagation {
            from: "order-svc".into(),
            to: "api-gateway".into(),
            observed: Claim::quoted("api-gateway timed out on order-svc", c("upstream order-svc timed out")),
        }],
        blast_radius: vec![BlastEntry {
            kind: "service".into(),
            name: "checkout".into(),
            impact: Claim::unsupported("checkout was down for everybody"),
        }],
        services: vec![ServiceRow {
            name: "order-svc".into(),
            role: Some("orders".into()),
            health: Health::Down,
            impact: Some(oom()),
        }],
        timeline: vec![
            TimelineRow {
                at: "2026-06-02T09:10:00Z".parse().unwrap(),
                service: Some("order-svc".into()),
                what: Claim::quoted("v2.4.1 rolled out", c("v2.4.1 rolled out")),
                kind: RowKind::Change,
            },
            TimelineRow {
                at: "2026-06-02T09:12:00Z".parse().unwrap(),
                service: Some("order-svc".into()),
                what: oom(),
                kind: RowKind::Cause,
            },
        ],
        time_to_detect: Some(TimeToDetect {
            seconds: 120.0,
            formula: "09:14:00 - 09:12:00 = 120 s".into(),
            citations: c("09:14:00Z"),
        }),
        checklist: vec![
            Check {
                id: "heap".into(),
                what: "is the heap full".into(),
                command: Some("kubectl logs -n ‹namespace› deploy/order-svc --tail 50".into()),
                blanks: vec!["namespace".into()],
                expect: "OutOfMemoryError".into(),
                rule: Some(Expectation::Contains { text: "OutOfMemoryError".into() }),
                label: Label::SafeReadOnly,
                notes: vec!["the last 50 lines only".into()],
                settles: vec![1],
                hypotheses: vec!["order-svc/1".into()],
                confirms: false,
                meanings: Vec::new(),
            },
            Check {
                id: "pods".into(),
                what: "which pods restart".into(),
                command: Some("kubectl get pods".into()),
                blanks: Vec::new(),
                expect: "restarts above 0".into(),
                rule: None,
                label: Label::SafeReadOnly,
                notes: Vec::new(),
                settles: vec![1, 2],
                hypotheses: Vec::new(),
                confirms: false,
                meanings: Vec::new(),
            },
        ],
        mitigation: vec![Mitigation {
            id: "delete".into(),
            action: "delete the failing pod".into(),
            command: Some("kubectl delete pod order-svc-7 -n shop".into()),
            blanks: Vec::new(),
            label: Label::Destructive,
            notes: Vec::new(),
            risk: "requests in flight are lost".into(),
            rollback: "none: the deployment makes a new one".into(),
            effect: None,
            verify: None,
        }],
        done: Vec::new(),
        customer_impact: vec![Claim::quoted("1,204 of 4,100 requests failed in 1 min", c("1,204 of 4,100 requests"))],
        whys: vec![Why { question: "Why did checkout fail?".into(), answer: oom() }],
        systemic_cause: Some(Claim::inferred("No limit on the cache was tested", Vec::new())),
        counterfactual: None,
        evidence: c("java.lang.OutOfMemoryError"),
        postmortem: Draft { markdown: markdown.into() },
        follow_ups: vec![FollowUp {
            what: "Limit the cache".into(),
            priority: "P1".into(),
            owner_role: "order team".into(),
        }],
        notices: Vec::new(),
        trail: Vec::new(),
        engine: EngineLine::embedded(41),
    }
}

pub fn on_home(bench: &Bench) -> bool {
    bench.desk.screen == Screen::Home
}
