//! Where the console hands over what is shared: once a session's first record is on disk, where the
//! settings say so.

use std::time::Duration;

use super::lead::{Bridge, Shares};
use super::link::Pace;
use super::names::Names;
use crate::fault::Fault;
use crate::runtime::console::Console;
use crate::runtime::identity;

/// How long leaving waits for the last records to be sent.
const GOODBYE: Duration = Duration::from_secs(1);

impl Console {
    /// Records up to this one are on disk; the first time, the sharing begins.
    pub(in crate::runtime) fn share_saved(&mut self, seq: u64) {
        if self.bridge.is_none() && self.config.bridge.share && !self.refused_to_share {
            match self.begin_to_share() {
                Ok(bridge) => self.bridge = Some(bridge),
                Err(fault) => {
                    self.refused_to_share = true;
                    self.fail(fault);
                }
            }
        }
        if let Some(bridge) = &self.bridge {
            bridge.saved(seq);
        }
    }

    fn begin_to_share(&self) -> Result<Bridge, Fault> {
        let not = |why: String| Fault::environment(format!("the session is not shared: {why}"), "");
        let book = self.book.as_ref().ok_or_else(|| not("it is not saved".into()))?;
        let shares = Shares {
            names: Names::new(&self.config.bridge.prefix, &self.session.id).map_err(not)?,
            folder: book.path.clone(),
            settings: self.config.bridge.clone(),
            signer: identity::signer(&self.config)?,
            people: self.desk.people.clone(),
            to: self.to.clone(),
            pace: Pace::default(),
        };
        let bridge = Bridge::start(shares).map_err(|e| not(crate::runtime::files::reason(&e)))?;
        bridge.share(&self.desk);
        Ok(bridge)
    }

    /// Another session is on screen from now on, or none.
    pub(in crate::runtime) fn stop_sharing(&mut self) {
        (self.bridge, self.desk.sharing, self.refused_to_share) = (None, None, false);
    }

    /// The last saved records go out, if the server is there.
    pub(in crate::runtime) fn end_sharing(&mut self, saved: u64, patience: Duration) {
        if let Some(bridge) = self.bridge.take() {
            bridge.saved(saved);
            bridge.close(patience.min(GOODBYE));
        }
    }
}
