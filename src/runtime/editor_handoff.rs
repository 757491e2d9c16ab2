//! `$EDITOR`: the text goes into a private file, the person's editor gets the terminal, and what it
//! left behind comes back. The caller has given the terminal back before, and takes it afterwards.

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::path::Path;
use std::process::{Child, Command};

use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};

use super::files::reason;
use super::signals::stop_self;
use crate::fault::Fault;

/// The most that is read back, in bytes.
const LARGEST: u64 = 16 * 1024 * 1024;

/// The editor's command line, from `VISUAL`, `EDITOR`, else `vi`.
pub fn editor() -> String {
    ["VISUAL", "EDITOR"]
        .iter()
        .find_map(|n| std::env::var(n).ok().filter(|v| !v.trim().is_empty()))
        .unwrap_or_else(|| "vi".into())
}

/// Lets `editor` change `text`, in a file of mode 0600 within `folder` (which is made where it is
/// missing). `None`: nothing was changed, or the editor ended with a failure.
///
/// # Errors
/// When the file can't be written or read, or the editor can't be started.
pub fn edit(editor: &str, text: &str, folder: &Path) -> Result<Option<String>, Fault> {
    let failed = |e: io::Error| {
        Fault::environment(
            format!("cannot hand the text to `{editor}`: {}", reason(&e)),
            "edit it here instead, or set EDITOR to one that is installed",
        )
    };
    let words = shell_words::split(editor)
        .map_err(|e| Fault::environment(format!("EDITOR is not a command: {e}"), "set EDITOR, for example to `vi`"))?;
    let Some((program, arguments)) = words.split_first() else {
        return Err(Fault::environment("EDITOR is empty", "set EDITOR, for example to `vi`"));
    };
    let mut file = tempfile::Builder::new().prefix("postmortem-").suffix(".md").tempfile_in(folder).map_err(failed)?;
    file.write_all(text.as_bytes()).and_then(|()| file.flush()).map_err(failed)?;
    let mut command = Command::new(program);
    command.args(arguments).arg(OsString::from(file.path()));
    // With evidence from a pipe standard input is that pipe: the editor gets the terminal instead.
    if let Ok(tty) = std::fs::File::open("/dev/tty") {
        command.stdin(tty);
    }
    let child = command.spawn().map_err(failed)?;
    if !wait(&child).map_err(failed)? {
        return Ok(None);
    }
    // By name: editors write a new file and rename it over the old one.
    let mut changed = Vec::new();
    let read = std::fs::File::open(file.path()).and_then(|f| f.take(LARGEST).read_to_end(&mut changed));
    read.map_err(failed)?;
    let changed = String::from_utf8_lossy(&changed).into_owned();
    Ok((changed != text).then_some(changed))
}

/// Waits for the editor to end; true when it ended well. Where it is stopped (Ctrl-Z) this process
/// stops with it, so that the shell gets its terminal back; continuing one continues both.
fn wait(child: &Child) -> io::Result<bool> {
    let pid = Pid::from_child(child);
    loop {
        match waitpid(Some(pid), WaitOptions::UNTRACED) {
            Ok(Some((_, status))) if status.stopped() => {
                stop_self();
                // The shell continues the whole job; where only we were continued, the editor is by us.
                let _ = kill_process(pid, Signal::CONT);
            }
            Ok(Some((_, status))) => return Ok(status.exit_status() == Some(0)),
            Ok(None) | Err(Errno::INTR) => {}
            Err(e) => return Err(e.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_editor_wrote_comes_back_and_the_file_is_gone() {
        let dir = tempfile::tempdir().unwrap();
        let changed = edit("sh -c 'printf more >> \"$1\"' edit", "text ", dir.path()).unwrap();
        assert_eq!(changed.as_deref(), Some("text more"));
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    }

    #[test]
    fn an_unchanged_text_and_a_failed_editor_change_nothing() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(edit("true", "text", dir.path()), Ok(None));
        assert_eq!(edit("false", "text", dir.path()), Ok(None));
        assert!(edit("/no/such/editor", "text", dir.path()).unwrap_err().hint.contains("EDITOR"));
    }
}
