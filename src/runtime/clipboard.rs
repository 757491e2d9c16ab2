//! The clipboard, by OSC 52: the terminal is asked to copy. Whether it does is not known, so what
//! comes of it is *sent*, never *copied*.

use crossterm::Command;
use crossterm::clipboard::CopyToClipboard;

use crate::fault::Fault;

/// The most that is sent, in bytes of text: terminals cut or drop longer sequences without a word.
pub const LARGEST: usize = 74_994;

/// The sequence that asks the terminal to copy `text`; inside tmux wrapped so that it passes through.
///
/// # Errors
/// When the text is longer than terminals take.
pub fn sequence(text: &str, in_tmux: bool) -> Result<Vec<u8>, Fault> {
    if text.len() > LARGEST {
        return Err(Fault::environment(
            format!("{} bytes are more than terminals copy ({LARGEST})", text.len()),
            "write it to a file instead",
        ));
    }
    let mut osc = String::new();
    CopyToClipboard::to_clipboard_from(text)
        .write_ansi(&mut osc)
        .map_err(|e| Fault::environment(format!("cannot copy: {e}"), "write it to a file instead"))?;
    if in_tmux {
        osc = format!("\x1bPtmux;{}\x1b\\", osc.replace('\x1b', "\x1b\x1b"));
    }
    Ok(osc.into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_sent_encoded_and_nothing_of_it_can_act() {
        let bytes = sequence("a\x1b[2Jb", false).unwrap();
        assert_eq!(bytes, b"\x1b]52;c;YRtbMkpi\x1b\\");
    }

    #[test]
    fn what_terminals_drop_is_refused_aloud() {
        assert!(sequence(&"x".repeat(LARGEST + 1), false).unwrap_err().hint.contains("file"));
    }
}
