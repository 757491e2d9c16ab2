//! The verbs over texts and cases: no session, no console.

use std::io::Write;
use std::path::PathBuf;

use crate::fault::Fault;
use crate::runtime::eval as cases;

use super::print;

/// `eval`: investigates every labelled case and prints the measures.
///
/// # Errors
/// A folder or a case can't be read.
pub fn eval(dirs: &[String], json: bool, only: &[String], out: &mut dyn Write) -> Result<u8, Fault> {
    let dirs: Vec<PathBuf> = dirs.iter().map(PathBuf::from).collect();
    let all = cases::measured(&dirs, only)?;
    print(out, &if json { cases::json(&all) } else { cases::table(&all) })?;
    Ok(0)
}
