//! The numbers of tickets, changes and flaws in text: they name records, and nothing that runs.

/// Beginnings of the numbers of tickets and changes, by the trackers and by the practice of their users.
const RECORDS: &str = "CHG CHANGE CR RFC INC INCIDENT PRB REQ RITM TASK SCTASK TICKET BUG CVE GHSA PR MR OPS SRE JIRA";

/// The number of a ticket, a change or a flaw (`CHG-4410`): it names a record, and nothing that runs.
pub fn is_record(name: &str) -> bool {
    let Some((head, number)) = name.split_once('-') else { return false };
    RECORDS.split(' ').any(|r| r == head)
        && number.starts_with(|c: char| c.is_ascii_digit())
        && number.bytes().all(|b| b.is_ascii_digit() || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_of_a_ticket_names_no_service_and_a_host_with_a_number_is_one() {
        for name in ["CHG-4410", "INC-7", "CVE-2024-3094"] {
            assert!(is_record(name) && crate::analyst::story::vague::is_vague(name), "{name}");
        }
        for name in ["WEB-01", "chg-api", "CHG-api", "sre-2"] {
            assert!(!is_record(name), "{name}");
        }
    }
}
