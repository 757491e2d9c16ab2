//! Decides a level from impact facts by a policy. Pure; it reads no text.

use crate::analyst::casebook::{Impact, ImpactFact};
use crate::domain::{Claim, SeveritySheet};

use super::policy::{Condition, Policy, Rule};

/// The facts as the rules ask for them.
#[derive(Debug, Default, Clone, Copy)]
struct Facts {
    data_loss: bool,
    critical_path_down: bool,
    internal_only: bool,
    customers_hit: bool,
    user_share: Option<f64>,
    request_share: Option<f64>,
    duration: Option<f64>,
}

impl Facts {
    fn of(facts: &[ImpactFact]) -> Self {
        let mut all = Self::default();
        let larger = |known: Option<f64>, new: f64| Some(known.map_or(new, |k| k.max(new)));
        for fact in facts {
            match fact.impact {
                Impact::DataLoss => all.data_loss = true,
                Impact::CriticalPathDown => all.critical_path_down = true,
                Impact::InternalOnly => all.internal_only = true,
                Impact::CustomersHit => all.customers_hit = true,
                Impact::UserShare(share) => {
                    all.user_share = larger(all.user_share, share);
                    all.customers_hit |= share > 0.0;
                }
                Impact::RequestShare(share) => all.request_share = larger(all.request_share, share),
                Impact::Duration(seconds) => all.duration = larger(all.duration, seconds),
                Impact::Other => {}
            }
        }
        all
    }

    fn hold(&self, c: &Condition) -> bool {
        let is = |wanted: Option<bool>, fact: bool| wanted.is_none_or(|w| w == fact);
        let number = |wanted: Option<f64>, fact: Option<f64>, holds: fn(f64, f64) -> bool| {
            wanted.is_none_or(|w| fact.is_some_and(|f| holds(f, w)))
        };
        is(c.data_loss, self.data_loss)
            && is(c.critical_path_down, self.critical_path_down)
            && is(c.internal_only, self.internal_only)
            && is(c.customers_hit, self.customers_hit)
            && is(c.user_share_unknown, self.user_share.is_none())
            && number(c.user_share_at_least, self.user_share, |f, w| f >= w)
            && number(c.user_share_above, self.user_share, |f, w| f > w)
            && number(c.user_share_below, self.user_share, |f, w| f < w)
            && number(c.user_share_at_most, self.user_share, |f, w| f <= w)
            && number(c.request_share_at_least, self.request_share, |f, w| f >= w)
            && number(c.duration_at_least_s, self.duration, |f, w| f >= w)
            && number(c.duration_below_s, self.duration, |f, w| f < w)
    }
}

/// The sheet: the first rule that holds, the facts it rests on, what is unknown, what would change it.
pub fn decide(facts: &[ImpactFact], policy: &Policy) -> SeveritySheet {
    let known = Facts::of(facts);
    let Some(rule) = policy.rules.iter().find(|r| known.hold(&r.when)) else {
        return SeveritySheet {
            level: None,
            policy: policy.name.clone(),
            rule: "no rule of the policy holds".into(),
            because: Vec::new(),
            unknown: vec!["affected-user share".into()],
            would_change: Vec::new(),
        };
    };
    SeveritySheet {
        level: rule.level,
        policy: policy.name.clone(),
        rule: rule.rule.clone(),
        because: because(facts, rule),
        unknown: rule.unknown.clone(),
        would_change: rule.would_change.clone(),
    }
}

/// The claims of the facts that the rule asks for; for confirmed impact also what confirms it.
fn because(facts: &[ImpactFact], rule: &Rule) -> Vec<Claim> {
    let c = &rule.when;
    let asks_share = c.user_share_at_least.is_some()
        || c.user_share_above.is_some()
        || c.user_share_below.is_some()
        || c.user_share_at_most.is_some();
    let asked = |impact: &Impact| match impact {
        Impact::DataLoss => c.data_loss.is_some(),
        Impact::CriticalPathDown => c.critical_path_down.is_some(),
        Impact::InternalOnly => c.internal_only.is_some(),
        Impact::UserShare(_) => asks_share,
        Impact::Duration(_) => c.duration_at_least_s.is_some() || c.duration_below_s.is_some(),
        Impact::CustomersHit => c.customers_hit == Some(true),
        Impact::RequestShare(_) => c.request_share_at_least.is_some(),
        Impact::Other => false,
    };
    facts.iter().filter(|f| asked(&f.impact)).map(|f| f.claim.clone()).take(6).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Severity;

    fn level(facts: &[Impact]) -> Option<Severity> {
        let facts: Vec<ImpactFact> =
            facts.iter().map(|i| ImpactFact { impact: i.clone(), claim: Claim::unsupported("x") }).collect();
        decide(&facts, Policy::embedded()).level
    }

    #[test]
    fn the_rules_decide_in_their_order() {
        use Impact::*;
        assert_eq!(level(&[]), None);
        assert_eq!(level(&[DataLoss, UserShare(0.0), InternalOnly]), Some(Severity::Sev1));
        assert_eq!(level(&[CriticalPathDown]), Some(Severity::Sev1));
        assert_eq!(level(&[InternalOnly, UserShare(0.0)]), Some(Severity::Sev3));
        assert_eq!(level(&[InternalOnly]), None);
        assert_eq!(level(&[UserShare(50.0), Duration(300.0)]), Some(Severity::Sev1));
        assert_eq!(level(&[UserShare(50.0), Duration(299.0)]), Some(Severity::Sev2));
        assert_eq!(level(&[UserShare(80.0)]), None);
        assert_eq!(level(&[UserShare(0.1)]), Some(Severity::Sev2));
        assert_eq!(level(&[UserShare(0.0)]), None);
    }

    #[test]
    fn a_share_of_requests_is_never_held_against_the_threshold_of_users() {
        use Impact::*;
        assert_eq!(level(&[RequestShare(90.0), Duration(900.0)]), None);
        assert_eq!(level(&[RequestShare(90.0), Duration(900.0), CustomersHit]), Some(Severity::Sev2));
    }

    #[test]
    fn a_policy_of_ones_own_may_say_otherwise() {
        let text = "name = \"ours\"\n[[rule]]\nlevel = \"SEV1\"\nrule = \"five per cent of requests fail\"\nwhen = { request_share_at_least = 5.0 }";
        let policy = Policy::read("ours.toml", text).unwrap();
        let fact = ImpactFact { impact: Impact::RequestShare(8.0), claim: Claim::unsupported("x") };
        let sheet = decide(&[fact], &policy);
        assert_eq!((sheet.level, sheet.because.len()), (Some(Severity::Sev1), 1));
    }
}
