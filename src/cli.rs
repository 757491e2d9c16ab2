//! The verbs: what the command line can say. Help, completions and the man page are made from this.
//!
//! It parses and nothing else; `main` chooses what a verb does.

use clap::{Args, Parser, Subcommand, ValueEnum};

/// The command line.
#[derive(Debug, Parser)]
#[command(
    name = "hotwash",
    version,
    about = "A terminal incident console: paste what you have, watch it being investigated, leave with the postmortem.",
    long_about = "A terminal incident console. Paste alerts, logs, kubectl output, deploy notes or chat; watch the \
                  investigation; weigh the hypotheses, each tied to the lines that say so; run checks that you \
                  approve; edit and export the postmortem.\n\nWithout a verb: the saved sessions, and a place to paste.",
    after_help = "Exit codes: 0 success; 1 the thing asked about does not hold; 2 wrong usage or unreadable input."
)]
pub struct Cli {
    /// What to do; without one, the console opens on the saved sessions.
    #[command(subcommand)]
    pub verb: Option<Verb>,
}

/// The verbs. Names and flags are a contract with scripts.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// A new session with this context, investigated at once, in the console.
    New(New),
    /// Go on with a saved session.
    Open {
        /// The session's id, the beginning or end of it, or its folder.
        session: String,
        /// The language of what is investigated from now on (default: the setting `lang`).
        #[arg(long, value_name = "LANGUAGE")]
        lang: Option<String>,
    },
    /// Look through a saved session step by step; changes nothing.
    Review {
        /// The session's id, the beginning or end of it, or its folder.
        session: String,
        /// Where to stand first: a record's number, or a time (`09:20`, `2026-06-02T09:20:00Z`).
        #[arg(long, value_name = "SEQ|TIME")]
        at: Option<String>,
    },
    /// Watch somebody's session as it grows; changes nothing, runs nothing.
    Follow {
        /// The session's id, the beginning or end of it, or its folder; `nats://HOST:PORT/ID` on a server; `-` reads what
        /// `--raw` wrote elsewhere.
        session: String,
        /// Write the records to standard output instead, for a pipe: `ssh HOST hotwash follow ID --raw`.
        #[arg(long)]
        raw: bool,
        /// With `--raw`: end when what is there was written.
        #[arg(long, requires = "raw")]
        once: bool,
    },
    /// Sharing over a server.
    Bridge {
        /// What about it.
        #[command(subcommand)]
        verb: BridgeVerb,
    },
    /// Serve a session's screen over SSH to the people that `serve.toml` names; there is no shell behind it.
    Serve {
        /// The session's id, the beginning or end of it, or its folder.
        session: String,
        /// Where to listen (`127.0.0.1:2222`, or a port alone); the setting `serve.address` without it.
        #[arg(long, value_name = "ADDRESS")]
        ssh: Option<String>,
    },
    /// Your name and public key, and the people who are known here.
    Identity,
    /// The saved sessions.
    List {
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
        /// Only sessions with these words; `tag:x`, `sev:1`, `service:x`, `after:2026-05`, `before:`, `is:imported`, `sort:changed` narrow and order them.
        #[arg(long, value_name = "QUERY")]
        search: Option<String>,
        /// What is in the bin.
        #[arg(long)]
        bin: bool,
    },
    /// Give a saved session tags (`-old` takes one away), or print those it has.
    Tag {
        /// The session's id, or the beginning or end of it.
        session: String,
        /// The tags.
        #[arg(value_name = "TAG", allow_hyphen_values = true)]
        tags: Vec<String>,
    },
    /// Earlier incidents that are like a session: what is the same, what differs, what fixed it then.
    Similar {
        /// The session's id, or the beginning or end of it.
        session: String,
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Write a saved session into one file, to be looked at elsewhere.
    Archive {
        /// The session's id, or the beginning or end of it.
        session: String,
        /// The file to write.
        #[arg(long, value_name = "FILE")]
        out: String,
    },
    /// Take an archive in, once its chain is proven: it can be looked at, not gone on with.
    Import {
        /// The archive.
        file: String,
    },
    /// Move a saved session to the bin.
    Delete {
        /// The session's id, or the beginning or end of it.
        session: String,
    },
    /// Take a session back from the bin.
    Restore {
        /// The session's id, or the beginning or end of it.
        session: String,
    },
    /// Erase what is in the bin for good: it is listed, and you type how many that are.
    EmptyBin {
        /// What you would type, for a script (`erase 3 sessions`); another number erases nothing.
        #[arg(long, value_name = "PHRASE")]
        confirm: Option<String>,
    },
    /// One investigation without a console; nothing is saved.
    Analyze(Analyze),
    /// The configured models; each can be tested with one tiny request that you confirm.
    Models {
        /// Only this one.
        #[arg(value_name = "NAME")]
        name: Option<String>,
        /// Test without asking.
        #[arg(long)]
        yes: bool,
    },
    /// A session's documents.
    Export {
        /// The session's id, the beginning or end of it, or its folder.
        session: String,
        /// The format.
        #[arg(long, value_enum)]
        format: Format,
        /// The file to write; standard output without it.
        #[arg(long, value_name = "FILE")]
        out: Option<String>,
        /// The document's language, where the report is in English or in that language (default: the report's).
        #[arg(long, value_name = "LANGUAGE")]
        lang: Option<String>,
    },
    /// Check a postmortem: a session's, or any Markdown file. Exit code 1 on findings.
    Lint {
        /// A session, or a Markdown file.
        what: String,
        /// The findings as JSON.
        #[arg(long, group = "lint_form")]
        json: bool,
        /// The findings as SARIF 2.1.0.
        #[arg(long, group = "lint_form")]
        sarif: bool,
        /// Mend what can be mended without asking, in the file; the findings that are left are printed.
        #[arg(long)]
        fix: bool,
    },
    /// Check a saved session's journal (lengths, checksums, the hash chain), and a document that left it.
    Verify {
        /// The session's id, the beginning or end of it, or its folder.
        session: String,
        /// A document that was exported: is it what the session held?
        document: Option<String>,
    },
    /// Investigate every labelled case in the folders and print the table of measures.
    Eval {
        /// Folders that hold cases, one folder each.
        #[arg(required = true, value_name = "DIR")]
        dirs: Vec<String>,
        /// The measures, every miss and every case as JSON.
        #[arg(long)]
        json: bool,
        /// Also how long the cases took: without it, two runs print the same to the byte.
        #[arg(long)]
        times: bool,
        /// Fit the confidence of hypotheses on the cases instead, and write the figures into this folder.
        #[arg(long, hide = true, value_name = "FOLDER")]
        calibrate: Option<String>,
        /// Only cases whose folder name begins with one of these, separated by commas.
        #[arg(long, value_name = "PREFIX,…", value_delimiter = ',')]
        only: Vec<String>,
        /// Another severity policy than `impact-v2`: its name, or a file.
        #[arg(long, value_name = "NAME|FILE")]
        policy: Option<String>,
        /// Several engines on the same cases.
        #[command(flatten)]
        compare: Compare,
    },
    /// How each line is read: stamp, level, service, template.
    Intake {
        /// The file; `-` reads standard input.
        file: String,
        /// One JSON object a line (the only form there is; accepted so that scripts can say it).
        #[arg(long)]
        json: bool,
    },
    /// The text with secrets masked, as it would leave the machine.
    Redact {
        /// The file; standard input without it.
        file: Option<String>,
    },
    /// Classify the commands on standard input, one a line.
    Command {
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Serve investigations and saved sessions to other programs' models (MCP over standard input and output);
    /// read only.
    Mcp,
    /// Check config, keys, themes, playbooks and policies; print the effective settings and where each came from.
    Check,
    /// Print a completion script.
    Completions {
        /// For which shell.
        shell: clap_complete::Shell,
    },
    /// Print the man page.
    Man,
}

/// `bridge`'s verbs.
#[derive(Debug, Subcommand)]
pub enum BridgeVerb {
    /// What is there and what is missing on a server: reach, version, JetStream, rights, limits. Exit code 1 when
    /// something is missing.
    Check {
        /// The server, `nats://HOST:PORT`, with `/ID` for one session; the first of the settings without it.
        #[arg(value_name = "SERVER")]
        server: Option<String>,
        /// Check as somebody who may only look: that nothing can be written is what is wanted.
        #[arg(long)]
        observer: bool,
    },
}

/// `new`'s arguments.
#[derive(Debug, Args)]
pub struct New {
    /// Files to read; `-` reads standard input and takes the keys from the terminal.
    #[arg(value_name = "FILE")]
    pub files: Vec<String>,
    /// The session's title.
    #[arg(long, default_value = "")]
    pub title: String,
    /// The service it is about, if known.
    #[arg(long)]
    pub service: Option<String>,
    /// The report's language: `en`, `zh`, or one of your own in `messages/` (default: the setting `lang`).
    #[arg(long, value_name = "LANGUAGE")]
    pub lang: Option<String>,
}

/// `analyze`'s arguments.
#[derive(Debug, Args)]
pub struct Analyze {
    /// Files to read; `-` or nothing reads standard input.
    #[arg(value_name = "FILE")]
    pub files: Vec<String>,
    /// The report as JSON.
    #[arg(long, group = "form")]
    pub json: bool,
    /// The report as Markdown (the default).
    #[arg(long, group = "form")]
    pub markdown: bool,
    /// The steps as JSON lines while they are taken.
    #[arg(long, group = "form")]
    pub trail: bool,
    /// The engine: `embedded`, or the name of a configured model.
    #[arg(long, default_value = "embedded")]
    pub engine: String,
    /// Print exactly what a model would be given first, masked, and send nothing.
    #[arg(long)]
    pub show_payload: bool,
    /// Send it to the model without asking: you have seen what `--show-payload` prints.
    #[arg(long)]
    pub send: bool,
    /// Another severity policy than the settings name: its name, or a file.
    #[arg(long, value_name = "NAME|FILE")]
    pub policy: Option<String>,
    /// The report's language: `en`, `zh`, or one of your own in `messages/` (default: the setting `lang`).
    #[arg(long, value_name = "LANGUAGE")]
    pub lang: Option<String>,
    /// The title.
    #[arg(long, default_value = "")]
    pub title: String,
    /// The service it is about, if known.
    #[arg(long)]
    pub service: Option<String>,
}

/// What `eval` compares, and what that may take.
#[derive(Debug, Args)]
pub struct Compare {
    /// Engines on the same cases: `embedded`, a configured model's NAME, or NAME:MODEL.
    #[arg(long, value_name = "ENGINE,…", value_delimiter = ',', default_value = "embedded")]
    pub engine: Vec<String>,
    /// Prompts to compare: `v1` (ours), `own` (the config folder's), or a folder of such files.
    #[arg(long, value_name = "PROMPTS,…", value_delimiter = ',')]
    pub prompts: Vec<String>,
    /// Languages of the reports to compare: `en`, `zh`, or one of your own (default: `en`).
    #[arg(long, value_name = "LANGUAGE,…", value_delimiter = ',')]
    pub lang: Vec<String>,
    /// How often each case is investigated: figures then have a spread.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub repeats: u32,
    /// Where models' answers are kept, by what was asked; without it, beside the sessions.
    #[arg(long, value_name = "FOLDER")]
    pub answers: Option<String>,
    /// From kept answers alone: nobody is asked, and one that is missing is an error.
    #[arg(long)]
    pub replay: bool,
    /// The most US dollars of the whole run, where a price is known.
    #[arg(long, value_name = "USD", default_value_t = 1.0)]
    pub usd: f64,
    /// The most calls of the whole run.
    #[arg(long, value_name = "N", default_value_t = 500)]
    pub calls: u64,
    /// Print exactly what would be sent first, masked, and send nothing.
    #[arg(long)]
    pub show_payload: bool,
    /// Send without asking: you have seen what `--show-payload` prints.
    #[arg(long)]
    pub send: bool,
}

/// The formats of `export`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// The postmortem as Markdown (GitHub's).
    Postmortem,
    /// The postmortem as one web page that loads nothing.
    Html,
    /// The postmortem as PDF.
    Pdf,
    /// The postmortem in Confluence's and Jira's wiki markup.
    Confluence,
    /// The action items as CSV.
    Csv,
    /// The action items as GitHub issues.
    GithubIssues,
    /// The action items as Jira issues.
    JiraIssues,
    /// The session's screens for a player of asciicasts.
    Asciicast,
    /// The whole report with the postmortem, as Markdown.
    Markdown,
    /// The report as JSON.
    Json,
    /// The trail as text.
    Transcript,
    /// What models were given: every request as it was sent.
    Requests,
    /// An update for the bridge, for colleagues and for customers.
    Update,
}

impl Format {
    /// The format's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Postmortem => "postmortem",
            Self::Html => "html",
            Self::Pdf => "pdf",
            Self::Confluence => "confluence",
            Self::Csv => "csv",
            Self::GithubIssues => "github-issues",
            Self::JiraIssues => "jira-issues",
            Self::Asciicast => "asciicast",
            Self::Markdown => "markdown",
            Self::Json => "json",
            Self::Transcript => "transcript",
            Self::Requests => "requests",
            Self::Update => "update",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        <Cli as clap::CommandFactory>::command().debug_assert();
    }
}
