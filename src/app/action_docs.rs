//! The actions as a table for the README, made from the one table there is.

use super::action::ALL;
use super::keymap::{Context, Keymap};

/// The README's section of keys, between its markers: a table per context.
pub fn keys_markdown() -> String {
    let map = Keymap::standard();
    let mut out = String::new();
    for (context, _, title) in Context::ALL {
        out.push_str(&format!("\n**{title}**\n\n| keys | action | what it does |\n| --- | --- | --- |\n"));
        for a in ALL.iter().filter(|a| a.context == *context) {
            let keys: Vec<String> = map.keys_of(a.id).iter().map(|k| format!("`{}`", k.replace('|', "\\|"))).collect();
            let keys = if keys.is_empty() { "palette".to_owned() } else { keys.join(" ") };
            out.push_str(&format!("| {keys} | `{}` | {} |\n", a.id, a.docs));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_every_action_says_what_it_does() {
        for (n, a) in ALL.iter().enumerate() {
            assert!(!a.title.is_empty() && !a.docs.is_empty(), "{}", a.id);
            assert!(ALL[n + 1..].iter().all(|b| b.id != a.id), "{} twice", a.id);
        }
    }
}
