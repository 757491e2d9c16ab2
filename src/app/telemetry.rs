//! Telemetry servers as the console knows them: their names, what asking each one starts, the tools
//! they offered, and the exact text of a call. Decides and performs nothing.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::analyst::agent::OutsideTool;

/// A configured server.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Server {
    /// Its name in the settings.
    pub name: String,
    /// What asking it does, in exact words: `starts: npx -y …`, or `asks: https://…`.
    pub start: String,
    /// Its tools that a model may ask for, as the settings say; else those that say they only read.
    pub for_models: Option<Vec<String>>,
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
    /// The JSON schema of its arguments: a few plain words of it, bounded.
    pub schema: Value,
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

    /// The tool of a server, where a model may ask for it: one that was listed, that does not say it
    /// changes things, and that the settings name or that says it only reads.
    pub fn for_model(&self, server: &str, tool: &str) -> Option<&Offered> {
        let named = &self.server(server)?.for_models;
        let offered = self.tools.get(server)?.iter().find(|t| t.name == tool)?;
        let may = match named {
            Some(named) => named.contains(&offered.name) && offered.reads_only != Some(false),
            None => offered.reads_only == Some(true),
        };
        may.then_some(offered)
    }

    /// Every tool that a model may ask for.
    pub fn for_models(&self) -> Vec<OutsideTool> {
        let all = self.tools.iter().flat_map(|(server, tools)| tools.iter().map(move |t| (server, t)));
        let may = all.filter(|(server, tool)| self.for_model(server, &tool.name).is_some());
        let told = may.map(|(server, tool)| OutsideTool {
            server: server.clone(),
            tool: tool.name.clone(),
            what: tool.what.clone(),
            schema: tool.schema.clone(),
        });
        told.collect()
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
