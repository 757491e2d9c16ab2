//! One connection, as the protocol has it. A key that `serve.toml` names, one channel, one terminal: that
//! is all there is. Every other request is refused here, one method each, so that a new version of the
//! protocol's crate can't open anything by its own default.

use std::future::Future;
use std::sync::Arc;

use russh::keys::PublicKey;
use russh::keys::ssh_key::Algorithm;
use russh::server::{Auth, ChannelOpenHandle, Handler, Msg, PublicKeyOffer, Session, VerifiedPublicKey};
use russh::{Channel, ChannelId, MethodKind, MethodSet, Pty};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use super::server::{Host, Known};
use super::viewer::{LARGEST, Seat, show};

/// Pieces of what a guest types that may wait for their screen; then the connection waits.
const WAITING: usize = 16;
/// The longest name of a terminal that is looked at, in bytes.
const LONGEST_TERM: usize = 64;

/// A guest who has a screen.
pub struct Seated {
    /// Who.
    pub name: String,
    /// Ends with their screen.
    pub shown: JoinHandle<()>,
}

type Refusal = Result<(), russh::Error>;

/// One guest's side of the protocol.
pub struct Connection {
    host: Arc<Host>,
    /// Told once, when the guest has a screen.
    seated: Option<oneshot::Sender<Seated>>,
    who: Option<Known>,
    channel: Option<ChannelId>,
    term: Option<(String, (u16, u16))>,
    typed: Option<mpsc::Sender<Vec<u8>>>,
    size: Option<watch::Sender<(u16, u16)>>,
}

impl Connection {
    /// A connection of which nothing is known yet; `seated` hears of the screen once there is one.
    pub fn new(host: Arc<Host>, seated: oneshot::Sender<Seated>) -> Self {
        Self { host, seated: Some(seated), who: None, channel: None, term: None, typed: None, size: None }
    }

    fn known(&self, key: &PublicKey, algorithm: &Algorithm) -> Option<Known> {
        // `ssh-rsa` alone signs with SHA-1.
        let sha1 = matches!(algorithm, Algorithm::Rsa { hash: None });
        self.host.known.iter().find(|k| !sha1 && k.key.key_data() == key.key_data()).cloned()
    }

    fn is_mine(&self, channel: ChannelId) -> bool {
        self.channel == Some(channel)
    }

    /// A sentence on the guest's standard error, an exit code, and the end.
    fn turn_away(&self, channel: ChannelId, why: &str, session: &mut Session) -> Refusal {
        session.extended_data(channel, 1, format!("hotwash: {why}\r\n").into_bytes())?;
        session.exit_status_request(channel, 2)?;
        session.eof(channel)?;
        session.close(channel)
    }
}

fn refused() -> Auth {
    Auth::Reject { proceed_with_methods: Some(MethodSet::from(&[MethodKind::PublicKey][..])), partial_success: false }
}

/// A size as a client claims it, within what is drawn.
fn drawable(columns: u32, rows: u32) -> (u16, u16) {
    let within = |n: u32, usual: u16, most: u16| match n {
        0 => usual,
        n => u16::try_from(n).unwrap_or(most).min(most),
    };
    (within(columns, 80, LARGEST.0), within(rows, 24, LARGEST.1))
}

impl Handler for Connection {
    type Error = russh::Error;

    async fn auth_publickey_offered(&mut self, _: &str, offer: PublicKeyOffer<'_>) -> Result<Auth, Self::Error> {
        Ok(self.known(offer.public_key, offer.algorithm).map_or_else(refused, |_| Auth::Accept))
    }

    async fn auth_publickey(&mut self, _: &str, key: VerifiedPublicKey<'_>) -> Result<Auth, Self::Error> {
        self.who = self.known(key.public_key, key.algorithm);
        Ok(self.who.as_ref().map_or_else(refused, |_| Auth::Accept))
    }

    async fn channel_open_session(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _: &mut Session,
    ) -> Refusal {
        if self.channel.is_none() && self.who.is_some() {
            self.channel = Some(channel.id());
            reply.accept().await;
        }
        // The channel's own queue is not used: what arrives comes to `data`, and waits there for room.
        Ok(())
    }

    async fn pty_request(
        &mut self,
        channel: ChannelId,
        term: &str,
        columns: u32,
        rows: u32,
        _: u32,
        _: u32,
        _: &[(Pty, u32)],
        session: &mut Session,
    ) -> Refusal {
        if !self.is_mine(channel) || self.term.is_some() {
            return session.channel_failure(channel);
        }
        let term = term.get(..LONGEST_TERM).unwrap_or(term).chars().take(LONGEST_TERM).collect();
        self.term = Some((term, drawable(columns, rows)));
        session.channel_success(channel)
    }

    async fn shell_request(&mut self, channel: ChannelId, session: &mut Session) -> Refusal {
        let (true, Some(who)) = (self.is_mine(channel), &self.who) else {
            return session.channel_failure(channel);
        };
        let Some((term, size)) = self.term.clone() else {
            session.channel_success(channel)?;
            let why = "there is no shell here, only a screen, and it needs a terminal: `ssh -t`";
            return self.turn_away(channel, why, session);
        };
        // One screen for each connection.
        let Some(seated) = self.seated.take() else { return session.channel_failure(channel) };
        session.channel_success(channel)?;
        let (typed, hears) = mpsc::channel(WAITING);
        let (resizes, sized) = watch::channel(size);
        let voice = self.host.voice(who);
        let seat = Seat {
            name: who.guest.name.clone(),
            voice,
            attending: self.host.attending(who),
            term,
            handle: session.handle(),
            id: channel,
            typed: hears,
            size: sized,
        };
        (self.typed, self.size) = (Some(typed), Some(resizes));
        let shown = tokio::spawn(show(Arc::clone(&self.host.hall), Arc::clone(&self.host.config), seat));
        // Nobody listens where the time for it is over: the connection is cut then, and the screen with it.
        let _ = seated.send(Seated { name: who.guest.name.clone(), shown });
        Ok(())
    }

    async fn data(&mut self, channel: ChannelId, data: &[u8], _: &mut Session) -> Refusal {
        if let Some(typed) = self.typed.as_ref().filter(|_| self.is_mine(channel)) {
            // Their screen has ended: so does the connection, in a moment.
            let _ = typed.send(data.to_vec()).await;
        }
        Ok(())
    }

    async fn window_change_request(
        &mut self,
        channel: ChannelId,
        columns: u32,
        rows: u32,
        _: u32,
        _: u32,
        session: &mut Session,
    ) -> Refusal {
        if let Some(size) = self.size.as_ref().filter(|_| self.is_mine(channel)) {
            size.send_replace(drawable(columns, rows));
        }
        session.channel_success(channel)
    }

    async fn channel_eof(&mut self, channel: ChannelId, _: &mut Session) -> Refusal {
        self.channel_over(channel)
    }

    async fn channel_close(&mut self, channel: ChannelId, _: &mut Session) -> Refusal {
        self.channel_over(channel)
    }

    async fn exec_request(&mut self, channel: ChannelId, _: &[u8], session: &mut Session) -> Refusal {
        session.channel_failure(channel)?;
        self.turn_away(channel, "no command is run here: leave it out", session)
    }

    async fn subsystem_request(&mut self, channel: ChannelId, _: &str, session: &mut Session) -> Refusal {
        session.channel_failure(channel)?;
        self.turn_away(channel, "no files are served here", session)
    }

    async fn env_request(&mut self, channel: ChannelId, _: &str, _: &str, session: &mut Session) -> Refusal {
        session.channel_failure(channel)
    }

    async fn x11_request(
        &mut self,
        channel: ChannelId,
        _: bool,
        _: &str,
        _: &str,
        _: u32,
        session: &mut Session,
    ) -> Refusal {
        session.channel_failure(channel)
    }

    async fn agent_request(&mut self, _: ChannelId, _: &mut Session) -> Result<bool, Self::Error> {
        Ok(false)
    }

    async fn auth_none(&mut self, _: &str) -> Result<Auth, Self::Error> {
        Ok(refused())
    }

    async fn auth_password(&mut self, _: &str, _: &str) -> Result<Auth, Self::Error> {
        Ok(refused())
    }

    // A dropped reply refuses; an answer of `false` refuses.

    fn channel_open_x11(
        &mut self,
        _: Channel<Msg>,
        _: &str,
        _: u32,
        _: ChannelOpenHandle,
        _: &mut Session,
    ) -> impl Future<Output = Refusal> + Send {
        std::future::ready(Ok(()))
    }

    fn channel_open_direct_tcpip(
        &mut self,
        _: Channel<Msg>,
        _: &str,
        _: u32,
        _: &str,
        _: u32,
        _: ChannelOpenHandle,
        _: &mut Session,
    ) -> impl Future<Output = Refusal> + Send {
        std::future::ready(Ok(()))
    }

    fn channel_open_forwarded_tcpip(
        &mut self,
        _: Channel<Msg>,
        _: &str,
        _: u32,
        _: &str,
        _: u32,
        _: ChannelOpenHandle,
        _: &mut Session,
    ) -> impl Future<Output = Refusal> + Send {
        std::future::ready(Ok(()))
    }

    fn channel_open_direct_streamlocal(
        &mut self,
        _: Channel<Msg>,
        _: &str,
        _: ChannelOpenHandle,
        _: &mut Session,
    ) -> impl Future<Output = Refusal> + Send {
        std::future::ready(Ok(()))
    }

    async fn tcpip_forward(&mut self, _: &str, _: &mut u32, _: &mut Session) -> Result<bool, Self::Error> {
        Ok(false)
    }

    async fn streamlocal_forward(&mut self, _: &str, _: &mut Session) -> Result<bool, Self::Error> {
        Ok(false)
    }
}

impl Connection {
    /// Nothing more comes from the guest: their screen ends.
    fn channel_over(&mut self, channel: ChannelId) -> Refusal {
        if self.is_mine(channel) {
            (self.typed, self.size, self.term) = (None, None, None);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_that_a_client_claims_is_kept_within_what_is_drawn() {
        assert_eq!(drawable(120, 36), (120, 36));
        assert_eq!(drawable(0, 0), (80, 24));
        assert_eq!(drawable(u32::MAX, 1), (LARGEST.0, 1));
    }
}
