//! The investigation as a whole: each playbook of a cluster is raised by its own examples of cluster
//! state, and by none of its counter-examples.

use hotwash::analyst::Knowledge;
use hotwash::analyst::scoring::moves;
use hotwash::runtime::eval::investigated;

fn raises(text: &str, id: &str) -> bool {
    let (_, report) = investigated(text, Knowledge::embedded());
    report.hypotheses.iter().any(|h| h.playbook == id)
}

#[test]
fn playbooks_are_raised_by_their_examples_of_cluster_state_and_not_by_their_counter_examples() {
    let mut wrong = Vec::new();
    for p in Knowledge::embedded().playbooks.values() {
        let state: Vec<&String> = p.examples.iter().filter(|t| t.contains('\n')).collect();
        if state.is_empty() {
            continue;
        }
        wrong.extend(state.iter().filter(|t| !raises(t, &p.id)).map(|t| format!("{} misses\n{t}", p.id)));
        wrong.extend(p.counter_examples.iter().filter(|t| raises(t, &p.id)).map(|t| format!("{} hits\n{t}", p.id)));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn measures_over_our_own_cases_are_the_same_to_the_byte_and_wholly_grounded() {
    use hotwash::runtime::eval;
    let dir = [std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/eval"))];
    let (first, second) = (eval::measured(&dir, &[]).unwrap(), eval::measured(&dir, &[]).unwrap());
    assert_eq!(eval::table(&first), eval::table(&second));
    assert_eq!(eval::json(&first, false), eval::json(&second, false));
    assert!(eval::table(&first).contains("misses") && eval::times(&first).contains("MB/s"));
    let mean = hotwash::analyst::measure::table(&first.results).pop().unwrap();
    println!("{mean:#?}");
    assert!(mean.grounded.unwrap() >= 0.99, "{}", eval::table(&first));
    assert!(mean.joint1.unwrap() >= 0.8, "{}", eval::table(&first));
}

#[test]
fn new_evidence_moves_hypotheses_and_says_which_way() {
    let pods = "$ kubectl get pods -n shop\nNAME                    READY   STATUS             RESTARTS      AGE\ncart-79b49f5555-hk924   0/1     CrashLoopBackOff   5 (10s ago)   5m\n";
    let more = format!(
        "{pods}\n$ kubectl get events -n shop\nLAST SEEN   TYPE      REASON   OBJECT                      MESSAGE\n12s         Warning   Failed   pod/cart-79b49f5555-hk924   Error: secret \"cart-db\" not found\n"
    );
    let (_, before) = investigated(pods, Knowledge::embedded());
    let (_, after) = investigated(&more, Knowledge::embedded());
    let moved = moves(&before, &after);
    let named = moved.iter().find(|m| m.hypothesis == "cart/missing_secret.not_found_in_cluster").unwrap();
    assert_eq!((named.before, named.ranks), (None, (None, Some(1))));
    assert!(named.because.contains("is new"), "{}", named.because);
}
