//! The look: themes, how many colours the terminal has, and whether only ASCII may be drawn.

use std::sync::Arc;

use ratatui::style::{Color, Modifier, Style};

use super::theme::Theme;
use crate::app::row::Role;
use crate::fault::Fault;

/// How many colours may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colours {
    /// None: `NO_COLOR`, or a terminal without. Weight and words carry everything.
    None,
    /// The sixteen.
    Sixteen,
    /// Whatever a theme asks for.
    True,
}

/// How the console looks in this terminal.
#[derive(Debug, Clone)]
pub struct Look {
    /// The themes; the first is the one to begin with.
    pub themes: Arc<[Theme]>,
    /// How many colours.
    pub colours: Colours,
    /// Only ASCII.
    pub ascii: bool,
}

impl Look {
    /// Our themes, beginning with `first` where there is one of that name, with a person's own theme
    /// files (name and text) before them; and what is wrong with those files.
    pub fn new(first: Option<&str>, colours: Colours, ascii: bool, own: &[(String, String)]) -> (Self, Vec<Fault>) {
        let (mut themes, mut faults) = (Vec::new(), Vec::new());
        let ours = Theme::FILES.iter().map(|(file, text)| (*file, *text));
        for (file, text) in own.iter().map(|(f, t)| (f.as_str(), t.as_str())).chain(ours) {
            match Theme::read(file, text) {
                Ok((theme, wrong)) => {
                    faults.extend(wrong);
                    themes.push(theme);
                }
                Err(fault) => faults.push(fault),
            }
        }
        let wanted = first.unwrap_or("dark");
        match themes.iter().position(|t| t.name == wanted) {
            Some(at) => themes.swap(0, at),
            None => {
                faults.push(Fault::usage(format!("no theme is called `{wanted}`"), "run `hotwash check` for the list"))
            }
        }
        (Self { themes: themes.into(), colours, ascii }, faults)
    }

    /// The style of a role in a theme, as far as the terminal can show it.
    pub fn style(&self, theme: Option<&str>, role: Role) -> Style {
        let named = theme.and_then(|name| self.themes.iter().find(|t| t.name == name));
        let Some(theme) = named.or_else(|| self.themes.first()) else { return Style::new() };
        let style = theme.style(role);
        match self.colours {
            Colours::True => style,
            Colours::Sixteen => Style { fg: style.fg.map(sixteen), bg: style.bg.map(sixteen), ..style },
            Colours::None => without_colour(style),
        }
    }
}

/// Without colours a coloured ground becomes reversed, so that what is selected is still seen.
fn without_colour(style: Style) -> Style {
    let ground = style.bg.is_some_and(|c| !matches!(c, Color::Reset | Color::Black));
    let plain = Style { fg: None, bg: None, underline_color: None, ..style };
    if ground { plain.add_modifier(Modifier::REVERSED) } else { plain }
}

/// The nearest of the sixteen.
fn sixteen(colour: Color) -> Color {
    let Color::Rgb(r, g, b) = colour else { return colour };
    let high = r.max(g).max(b);
    let on = |c: u8| u16::from(c) * 2 > u16::from(high) && high > 60;
    match (on(r), on(g), on(b), high > 170) {
        (false, false, false, _) if high < 60 => Color::Black,
        (false, false, false, _) => Color::DarkGray,
        (true, false, false, true) => Color::LightRed,
        (true, false, false, false) => Color::Red,
        (false, true, false, true) => Color::LightGreen,
        (false, true, false, false) => Color::Green,
        (true, true, false, true) => Color::LightYellow,
        (true, true, false, false) => Color::Yellow,
        (false, false, true, true) => Color::LightBlue,
        (false, false, true, false) => Color::Blue,
        (true, false, true, true) => Color::LightMagenta,
        (true, false, true, false) => Color::Magenta,
        (false, true, true, true) => Color::LightCyan,
        (false, true, true, false) => Color::Cyan,
        (true, true, true, true) => Color::White,
        (true, true, true, false) => Color::Gray,
    }
}
