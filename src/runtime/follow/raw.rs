//! `follow --raw`: the lines of the feed on standard output, for a pipe to another machine. Records go
//! out in order and whole, however slow the line is; where the lead looks is sent as it is *now*
//! whenever there is room, so that a slow line stays in step.

use std::io::{self, Write};

use tokio::sync::mpsc::Receiver;

use super::inlet::{Ended, Said};
use crate::fault::Fault;
use crate::journal::feed::{Arrived, Fed};
use crate::journal::format::{FRAME, Header};

/// Writes what an inlet says until it ends or nobody reads any more.
///
/// # Errors
/// When the inlet failed, or the output did.
pub fn write(mut said: Receiver<Said>, out: &mut dyn Write) -> Result<(), Fault> {
    let failed = |e: io::Error| Fault::environment(format!("cannot write: {}", super::super::files::reason(&e)), "");
    while let Some(next) = said.blocking_recv() {
        match next {
            Said::Lines(lines) => match batch(&lines, out) {
                Err(e) if e.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
                other => other.map_err(failed)?,
            },
            // What is no part of the session is for a screen.
            Said::Told(_) => {}
            Said::Ended(Ended::End) => break,
            Said::Ended(Ended::Failed(what)) => return Err(Fault::environment(what, "")),
        }
    }
    Ok(())
}

fn batch(lines: &[Fed], out: &mut dyn Write) -> io::Result<()> {
    // In one piece: a write for each line costs more than the line.
    let mut bytes = Vec::new();
    lines.iter().for_each(|fed| bytes.extend(line(fed)));
    out.write_all(&bytes)?;
    out.flush()
}

/// The line as it stands in a feed; empty for what is none.
pub fn line(fed: &Fed) -> Vec<u8> {
    match fed {
        Fed::Header(header) => Header::line(header).into_bytes(),
        Fed::Record(arrived) => record(arrived),
        Fed::Beside(beside) => beside.line().unwrap_or_default().into_bytes(),
        Fed::Unreadable(_) | Fed::Newer(_) => Vec::new(),
    }
}

/// The record's line as it stands in the journal, byte for byte.
fn record(arrived: &Arrived) -> Vec<u8> {
    let Arrived { chain, payload, .. } = arrived;
    let head = format!("{:08} {chain} ", payload.len());
    let crc = crc32c::crc32c_append(crc32c::crc32c(head.as_bytes()), payload);
    let mut out = Vec::with_capacity(FRAME + payload.len() + 1);
    out.extend_from_slice(format!("= {crc:08x} {head}").as_bytes());
    out.extend_from_slice(payload);
    out.push(b'\n');
    out
}
