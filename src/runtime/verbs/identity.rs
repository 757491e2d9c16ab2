//! `identity`: who you are to others, and who they are to you.

use std::io::Write;

use crate::fault::Fault;
use crate::runtime::config::Config;
use crate::runtime::identity::{self, People};
use crate::runtime::places::Places;

use super::print;

/// `identity`: prints the name, the public key and how others come to know it.
///
/// # Errors
/// The key can't be read or made.
pub fn identity(out: &mut dyn Write) -> Result<u8, Fault> {
    let config = Config::load(Places::from_environment()?)?;
    let key = identity::signer(&config)?.public();
    let people = People::load(&config)?;
    let file = config.places.config.join("people.toml");
    let mut text = format!("name      {}\nkey       {key}\n\n", config.name);
    text.push_str("Others know you by these lines in their people.toml:\n\n");
    text.push_str(&format!("[[person]]\nname = {:?}\nkey = \"{key}\"\nrole = \"responder\"\n\n", config.name));
    text.push_str(&format!("Known here ({}): {}\n", file.display(), people.all().len()));
    for person in people.all() {
        text.push_str(&format!("{:<12} {:?} {}\n", person.key.short(), person.role, person.name));
    }
    print(out, &text)?;
    Ok(0)
}
