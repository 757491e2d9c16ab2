//! Decides a level from impact facts by a policy. Pure; it reads no text.

use crate::analyst::casebook::{Impact, ImpactFact};
use crate::domain::{Claim, SeveritySheet};

use super::policy::{Facts, Policy, Rule};

impl Facts {
    /// The facts as the rules ask for them; of two figures for one thing the larger.
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
}

/// The sheet: the first rule that holds, the facts it rests on, what is unknown, what would change it.
pub fn decide(facts: &[ImpactFact], policy: &Policy) -> SeveritySheet {
    let known = Facts::of(facts);
    let Some(rule) = policy.rule_for(&known) else {
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
        would_change: rule.would_change.iter().cloned().chain(other_denominator(facts, rule)).collect(),
    }
}

/// Where the rule misses the share of users and a share of requests is stated: why that is not it.
fn other_denominator(facts: &[ImpactFact], rule: &Rule) -> Option<String> {
    let c = &rule.when;
    let misses = c.user_share_unknown == Some(true) && c.request_share_at_least.or(c.request_share_below).is_none();
    let shares = || {
        facts.iter().filter_map(|f| match f.impact {
            Impact::RequestShare(share) if share > 0.0 => Some((share, &f.claim)),
            _ => None,
        })
    };
    // one that was worked out of a rate of success stands nowhere
    let said = |(share, claim): &(f64, &Claim)| {
        claim.text.contains(&format!("{}%", crate::analyst::report::wording::number(*share)))
    };
    let stated = shares().filter(said).map(|(share, _)| share).reduce(f64::max);
    let most = stated.or_else(|| shares().map(|(share, _)| share).reduce(f64::max)).filter(|_| misses)?;
    Some(format!(
        "the {} % that is stated counts requests, not users, and is not held against a threshold for users; \
         how many users it hits would decide",
        crate::analyst::report::wording::number(most)
    ))
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
        Impact::RequestShare(_) => c.request_share_at_least.is_some() || c.request_share_below.is_some(),
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
        for (name, _) in Policy::SHIPPED {
            let policy = Policy::shipped(name).unwrap();
            assert_eq!((policy.name.as_str(), policy.broken_examples()), (name, Vec::new()));
            assert!(policy.examples.len() >= 5 && !policy.origin.is_empty(), "{name}");
        }
        let text = "name = \"ours\"\n[[rule]]\nlevel = \"SEV1\"\nrule = \"five per cent of requests fail\"\nwhen = { request_share_at_least = 5.0 }";
        let policy = Policy::read("ours.toml", text).unwrap();
        let fact = ImpactFact { impact: Impact::RequestShare(8.0), claim: Claim::unsupported("x") };
        let sheet = decide(&[fact], &policy);
        assert_eq!((sheet.level, sheet.because.len()), (Some(Severity::Sev1), 1));
    }
}
