//! Tests: ask, warn, refuse. A person's policy and a team's are both read, the stricter holds, and what
//! can't be read or can't be known is refused.

use std::fs;
use std::sync::Arc;

use hotwash::app::Input;
use hotwash::app::dialog::Dialog;
use hotwash::command::classify;
use hotwash::command::policy::{Place, Policies, Ruling, Then};

use super::bench::{Bench, context};
use super::cli::hotwash;

const TEAM: &str = r#"[[rule]]
then = "refuse"
why = "production is changed by the pipeline"
label = ["destructive"]
kube = '^prod(/|$)'

[[rule]]
then = "warn"
why = "say it in the channel first"
tool = ["kubectl"]
verb = ["rollout restart", "logs"]

[[example]]
call = "kubectl delete pod web-1"
kube = "prod/shop"
then = "refuse"

[[example]]
call = "kubectl get pods"
kube = "prod/shop"
then = "ask"
"#;

fn policies(files: &[&str]) -> Policies {
    let mut all = Policies::default();
    for (n, text) in files.iter().enumerate() {
        let _ = all.add(&format!("{n}.toml"), text);
    }
    all
}

fn ruling(files: &[&str], text: &str, kube: Option<&str>) -> Ruling {
    policies(files).ruling(text, classify(text).label, Place { kube, ..Place::default() })
}

#[test]
fn rules_hold_by_class_tool_verb_and_context() {
    let prod = Some("prod/shop");
    let refused = ruling(&[TEAM], "kubectl delete pod web-1", prod);
    assert_eq!(refused.then, Then::Refuse);
    assert_eq!(refused.because, ["refuse: production is changed by the pipeline (0.toml:2)"]);
    assert_eq!(ruling(&[TEAM], "kubectl delete pod web-1", Some("staging/shop")).then, Then::Ask);
    assert_eq!(ruling(&[TEAM], "kubectl rollout restart deploy/web", prod).then, Then::Warn);
    assert_eq!(ruling(&[TEAM], "kubectl rollout status deploy/web", prod).then, Then::Ask);
    assert_eq!(ruling(&[], "kubectl delete ns shop", prod), Ruling::default());
}

#[test]
fn a_command_whose_class_can_t_be_told_falls_under_every_class_that_a_rule_names() {
    let policy = "[[rule]]\nthen = \"refuse\"\nwhy = \"not here\"\nlabel = [\"destructive\"]\n";
    let refused = ruling(&[policy], "sh ./unknown.sh", None);
    assert_eq!(refused.then, Then::Refuse);
    assert_eq!(
        refused.because,
        ["refuse: not here; what it does can't be told, so it counts as what the rule names (0.toml:2)"]
    );
    assert_eq!(ruling(&[policy], "df -h", None).then, Then::Ask);
    assert_eq!(ruling(&[policy], "touch x", None).then, Then::Ask);
}

#[test]
fn of_two_files_the_stricter_holds_whichever_it_is() {
    let mine = "[[rule]]\nthen = \"ask\"\nwhy = \"mine\"\n";
    for files in [[TEAM, mine], [mine, TEAM]] {
        let said = ruling(&files, "kubectl delete pod web-1", Some("prod/shop"));
        assert_eq!((said.then, said.because.len()), (Then::Refuse, 2), "{said:?}");
        assert!(said.because[0].starts_with("refuse"));
    }
}

#[test]
fn no_spelling_of_a_call_slips_past_a_rule_on_its_program() {
    let rule = "[[rule]]\nthen = \"refuse\"\nwhy = \"no\"\ntool = [\"terraform\"]\nverb = [\"apply\"]\n";
    for text in [
        "terraform apply",
        "/usr/bin/terraform -chdir=x apply",
        "sudo -u ops terraform apply",
        "bash -c 'cd x && terraform apply'",
        "ter\"raf\"orm ap\\ply",
        "x=1 env A=b terraform apply -auto-approve",
        "ssh host 'sudo terraform apply'",
        "echo ok; (terraform apply)",
        "T=terraform; $T apply",
        "sudo $T apply",
        "terraform $VERB",
        "bash <<'EOF'\nterraform apply\nEOF",
        "echo $(terraform apply)",
        "timeout 30 tofu apply",
        "bash -c \"bash -c 'terraform apply'\"",
    ] {
        assert_eq!(ruling(&[rule], text, None).then, Then::Refuse, "{text}");
    }
    for text in ["terraform plan", "kubectl apply -f x", "ls terraform"] {
        assert_eq!(ruling(&[rule], text, None).then, Then::Ask, "{text}");
    }
}

#[test]
fn a_context_that_the_command_names_itself_or_that_is_not_known_counts() {
    let rule = "[[rule]]\nthen = \"refuse\"\nwhy = \"no\"\nkube = '^prod'\n";
    let staging = Some("staging/shop");
    for text in [
        "kubectl --context prod-eu get pods",
        "kubectl --context=prod-eu get pods",
        "helm --kube-context prod-eu list",
        "kubectl --kubeconfig /tmp/c get pods",
        "KUBECONFIG=/tmp/c kubectl get pods",
        "kubectl -shttps://10.0.0.1 get pods",
    ] {
        assert_eq!(ruling(&[rule], text, staging).then, Then::Refuse, "{text}");
    }
    assert_eq!(ruling(&[rule], "kubectl get pods", staging).then, Then::Ask);
    assert_eq!(ruling(&[rule], "kubectl get pods", None).then, Then::Refuse, "no context is known");
    assert_eq!(ruling(&[rule], "df -h", None).then, Then::Ask, "it speaks to no cluster");
}

#[test]
fn a_policy_that_is_wrong_refuses_everything_and_names_file_line_and_reason() {
    let cases = [
        (TEAM.replace("then = \"warn\"", "then = \"wran\""), "line 8: unknown variant `wran`"),
        (TEAM.replace("kube = '^prod(/|$)'", "kube = '^prod(/|$'"), "line 2: `^prod(/|$` is no regular expression"),
        (TEAM.replace("label = [", "lable = ["), "line 4: unknown field `lable`"),
        ("[[rule]]\nthen = \"warn\"\nwhy = \"x\"\nverb = [\"delete\"]\n".into(), "line 2: `verb` needs the `tool`"),
    ];
    for (text, why) in cases {
        let mut all = Policies::default();
        let fault = all.add("team.toml", &text).unwrap_err();
        assert!(fault.what.contains(why) && fault.what.contains("team.toml"), "{}", fault.what);
        let said = all.ruling("df -h", classify("df -h").label, Place::default());
        assert!(said.then == Then::Refuse && said.because[0].contains(why), "{said:?}");
    }
}

fn asked(policy: &str, keys: &str) -> Bench {
    let mut b = Bench::investigated((100, 40));
    b.desk.policies = Arc::new(policies(&[policy]));
    b.keys(keys);
    b.input(Input::Context(context()));
    b.wait(400);
    b
}

#[test]
fn what_a_policy_refuses_can_t_be_approved_and_the_dialog_says_which_rule() {
    let mut b = asked(TEAM, "6 r");
    assert!(b.says("refuse: production is changed by the pipeline (0.toml:2)"), "{}", b.screen());
    let Some(Dialog::Approval(a)) = b.desk.dialog.clone() else { panic!("{}", b.screen()) };
    b.keys(&format!("pgdn pgdn '{}' ctrl-y", a.phrase));
    assert!(b.runs().is_empty() && b.says("a policy refuses it"), "{}", b.screen());
    // The same in another context is asked, as ever.
    let staging = hotwash::journal::event::RunContext { kube: Some("staging/shop".into()), ..context() };
    b.input(Input::Context(staging));
    b.wait(400).keys(&format!("pgdn pgdn '{}' ctrl-y", a.phrase));
    assert_eq!(b.runs().len(), 1, "{}", b.screen());
}

#[test]
fn what_a_policy_warns_about_wants_a_word() {
    let mut b = asked(TEAM, "4 r 'shop' enter");
    assert!(b.says("warn: say it in the channel first (0.toml:8)"), "{}", b.screen());
    b.keys("'y' ctrl-y");
    assert!(b.runs().is_empty(), "{}", b.screen());
    b.wait(400).keys("backspace 'run' ctrl-y");
    assert_eq!(b.runs().len(), 1, "{}", b.screen());
}

#[test]
fn the_program_reads_both_files_and_says_the_rule_beside_a_command() {
    let home = tempfile::tempdir().unwrap();
    let team = home.path().join("team");
    fs::create_dir(&team).unwrap();
    let rule = "[[rule]]\nthen = \"refuse\"\nwhy = \"never here\"\ntool = [\"shred\"]\n";
    fs::write(team.join("approvals.toml"), rule).unwrap();
    fs::write(home.path().join("approvals.toml"), rule.replace("refuse", "warn")).unwrap();
    let said = |json: bool| {
        let mut command = hotwash(home.path());
        command.arg("command");
        if json {
            command.arg("--json");
        }
        let out = command.write_stdin("shred /srv/x\n").output().unwrap();
        String::from_utf8(out.stdout).unwrap()
    };
    assert!(said(true).contains("\"policy\":{\"then\":\"warn\""), "{}", said(true));
    fs::write(home.path().join("config.toml"), "team_approvals = \"team/approvals.toml\"\n").unwrap();
    assert!(said(true).contains("\"then\":\"refuse\""), "{}", said(true));
    assert!(
        said(false).contains("refuse: never here (") && said(false).contains("approvals.toml:2)"),
        "{}",
        said(false)
    );
    fs::remove_file(team.join("approvals.toml")).unwrap();
    assert!(said(false).contains("refuse: the team's approval policy"), "{}", said(false));
    let out = hotwash(home.path()).arg("check").output().unwrap();
    assert_eq!(out.status.code(), Some(1));
    assert!(String::from_utf8(out.stdout).unwrap().contains("is not there"));
}
