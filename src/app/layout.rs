//! The screen's geometry: which panel stands where at which size. Plain numbers; it draws nothing.

use super::panel::Panel;

/// A rectangle in cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "the names say what each is")]
pub struct Area {
    pub x: u16,
    pub y: u16,
    pub width: u16,
    pub height: u16,
}

impl Area {
    /// True when the cell lies in it.
    pub fn holds(&self, column: u16, row: u16) -> bool {
        column >= self.x && column < self.x + self.width && row >= self.y && row < self.y + self.height
    }
}

/// A panel with its place; the first row of the area is its title, the rest its body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pane {
    /// The panel.
    pub panel: Panel,
    /// The whole place, with the title row.
    pub area: Area,
}

impl Pane {
    /// Where its rows stand: one column is kept for the cursor's mark.
    pub fn body(&self) -> Area {
        let a = self.area;
        Area { x: a.x + 1, y: a.y + 1, width: a.width.saturating_sub(1), height: a.height.saturating_sub(1) }
    }
}

/// The parts of the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// The head: title and severity.
    pub head: Area,
    /// The tabs.
    pub tabs: Area,
    /// The panels; the first is the one that has the keys.
    pub panes: Vec<Pane>,
    /// The line for prompts, toasts and hints.
    pub hint: Area,
    /// The status line.
    pub status: Area,
}

/// The least size at which the console is drawn.
pub const LEAST: (u16, u16) = (20, 6);

/// The geometry for a terminal size and the panel that has the keys.
pub fn layout(size: (u16, u16), focus: Panel) -> Layout {
    let (w, h) = size;
    let row = |y: u16| Area { x: 0, y, width: w, height: 1 };
    let body = Area { x: 0, y: 2, width: w, height: h.saturating_sub(4) };
    Layout {
        head: row(0),
        tabs: row(1),
        panes: panes(body, focus),
        hint: row(h.saturating_sub(2)),
        status: row(h.saturating_sub(1)),
    }
}

/// The geometry of a shared screen: one panel, and in the place of the tabs the line that is read aloud.
pub fn shared(size: (u16, u16), focus: Panel) -> Layout {
    let plain = layout(size, focus);
    let (w, h) = size;
    let line = if h >= 16 { 4 } else { 1 };
    let body = Area { x: 0, y: 1 + line, width: w, height: h.saturating_sub(line + 3) };
    Layout {
        tabs: Area { x: 0, y: 1, width: w, height: line },
        panes: vec![Pane { panel: focus, area: body }],
        ..plain
    }
}

fn panes(body: Area, focus: Panel) -> Vec<Pane> {
    let mut beside =
        [Panel::Evidence, Panel::Hypotheses, Panel::Trail, Panel::Checklist].into_iter().filter(|p| *p != focus);
    let mut next = || beside.next().unwrap_or(Panel::Summary);
    if body.width < 120 || body.height < 8 {
        return vec![Pane { panel: focus, area: body }];
    }
    let (x, y, w, h) = (body.x, body.y, body.width, body.height);
    let half = h / 2;
    let (first, second) = (next(), next());
    if w < 200 {
        let main = w * 11 / 20;
        let side = Area { x: x + main, y, width: w - main, height: half };
        return vec![
            Pane { panel: focus, area: Area { width: main, ..body } },
            Pane { panel: first, area: side },
            Pane { panel: second, area: Area { y: y + half, height: h - half, ..side } },
        ];
    }
    let main = w * 2 / 5;
    let middle = w * 3 / 10;
    let side = Area { x: x + main + middle, y, width: w - main - middle, height: half };
    vec![
        Pane { panel: focus, area: Area { width: main, ..body } },
        Pane { panel: first, area: Area { x: x + main, width: middle, ..body } },
        Pane { panel: second, area: side },
        Pane { panel: next(), area: Area { y: y + half, height: h - half, ..side } },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panes_never_overlap_and_never_leave_the_screen() {
        for w in [1, 20, 80, 119, 120, 199, 200, 500] {
            for h in [1, 6, 24, 50, 200] {
                for focus in Panel::ALL {
                    let l = layout((w, h), *focus);
                    assert_eq!(l.panes[0].panel, *focus);
                    for (i, a) in l.panes.iter().enumerate() {
                        assert!(a.area.x + a.area.width <= w);
                        assert!(h < 4 || a.area.y + a.area.height <= h - 2);
                        for b in &l.panes[i + 1..] {
                            assert_ne!(a.panel, b.panel);
                            let apart = a.area.x + a.area.width <= b.area.x
                                || b.area.x + b.area.width <= a.area.x
                                || a.area.y + a.area.height <= b.area.y
                                || b.area.y + b.area.height <= a.area.y;
                            assert!(apart, "{w}x{h} {focus:?}: {a:?} {b:?}");
                        }
                    }
                }
            }
        }
    }
}
