//! Accounts and credentials files, as `nsc` makes them: an operator, an account with JetStream, and users
//! of it with the documented permissions. A lead shares with theirs; an observer reads and can't write.

use ed25519_dalek::{Signer as _, SigningKey};
use serde_json::{Value, json};

use super::check::{check, documented};
use super::server::Server;
use super::{Follower, ID, Lead, Who, note, pace, settings, trusted};

/// What an NKEY's first letter says.
const OPERATOR: u8 = 14 << 3;
const ACCOUNT: u8 = 0;
const USER: u8 = 20 << 3;
const SEED: u8 = 18 << 3;

fn base32(bytes: &[u8]) -> String {
    let (mut out, mut held, mut bits) = (String::new(), 0_u32, 0);
    for byte in bytes {
        (held, bits) = (held << 8 | u32::from(*byte), bits + 8);
        while bits >= 5 {
            bits -= 5;
            out.push(char::from(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[(held >> bits & 31) as usize]));
        }
    }
    if bits > 0 {
        out.push(char::from(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[(held << (5 - bits) & 31) as usize]));
    }
    out
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let three = |c: &[u8]| c.iter().chain([&0, &0]).take(3).fold(0_u32, |n, b| n << 8 | u32::from(*b));
    let digits = |c: &[u8]| -> String {
        let n = three(c);
        (0..=c.len()).map(|i| char::from(DIGITS[(n >> (18 - 6 * i) & 63) as usize])).collect()
    };
    bytes.chunks(3).map(digits).collect()
}

/// With the check sum of an NKEY: CRC-16/XMODEM, low byte first.
fn checked(mut bytes: Vec<u8>) -> String {
    let crc = bytes.iter().fold(0_u16, |crc, byte| {
        (0..8).fold(crc ^ u16::from(*byte) << 8, |crc, _| if crc & 0x8000 != 0 { crc << 1 ^ 0x1021 } else { crc << 1 })
    });
    bytes.extend(crc.to_le_bytes());
    base32(&bytes)
}

struct Key(SigningKey, u8);

impl Key {
    fn new(n: u8, kind: u8) -> Self {
        Self(SigningKey::from_bytes(&[n; 32]), kind)
    }

    fn public(&self) -> String {
        checked([&[self.1][..], self.0.verifying_key().as_bytes()].concat())
    }

    fn seed(&self) -> String {
        checked([&[SEED | self.1 >> 5, (self.1 & 31) << 3][..], &self.0.to_bytes()].concat())
    }

    /// A claim about somebody, signed with this key.
    fn says(&self, of: &Self, name: &str, nats: Value) -> String {
        let head = base64(json!({"typ": "JWT", "alg": "ed25519-nkey"}).to_string().as_bytes());
        let claim = json!({"jti": name, "iat": 1_700_000_000, "iss": self.public(), "name": name, "sub": of.public(), "nats": nats});
        let text = format!("{head}.{}", base64(claim.to_string().as_bytes()));
        let signature = base64(&self.0.sign(text.as_bytes()).to_bytes());
        format!("{text}.{signature}")
    }
}

/// The subjects in quotes behind this word, in the documented permissions of this user.
fn allowed(user: &str, word: &str) -> Vec<String> {
    let text = documented();
    let of = text.split_once(&format!("user: {user},")).unwrap().1;
    let list = of.split_once(&format!("{word}: [")).unwrap().1.split_once(']').unwrap().0;
    list.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

fn credentials(account: &Key, n: u8, name: &str) -> String {
    let user = Key::new(n, USER);
    let permissions = json!({
        "type": "user", "version": 2, "subs": -1, "data": -1, "payload": -1,
        "pub": {"allow": allowed(name, "publish")},
        "sub": {"allow": allowed(name, "subscribe")},
    });
    let jwt = account.says(&user, name, permissions);
    format!(
        "-----BEGIN NATS USER JWT-----\n{jwt}\n------END NATS USER JWT------\n\n-----BEGIN USER NKEY SEED-----\n{}\n------END USER NKEY SEED------\n",
        user.seed()
    )
}

#[test]
fn with_credentials_files_a_lead_shares_and_an_observer_of_the_account_reads_and_cannot_write() {
    let (operator, account, system) = (Key::new(101, OPERATOR), Key::new(102, ACCOUNT), Key::new(105, ACCOUNT));
    let limits = json!({
        "subs": -1, "data": -1, "payload": -1, "imports": -1, "exports": -1, "wildcards": true, "conn": -1,
        "leaf": -1, "mem_storage": -1, "disk_storage": -1, "streams": -1, "consumer": -1,
    });
    let of_system = json!({
        "subs": -1, "data": -1, "payload": -1, "imports": -1, "exports": -1, "wildcards": true, "conn": -1, "leaf": -1,
    });
    let more = format!(
        "operator: {}\nsystem_account: {}\nresolver: MEMORY\nresolver_preload: {{ {}: {}, {}: {} }}\n",
        operator.says(&operator, "ops", json!({"type": "operator", "version": 2})),
        system.public(),
        system.public(),
        operator.says(&system, "SYS", json!({"type": "account", "version": 2, "limits": of_system})),
        account.public(),
        operator.says(&account, "bridge", json!({"type": "account", "version": 2, "limits": limits})),
    );
    let Some(server) = Server::start(&more) else { return };
    let home = tempfile::tempdir().unwrap();
    let file = |n: u8, name: &str| {
        let path = home.path().join(format!("{name}.creds"));
        std::fs::write(&path, credentials(&account, n, name)).unwrap();
        path.display().to_string()
    };
    let (lead_file, observer_file) = (file(103, "lead"), file(104, "observer"));
    let own = |credentials: &str| {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join("config.toml"), format!("[bridge]\ncredentials = {credentials:?}\n")).unwrap();
        home
    };
    let with = |credentials: &str| {
        let mut settings = settings(&server.url());
        settings.credentials = Some(credentials.to_owned());
        settings
    };
    let (code, text) = check(tempfile::tempdir().unwrap().path(), "", &[&server.url()]);
    assert!(code == 1 && text.contains("MISSING reach"), "nobody comes in without\n{text}");
    let (code, text) = check(own(&lead_file).path(), "", &[&server.url()]);
    assert_eq!(code, 0, "{text}");
    let (code, text) = check(own(&observer_file).path(), "", &[&server.url()]);
    assert!(code == 1 && text.contains("MISSING create"), "{text}");
    println!("as an observer who would lead:\n{text}");
    let mut lead = Lead::start(Who { settings: with(&lead_file), ..Who::new(home.path(), "") }, &[note(1, "one")]);
    lead.until_even();
    let (code, text) = check(own(&observer_file).path(), "", &[&format!("{}/{ID}", server.url()), "--observer"]);
    assert!(code == 0 && text.contains("an observer can't write records"), "{text}");
    let address = hotwash::runtime::bridge::names::Address::parse(&format!("{}/{ID}", server.url())).unwrap();
    let joined = super::NatsInlet::connect(&with(&observer_file), &address, trusted(), pace());
    let mut follower = {
        let (inlet, says) = joined.unwrap();
        Follower::over(inlet, says)
    };
    follower.until_record(1);
    lead.append(note(2, "two"));
    follower.until_record(2);
}
