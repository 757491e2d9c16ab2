//! The names that levels go by.

use crate::domain::Level;

/// The level a word names, without regard to case.
pub fn level_of(word: &str) -> Option<Level> {
    if word.len() > 13 {
        return None;
    }
    let lower = word.to_ascii_lowercase();
    Some(match lower.as_str() {
        "trace" | "trc" | "finest" | "finer" | "verbose" | "vrb" => Level::Trace,
        "debug" | "dbg" | "fine" | "debug1" | "debug2" | "debug3" | "debug4" | "debug5" => Level::Debug,
        "info" | "information" | "informational" | "inf" | "log" | "config" => Level::Info,
        "notice" | "note" | "ntc" => Level::Notice,
        "warn" | "warning" | "wrn" => Level::Warn,
        "error" | "err" | "eror" | "severe" => Level::Error,
        "critical" | "crit" | "fatal" | "ftl" | "panic" | "emerg" | "emergency" | "alert" | "dpanic" => Level::Fatal,
        _ => return None,
    })
}

/// True for names that are levels wherever they stand in capitals; the others (`LOG`, `NOTE`,
/// `ALERT`, `FINE`) need a mark around or behind them.
pub(super) fn is_strong(word: &str) -> bool {
    matches!(
        word,
        "TRACE"
            | "DEBUG"
            | "INFO"
            | "NOTICE"
            | "WARN"
            | "WARNING"
            | "ERROR"
            | "FATAL"
            | "CRITICAL"
            | "SEVERE"
            | "ERR"
            | "CRIT"
            | "INF"
            | "WRN"
            | "DBG"
            | "TRC"
            | "FTL"
    )
}

/// True for names that mean a level and hardly anything else, also in small letters.
pub(super) fn is_plain(word: &str) -> bool {
    matches!(word, "trace" | "debug" | "info" | "notice" | "warn" | "warning" | "error" | "fatal" | "critical")
}

/// The level of a single letter, as klog, logcat and others write it.
pub(super) fn letter(letter: u8) -> Option<Level> {
    Some(match letter {
        b'V' => Level::Trace,
        b'D' => Level::Debug,
        b'I' => Level::Info,
        b'N' => Level::Notice,
        b'W' => Level::Warn,
        b'E' => Level::Error,
        b'F' | b'C' => Level::Fatal,
        _ => return None,
    })
}

/// The level of a number: 10 to 60 as bunyan and pino count, 0 to 7 as syslog does.
pub(super) fn number(number: &str) -> Option<Level> {
    Some(match number {
        "10" => Level::Trace,
        "20" | "7" => Level::Debug,
        "30" | "6" => Level::Info,
        "5" => Level::Notice,
        "40" | "4" => Level::Warn,
        "50" | "3" => Level::Error,
        "60" | "0" | "1" | "2" => Level::Fatal,
        _ => return None,
    })
}
