//! Follow-ups: what the playbooks of the standing hypotheses ask for, bounded and checkable.

use super::material::Material;
use super::safeguards;
use super::wording::sentence;
use crate::domain::Verdict;
use crate::domain::report::FollowUp;

/// Follow-ups on one list: more are not done.
const MOST: usize = 6;

/// The list, the most urgent first.
pub fn follow_ups(m: &Material<'_>) -> Vec<FollowUp> {
    let mut out: Vec<FollowUp> = Vec::new();
    // what something speaks against is looked into; nothing is built for it yet
    let first = m.top().map(|h| h.rank);
    let leads = m.standing(2).filter(|h| Some(h.rank) == first || h.verdict != Verdict::Weakened);
    let sibling = safeguards::sibling_runs(m);
    for h in leads {
        let Some(playbook) = m.playbook(h) else { continue };
        let arguments = m.given.arguments(h);
        for template in &playbook.follow_ups {
            let refuted = template.of_manifest && sibling || template.where_sibling && !sibling;
            let what = safeguards::without_known_alert(m, sentence(&arguments.words(&template.what)));
            if refuted || safeguards::is_a_test_that_passed(m, &what) {
                continue;
            }
            if !out.iter().any(|f| f.what == what) && !safeguards::is_there_already(m, &what) {
                let (priority, owner_role) = (template.priority.clone(), template.owner_role.clone());
                out.push(FollowUp { what, priority, owner_role });
            }
        }
    }
    out.sort_by(|a, b| a.priority.cmp(&b.priority));
    out.truncate(MOST);
    out
}
