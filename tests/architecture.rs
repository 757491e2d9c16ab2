//! The arrows between the layers, the size of files, module docs, and what only `runtime` may touch.

use std::fs;
use std::path::{Path, PathBuf};

/// Left to right; a layer imports only what stands before it.
const LAYERS: &[&str] =
    &["domain", "intake", "journal", "session", "analyst", "export", "app", "view", "cli", "runtime"];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn rust_files(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

fn sources() -> Vec<(String, String)> {
    let mut files = Vec::new();
    rust_files(&root().join("src"), &mut files);
    files.sort();
    assert!(files.len() > 20, "the sources were not found");
    files
        .into_iter()
        .map(|p| {
            let name = p.strip_prefix(root().join("src")).unwrap().to_string_lossy().replace('\\', "/");
            (name, fs::read_to_string(p).unwrap())
        })
        .collect()
}

/// The text without comments and without `#[cfg(test)]` modules at the end of a file.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]").next().unwrap_or(text);
    text.lines()
        .map(|l| l.split_once("//").map_or(l, |(before, _)| if before.ends_with(':') { l } else { before }))
        .collect::<Vec<_>>()
        .join("\n")
}

fn layer(name: &str) -> &str {
    name.split('/').next().unwrap_or(name).trim_end_matches(".rs")
}

/// The layers a file names through `crate::`.
fn imports(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + 7..];
        if let Some(inside) = rest.strip_prefix('{') {
            let group = inside.split('}').next().unwrap_or("");
            found.extend(group.split(',').map(|p| p.trim().split("::").next().unwrap_or("").to_owned()));
        } else {
            found.push(rest.split(|c: char| !(c.is_alphanumeric() || c == '_')).next().unwrap_or("").to_owned());
        }
    }
    found
}

#[test]
fn a_layer_imports_only_what_stands_to_its_left() {
    let place = |l: &str| LAYERS.iter().position(|x| *x == l);
    let mut wrong = Vec::new();
    for (name, text) in sources() {
        let own = layer(&name);
        for import in imports(&code(&text)) {
            let fine = match (own, import.as_str()) {
                ("lib" | "main", _) | (_, "fault") => true,
                ("command", other) => other == "domain" || other == "command",
                // command stands beside analyst: whoever stands right of session may use it
                (own, "command") => place(own) >= place("analyst"),
                (own, other) => match (place(own), place(other)) {
                    (Some(a), Some(b)) => b <= a,
                    (None, Some(_)) => own != "fault",
                    _ => true,
                },
            };
            if !fine {
                wrong.push(format!("{name} imports {import}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_file_has_module_docs_and_at_most_500_lines() {
    let mut wrong = Vec::new();
    for (name, text) in sources() {
        if !text.starts_with("//!") {
            wrong.push(format!("{name} has no module docs"));
        }
        if text.lines().count() > 500 {
            wrong.push(format!("{name} has {} lines", text.lines().count()));
        }
    }
    let mut tests = Vec::new();
    rust_files(&root().join("tests"), &mut tests);
    for path in tests {
        let lines = fs::read_to_string(&path).unwrap().lines().count();
        if lines > 500 {
            wrong.push(format!("{} has {lines} lines", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn only_the_layers_that_may_name_the_world_do() {
    // (what, the layers that may)
    let rules: &[(&str, &[&str])] = &[
        ("ratatui::", &["view", "runtime"]),
        ("crossterm::", &["runtime"]),
        ("tokio::", &["runtime", "main"]),
        ("std::fs", &["runtime", "main"]),
        ("std::env", &["runtime", "main"]),
        ("std::process", &["runtime", "main"]),
        ("std::net", &["runtime"]),
        ("std::thread", &["runtime"]),
        ("Instant::now", &["runtime", "main"]),
        ("SystemTime::now", &["runtime", "main"]),
        ("Utc::now", &["runtime", "main"]),
        ("Local::now", &["runtime", "main"]),
        ("println!", &["main"]),
        ("eprintln!", &["main"]),
    ];
    let mut wrong = Vec::new();
    for (name, text) in sources() {
        let code = code(&text);
        for (what, may) in rules {
            if code.contains(what) && !may.contains(&layer(&name)) {
                wrong.push(format!("{name} names {what}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn nothing_ticks_and_nothing_is_silenced() {
    let mut wrong = Vec::new();
    for (name, text) in sources() {
        let code = code(&text);
        for what in ["time::interval", "#[allow(", "#![allow(", "todo!(", "unimplemented!(", "#[ignore"] {
            if code.contains(what) {
                wrong.push(format!("{name} has {what}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
