//! The server: listens, lets people in through the door, and keeps each connection within its limits.
//! It starts nothing but its own tasks: no process, and no thread but the one that reads the session.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use russh::keys::PublicKey;
use russh::server::run_stream;
use russh::{MethodKind, MethodSet};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::sync::oneshot;

use super::super::config::Config;
use super::super::files::reason;
use super::super::folder::Folder;
use super::super::follow::attend::Attending;
use super::super::follow::inlet::{self, Inlet};
use super::super::follow::voice::Voice;
use super::super::guests::{FILE, Guest, Guests};
use super::super::identity;
use super::super::signals::end_asked;
use super::connection::{Connection, Seated};
use super::door::{Door, Place};
use super::hall::Hall;
use super::host_key;
use crate::domain::showable::clean;
use crate::fault::Fault;
use crate::journal::attend::Over;
use crate::journal::course::Course;

/// Connections that the kernel keeps until they are let in.
const BACKLOG: u32 = 64;
/// What the kernel keeps of what a slow guest has not taken yet, in bytes.
const SEND_BUFFER: u32 = 64 * 1024;
/// Lines about who came and went that wait to be printed; more are left out.
const MOST_NEWS: usize = 256;
/// How long a failed accept (no descriptors left) waits before the next.
const AFTER_FAILURE: Duration = Duration::from_millis(100);
/// How long a connection that was ended may take to close.
const LONGEST_CLOSE: Duration = Duration::from_secs(2);
/// How long the end of the server waits for everybody's terminal to be given back.
const LONGEST_END: Duration = Duration::from_millis(900);
/// Messages to one guest that wait for the protocol's task.
const EVENTS: usize = 4;

/// What is served, and to whom it is told.
pub struct ServeOptions {
    /// Where the records come from.
    pub inlet: Box<dyn Inlet>,
    /// The session's folder: where guests with a voice leave what they say.
    pub folder: Folder,
    /// Where to listen.
    pub address: SocketAddr,
    /// The settings in effect.
    pub config: Config,
}

/// A guest by their parsed key.
#[derive(Debug, Clone)]
pub struct Known {
    /// The key.
    pub key: PublicKey,
    /// Who that is.
    pub guest: Guest,
}

/// What all connections share.
pub struct Host {
    /// Everybody who may come in.
    pub known: Vec<Known>,
    /// What they look at.
    pub hall: Arc<Hall>,
    /// The settings.
    pub config: Arc<Config>,
    folder: Folder,
    news: Sender<String>,
}

impl Host {
    /// The voice of somebody who may say something.
    pub fn voice(&self, who: &Known) -> Option<Voice> {
        let folder = Folder::open(self.folder.path()).ok()?;
        let signer = identity::guest(&self.config, &who.guest).ok()?;
        Voice::of_guest(folder, &self.config, &who.guest, signer)
    }

    /// Says to the lead that this guest is here, with the key that is theirs alone.
    pub fn attending(&self, who: &Known) -> Option<Attending> {
        let folder = Folder::open(self.folder.path()).ok()?;
        // A session's folder is called after its id.
        let session = folder.path().file_name()?.to_str()?.to_owned();
        Attending::with(&folder, &session, identity::guest(&self.config, &who.guest).ok()?, Over::Ssh)
    }

    /// The keys that those with a voice speak with, for a lead who runs under other settings.
    fn voices(&self) -> Vec<String> {
        let speak = self.known.iter().filter(|k| k.guest.role.speaks());
        let line = |known: &Known| {
            let key = identity::guest(&self.config, &known.guest).ok()?.public();
            Some(format!("{} speaks with the key {key}", clean(&known.guest.name)))
        };
        speak.filter_map(line).collect()
    }

    fn tell(&self, what: String) {
        // Nobody is held up because a line can't be printed.
        let _ = self.news.try_send(what);
    }
}

/// Serves until the process is asked to end; `print` gets one line at a time.
///
/// # Errors
/// Nobody may come in, the address can't be listened at, or the server's key can't be used.
pub fn run(options: ServeOptions, print: &mut dyn FnMut(&str) -> Result<(), Fault>) -> Result<(), Fault> {
    let ServeOptions { inlet, folder, address, config } = options;
    let known = known(&config)?;
    let key = host_key::load(&config)?;
    let fingerprint = host_key::fingerprint(&key);
    let protocol = Arc::new(protocol(&config, key));
    let failed = |e: io::Error| Fault::environment(format!("cannot serve: {}", reason(&e)), "");
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("hotwash-serve")
        .enable_all()
        .build()
        .map_err(failed)?;
    let hall = Arc::new(Hall::new(inlet.name()));
    let course = inlet.trusts().map_or_else(Course::default, Course::trusting);
    let said = inlet::listen(inlet).map_err(failed)?;
    let (news, mut heard) = channel(MOST_NEWS);
    let guests = known.len();
    let host = Arc::new(Host { known, hall, config: Arc::new(config), folder, news });
    let ended = runtime.block_on(async {
        let listener = listen_at(address)?;
        let at = listener.local_addr().map_err(failed)?;
        print(&format!("serving {} to {guests} known people at {at}", host.hall.from))?;
        print(&format!("host key {fingerprint}"))?;
        if !at.ip().is_loopback() {
            print("others can reach this address: whoever has one of the known keys comes in")?;
        }
        for line in host.voices() {
            print(&line)?;
        }
        let filled = Arc::clone(&host);
        tokio::spawn(async move { filled.hall.fill(course, said).await });
        tokio::spawn(accept(Arc::clone(&host), listener, protocol));
        tell_until_asked(&mut heard, print).await?;
        host.hall.close();
        everybody_left(&host).await;
        Ok(())
    });
    runtime.shutdown_timeout(Duration::from_millis(100));
    ended
}

async fn tell_until_asked(
    heard: &mut Receiver<String>,
    print: &mut dyn FnMut(&str) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let asked = end_asked();
    tokio::pin!(asked);
    loop {
        tokio::select! {
            biased;
            () = &mut asked => return Ok(()),
            Some(line) = heard.recv() => print(&clean(&line))?,
        }
    }
}

/// Waits until nobody looks any more, at most [`LONGEST_END`].
async fn everybody_left(host: &Host) {
    let all = host.hall.nobody();
    let _the_rest_is_left = tokio::time::timeout(LONGEST_END, all).await;
}

fn known(config: &Config) -> Result<Vec<Known>, Fault> {
    let guests = Guests::load(config)?;
    let path = config.places.config.join(FILE);
    if guests.all().is_empty() {
        return Err(Fault::input(
            format!("nobody may come in: {} names no one", path.display()),
            "write a [[guest]] with name, key (the line of their .pub file) and role for each",
        ));
    }
    let parse = |guest: &Guest| match PublicKey::from_openssh(&guest.key) {
        Ok(key) => Ok(Known { key, guest: guest.clone() }),
        Err(_) => Err(Fault::input(
            format!("{}: the key of {} can't be read", path.display(), guest.name),
            "it is one line: the kind, the key in base64, and a comment",
        )),
    };
    guests.all().iter().map(parse).collect()
}

fn protocol(config: &Config, key: russh::keys::PrivateKey) -> russh::server::Config {
    russh::server::Config {
        server_id: russh::SshId::Standard("SSH-2.0-hotwash".into()),
        methods: MethodSet::from(&[MethodKind::PublicKey][..]),
        auth_rejection_time: Duration::from_secs(1),
        auth_rejection_time_initial: Some(Duration::ZERO),
        max_auth_attempts: config.serve.attempts,
        keys: vec![key],
        window_size: 64 * 1024,
        channel_buffer_size: 1,
        event_buffer_size: EVENTS,
        inactivity_timeout: Some(config.serve.idle + config.serve.frame),
        nodelay: true,
        ..russh::server::Config::default()
    }
}

fn listen_at(address: SocketAddr) -> Result<TcpListener, Fault> {
    let listen = || {
        let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        socket.set_reuseaddr(true)?;
        socket.set_send_buffer_size(SEND_BUFFER)?;
        socket.bind(address)?;
        socket.listen(BACKLOG)
    };
    listen().map_err(|e: io::Error| {
        Fault::environment(format!("cannot listen at {address}: {}", reason(&e)), "choose another with --ssh ADDRESS")
    })
}

async fn accept(host: Arc<Host>, listener: TcpListener, protocol: Arc<russh::server::Config>) {
    let door = Door::new(&host.config.serve);
    loop {
        match listener.accept().await {
            Err(_) => tokio::time::sleep(AFTER_FAILURE).await,
            Ok((mut stream, from)) => match door.enter(from.ip(), Instant::now()) {
                Ok(place) => {
                    tokio::spawn(serve(Arc::clone(&host), Arc::clone(&protocol), stream, from, place));
                }
                Err(why) => {
                    // A few bytes fit into the socket at once; nobody waits for one that is turned away.
                    let line = format!("hotwash: {why}\r\n");
                    let _ = tokio::time::timeout(Duration::from_millis(10), stream.write_all(line.as_bytes())).await;
                }
            },
        }
    }
}

/// One connection from its first byte to its last.
async fn serve(
    host: Arc<Host>,
    protocol: Arc<russh::server::Config>,
    stream: TcpStream,
    from: SocketAddr,
    place: Place,
) {
    let _given_back_at_the_end = place;
    let Ok((stream, line)) = with_a_cut(stream) else { return };
    let login = host.config.serve.login;
    let (to, mut seat) = oneshot::channel();
    let connection = Connection::new(Arc::clone(&host), to);
    let Ok(Ok(running)) = tokio::time::timeout(login, run_stream(protocol, stream, connection)).await else { return };
    tokio::pin!(running);
    let seated = tokio::select! {
        _ = &mut running => return,
        seated = tokio::time::timeout(login, &mut seat) => seated,
    };
    let mut over = false;
    if let Ok(Ok(Seated { name, mut shown })) = seated {
        host.tell(format!("{name} came from {from}"));
        tokio::select! {
            _ = &mut running => over = true,
            _ = &mut shown => {}
        }
        if over {
            // Nothing more can come for the screen: it ends by itself.
            let _shown = tokio::time::timeout(LONGEST_CLOSE, shown).await;
        } else {
            over = tokio::time::timeout(LONGEST_CLOSE, &mut running).await.is_ok();
        }
        host.tell(format!("{name} left ({from})"));
    }
    if !over {
        // Nothing of theirs is waited for: both directions end, and with them the protocol's task.
        let _ = line.shutdown(std::net::Shutdown::Both);
        let _ended = tokio::time::timeout(LONGEST_CLOSE, running).await;
    }
}

/// The stream, and a second hold on it by which it can be ended from outside.
fn with_a_cut(stream: TcpStream) -> io::Result<(TcpStream, std::net::TcpStream)> {
    let stream = stream.into_std()?;
    let line = stream.try_clone()?;
    Ok((TcpStream::from_std(stream)?, line))
}
