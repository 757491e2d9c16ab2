//! The dry run of a change, where its tool has one: another command, with its own approval. Only for one
//! call whose words are all literal; which verbs have one is in the grammars (`[[tool.dry]]`).

use super::argv::take;
use super::grammar::tool;
use super::lex::lex;

/// The text of the dry run of a command; `None` where the tool has none, or where it can't be told.
pub fn dry_run(text: &str) -> Option<String> {
    let script = lex(text);
    let [simple] = script.commands.as_slice() else { return None };
    if !script.odd.is_empty() || !script.inner.is_empty() || !simple.redirects.is_empty() {
        return None;
    }
    let words: Option<Vec<&str>> =
        simple.words.iter().map(|w| w.dynamic.is_none().then_some(w.text.as_str())).collect();
    let words = words?;
    let (program, args) = words.split_first()?;
    let tool = tool(program)?;
    let taken = take(tool, args);
    let named = tool.dry.iter().filter(|d| d.names.is_empty() || d.names.iter().any(|n| n == program));
    let (dry, verb) = named.into_iter().find_map(|d| {
        let fits = |v: &&String| {
            let parts: Vec<&str> = v.split_whitespace().collect();
            taken.words.get(..parts.len()) == Some(parts.as_slice())
        };
        d.verbs.iter().find(fits).map(|v| (d, v.split_whitespace().collect::<Vec<_>>()))
    })?;
    if args.iter().any(|a| dry.marks.split_whitespace().any(|m| *a == m || a.starts_with(&format!("{m}=")))) {
        return None;
    }
    let kept = args.iter().filter(|a| !dry.drop.split_whitespace().any(|d| *a == &d));
    let mut out = vec![(*program).to_owned()];
    let mut verb = verb.into_iter().peekable();
    let mut instead = Some(dry.instead.split_whitespace()).filter(|_| !dry.instead.is_empty());
    let mut add = Some(dry.add.split_whitespace());
    for arg in kept {
        if !dry.instead.is_empty() && verb.peek() == Some(arg) {
            verb.next();
            out.extend(instead.take().into_iter().flatten().map(str::to_owned));
            continue;
        }
        if *arg == "--" {
            out.extend(add.take().into_iter().flatten().map(str::to_owned));
        }
        out.push((*arg).to_owned());
    }
    out.extend(add.into_iter().flatten().map(str::to_owned));
    let whole =
        dry.instead.is_empty() || verb.peek().is_none() && taken.words.len() == taken_words(&dry.verbs, &taken.words);
    whole.then(|| out.iter().map(|w| quoted(w)).collect::<Vec<_>>().join(" "))
}

/// A word as a person would write it: in quotes only where the shell needs them.
fn quoted(word: &str) -> String {
    let plain = !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_./=:,@%+".contains(&b));
    if plain { word.to_owned() } else { shell_words::quote(word).into_owned() }
}

/// How many words the verb takes up.
fn taken_words(verbs: &[String], words: &[&str]) -> usize {
    let lengths = verbs.iter().map(|v| v.split_whitespace().collect::<Vec<_>>());
    lengths.filter(|v| words.get(..v.len()) == Some(v.as_slice())).map(|v| v.len()).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_has_the_dry_run_of_its_tool() {
        let cases = [
            (
                "kubectl -n shop scale deploy/web --replicas=3",
                "kubectl -n shop scale deploy/web --replicas=3 --dry-run=server",
            ),
            ("kubectl delete pod web-1", "kubectl delete pod web-1 --dry-run=server"),
            ("kubectl set image deploy/web web=web:2", "kubectl set image deploy/web web=web:2 --dry-run=server"),
            ("kubectl run x --image=y -- sleep 1", "kubectl run x --image=y --dry-run=server -- sleep 1"),
            ("helm rollback web 3 -n shop", "helm rollback web 3 -n shop --dry-run"),
            ("terraform apply -auto-approve -target=a.b", "terraform plan -target=a.b"),
            ("terraform destroy", "terraform plan -destroy"),
            ("git push origin 'a b'", "git push origin 'a b' --dry-run"),
            ("rsync -a --delete a/ b/", "rsync -a --delete a/ b/ --dry-run"),
            ("ansible-playbook site.yml", "ansible-playbook site.yml --check --diff"),
        ];
        for (text, dry) in cases {
            assert_eq!(dry_run(text).as_deref(), Some(dry), "{text}");
        }
    }

    #[test]
    fn where_there_is_none_or_it_can_t_be_told_none_is_offered() {
        for text in [
            "kubectl rollout restart deploy/web",
            "kubectl get pods",
            "kubectl delete pod web-1 --dry-run=server",
            "kubectl delete pod $POD",
            "kubectl delete pod web-1; rm x",
            "kubectl apply -f - <<EOF\nx\nEOF",
            "sudo kubectl delete pod web-1",
            "terraform apply saved.plan",
            "systemctl restart web",
            "rsync -n a b",
        ] {
            assert_eq!(dry_run(text), None, "{text}");
        }
    }
}
