//! Telemetry servers as the console knows them: their names, what asking each one starts, the tools
//! they offered, and the exact text of a call. Decides and performs nothing.

use std::collections::BTreeMap;

/// A configured server.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Server {
    /// Its name in the settings.
    pub name: String,
    /// What asking it does, in exact words: `starts: npx -y …`, or `asks: https://…`.
    pub start: String,
}

/// A tool that a server offers. Its words are the server's: cleaned, shortened, and never believed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Offered {
    /// Its name.
    pub name: String,
    /// What the server says it does.
    pub what: String,
    /// Arguments to begin with, as JSON: the required ones, empty.
    pub template: String,
    /// What the server says of its effects: `true` reads only, `false` does more, `None` says nothing.
    pub reads_only: Option<bool>,
}

/// What is asked of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The server's name.
    pub server: String,
    /// The tool; `None` lists the tools.
    pub tool: Option<String>,
    /// The arguments: one JSON object.
    pub arguments: String,
}

/// The servers and what they offered.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Telemetry {
    /// The configured servers.
    pub servers: Vec<Server>,
    /// What each offered, once it was asked.
    pub tools: BTreeMap<String, Vec<Offered>>,
}

impl Telemetry {
    /// The server of a name.
    pub fn server(&self, name: &str) -> Option<&Server> {
        self.servers.iter().find(|s| s.name == name)
    }
}

impl Call {
    /// What stands before the arguments of a call of one tool.
    pub fn head(server: &str, tool: &str) -> String {
        format!("mcp {server} {tool} ")
    }

    /// Whether a text has the form of a call: such a text is never given to a shell.
    pub fn has_form(text: &str) -> bool {
        text.starts_with("mcp ") && text.contains("\n# ")
    }

    /// The exact text that is shown, approved and kept: the call, then what it starts or asks.
    pub fn text(&self, start: &str) -> String {
        match &self.tool {
            Some(tool) => format!("{}{}\n# {start}", Self::head(&self.server, tool), self.arguments),
            None => format!("mcp {} (list its tools)\n# {start}", self.server),
        }
    }
}
