//! The panels: their names, their order and their keys' hints. What stands in them is in `rows`.

/// One panel of the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the names say what each is")]
pub enum Panel {
    Evidence,
    Trail,
    Hypotheses,
    Checklist,
    Summary,
    Mitigation,
    Impact,
    Services,
    Timeline,
    Forensic,
    Whys,
    FollowUps,
    Postmortem,
    Notes,
    Notices,
    Runs,
}

impl Panel {
    /// Every panel, in the order of Tab.
    pub const ALL: &'static [Self] = &[
        Self::Evidence,
        Self::Trail,
        Self::Hypotheses,
        Self::Checklist,
        Self::Summary,
        Self::Mitigation,
        Self::Impact,
        Self::Services,
        Self::Timeline,
        Self::Forensic,
        Self::Whys,
        Self::FollowUps,
        Self::Postmortem,
        Self::Notes,
        Self::Notices,
        Self::Runs,
    ];

    /// Its name as a title.
    pub fn title(self) -> &'static str {
        match self {
            Self::Evidence => "Evidence",
            Self::Trail => "Trail",
            Self::Hypotheses => "Hypotheses",
            Self::Checklist => "Checklist",
            Self::Summary => "Summary",
            Self::Mitigation => "Mitigation",
            Self::Impact => "Customer impact",
            Self::Services => "Services",
            Self::Timeline => "Timeline",
            Self::Forensic => "Forensic report",
            Self::Whys => "5 whys",
            Self::FollowUps => "Follow-ups",
            Self::Postmortem => "Postmortem",
            Self::Notes => "Notes",
            Self::Notices => "Notices",
            Self::Runs => "Runs",
        }
    }

    /// Its name in the tab row: three letters at most, so that all of them fit into 80 columns.
    pub fn short(self) -> &'static str {
        match self {
            Self::Evidence => "Evi",
            Self::Trail => "Tra",
            Self::Hypotheses => "Hyp",
            Self::Checklist => "Chk",
            Self::Summary => "Sum",
            Self::Mitigation => "Mit",
            Self::Impact => "Imp",
            Self::Services => "Svc",
            Self::Timeline => "Tim",
            Self::Forensic => "For",
            Self::Whys => "Why",
            Self::FollowUps => "Fup",
            Self::Postmortem => "PM",
            Self::Notes => "Not",
            Self::Notices => "Ntc",
            Self::Runs => "Run",
        }
    }

    /// The action that shows it.
    pub fn action(self) -> &'static str {
        match self {
            Self::Evidence => "panel-evidence",
            Self::Trail => "panel-trail",
            Self::Hypotheses => "panel-hypotheses",
            Self::Checklist => "panel-checklist",
            Self::Summary => "panel-summary",
            Self::Mitigation => "panel-mitigation",
            Self::Impact => "panel-impact",
            Self::Services => "panel-services",
            Self::Timeline => "panel-timeline",
            Self::Forensic => "panel-forensic",
            Self::Whys => "panel-whys",
            Self::FollowUps => "panel-follow-ups",
            Self::Postmortem => "panel-postmortem",
            Self::Notes => "panel-notes",
            Self::Notices => "panel-notices",
            Self::Runs => "panel-runs",
        }
    }

    /// Its place among [`Panel::ALL`].
    pub fn index(self) -> usize {
        Self::ALL.iter().position(|p| *p == self).unwrap_or(0)
    }

    /// The panel `by` places further, around the end.
    pub fn step(self, by: isize) -> Self {
        let n = Self::ALL.len() as isize;
        let at = (self.index() as isize + by).rem_euclid(n);
        Self::ALL.get(at as usize).copied().unwrap_or(self)
    }
}
