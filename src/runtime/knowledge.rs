//! What the analyst knows before it reads: our playbooks, and a person's own over them.

use std::borrow::Cow;

use super::config::own_files;
use super::files::reason;
use super::places::Places;
use crate::analyst::Knowledge;
use crate::fault::Fault;

/// Our playbooks with the person's own merged over them.
///
/// # Errors
/// Names the file, line and reason when one of their own files is not valid.
pub fn load(places: &Places) -> Result<Cow<'static, Knowledge>, Fault> {
    let own = own_files(places, "playbooks", "toml")?;
    if own.is_empty() {
        return Ok(Cow::Borrowed(Knowledge::embedded()));
    }
    let mut knowledge = Knowledge::embedded().clone();
    for path in own {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(&path)
            .map_err(|e| Fault::input(format!("cannot read {name}: {}", reason(&e)), ""))?;
        knowledge.merge(&name, &text)?;
    }
    Ok(Cow::Owned(knowledge))
}
