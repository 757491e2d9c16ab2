//! Themes: roles to styles, as data. A theme file that says something unknown is named with its
//! line; what it does not name falls back to plain text.

use std::collections::BTreeMap;

use ratatui::style::{Color, Modifier, Style};
use serde::Deserialize;
use toml::Spanned;

use crate::app::row::Role;
use crate::fault::Fault;

/// Roles to styles.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Theme {
    /// Its name.
    pub name: String,
    styles: BTreeMap<Role, Style>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    #[serde(default)]
    #[expect(dead_code, reason = "for whoever reads the file")]
    about: String,
    roles: BTreeMap<Spanned<String>, Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    fg: Option<Spanned<String>>,
    bg: Option<Spanned<String>>,
    #[serde(default)]
    bold: bool,
    #[serde(default)]
    dim: bool,
    #[serde(default)]
    italic: bool,
    #[serde(default)]
    underline: bool,
    #[serde(default)]
    reverse: bool,
}

impl Theme {
    /// The themes the program comes with, by file name.
    pub const FILES: [(&'static str, &'static str); 5] = [
        ("themes/dark.toml", include_str!("../../themes/dark.toml")),
        ("themes/light.toml", include_str!("../../themes/light.toml")),
        ("themes/mono.toml", include_str!("../../themes/mono.toml")),
        ("themes/high-contrast.toml", include_str!("../../themes/high-contrast.toml")),
        ("themes/bridge.toml", include_str!("../../themes/bridge.toml")),
    ];

    /// A theme from its file's text, and what in it can't be used.
    ///
    /// # Errors
    /// When the text is not a theme file at all.
    pub fn read(file: &str, text: &str) -> Result<(Self, Vec<Fault>), Fault> {
        let hint = "mend the file, then run `hotwash check`";
        let read: File = toml::from_str(text)
            .map_err(|e| Fault::input(format!("theme file {file} is not valid: {}", e.to_string().trim()), hint))?;
        let line = |at: usize| text.get(..at).unwrap_or("").matches('\n').count() + 1;
        let (mut theme, mut faults) = (Self { name: read.name, styles: BTreeMap::new() }, Vec::new());
        for (name, entry) in &read.roles {
            let Some((role, _)) = Role::ALL.iter().find(|(_, n)| *n == name.get_ref()) else {
                let what = format!("{file}, line {}: unknown role `{}`", line(name.span().start), name.get_ref());
                faults.push(Fault::input(what, hint));
                continue;
            };
            let mut style = Style::new();
            for (colour, ground) in [(&entry.fg, false), (&entry.bg, true)] {
                let Some(colour) = colour else { continue };
                match colour.get_ref().parse::<Color>() {
                    Ok(c) if ground => style = style.bg(c),
                    Ok(c) => style = style.fg(c),
                    Err(_) => {
                        let what = format!(
                            "{file}, line {}: unknown colour `{}`",
                            line(colour.span().start),
                            colour.get_ref()
                        );
                        faults.push(Fault::input(what, "a name of the sixteen (`light-red`), or `#rrggbb`"));
                    }
                }
            }
            for (on, modifier) in [
                (entry.bold, Modifier::BOLD),
                (entry.dim, Modifier::DIM),
                (entry.italic, Modifier::ITALIC),
                (entry.underline, Modifier::UNDERLINED),
                (entry.reverse, Modifier::REVERSED),
            ] {
                if on {
                    style = style.add_modifier(modifier);
                }
            }
            theme.styles.insert(*role, style);
        }
        Ok((theme, faults))
    }

    /// The style of a role.
    pub fn style(&self, role: Role) -> Style {
        self.styles.get(&role).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_themes_are_sound_and_name_every_role() {
        for (file, text) in Theme::FILES {
            let (theme, faults) = Theme::read(file, text).unwrap();
            assert_eq!(faults, vec![], "{file}");
            for (role, name) in Role::ALL {
                assert!(theme.styles.contains_key(role), "{file} says nothing of `{name}`");
            }
        }
    }

    #[test]
    fn our_themes_need_no_more_than_sixteen_colours() {
        for (file, text) in Theme::FILES {
            assert!(!text.lines().filter(|l| !l.trim_start().starts_with('#')).any(|l| l.contains("\"#")), "{file}");
        }
    }

    #[test]
    fn what_a_theme_gets_wrong_is_named_with_its_line() {
        let text = "name = \"mine\"\n[roles]\ntext = { fg = \"pinkish\" }\nwat = { bold = true }\n";
        let (_, faults) = Theme::read("mine.toml", text).unwrap();
        let said: Vec<&str> = faults.iter().map(|f| f.what.as_str()).collect();
        assert!(said.contains(&"mine.toml, line 3: unknown colour `pinkish`"), "{said:?}");
        assert!(said.contains(&"mine.toml, line 4: unknown role `wat`"), "{said:?}");
    }
}
