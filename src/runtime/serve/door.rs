//! The door: how many may be in at the same time, in all and from one address, and how fast they may
//! come. Pure over the clock's reading; a place is given back when its [`Place`] is dropped.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::super::serve_settings::ServeSettings;

/// Addresses that are remembered at most; while there are as many, no new one comes in.
const MOST_ADDRESSES: usize = 1_024;
/// What "a minute" is in `serve.per_minute`.
const MINUTE: Duration = Duration::from_secs(60);

#[derive(Debug, Default)]
struct Address {
    open: usize,
    came: VecDeque<Instant>,
}

#[derive(Debug, Default)]
struct Count {
    open: usize,
    addresses: HashMap<IpAddr, Address>,
}

/// Who may come in.
#[derive(Debug, Clone)]
pub struct Door {
    count: Arc<Mutex<Count>>,
    connections: usize,
    per_address: usize,
    per_minute: usize,
}

/// One connection's place.
#[derive(Debug)]
pub struct Place {
    count: Arc<Mutex<Count>>,
    address: IpAddr,
}

impl Door {
    /// A door with these limits.
    pub fn new(settings: &ServeSettings) -> Self {
        let ServeSettings { connections, per_address, per_minute, .. } = *settings;
        Self { count: Arc::default(), connections, per_address, per_minute }
    }

    /// A place for somebody from this address.
    ///
    /// # Errors
    /// Why there is none, in words.
    pub fn enter(&self, address: IpAddr, now: Instant) -> Result<Place, &'static str> {
        let mut count = lock(&self.count);
        if count.open >= self.connections {
            return Err("too many connections");
        }
        let recent = |a: &mut Address| {
            a.came.retain(|at| now.saturating_duration_since(*at) < MINUTE);
            a.open > 0 || !a.came.is_empty()
        };
        if !count.addresses.contains_key(&address) && count.addresses.len() >= MOST_ADDRESSES {
            count.addresses.retain(|_, a| recent(a));
            if count.addresses.len() >= MOST_ADDRESSES {
                return Err("too many addresses");
            }
        }
        let from = count.addresses.entry(address).or_default();
        recent(from);
        if from.open >= self.per_address {
            return Err("too many connections from this address");
        }
        if from.came.len() >= self.per_minute {
            return Err("too many new connections from this address; wait a minute");
        }
        from.came.push_back(now);
        from.open += 1;
        count.open += 1;
        Ok(Place { count: Arc::clone(&self.count), address })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut count = lock(&self.count);
        count.open = count.open.saturating_sub(1);
        if let Some(from) = count.addresses.get_mut(&self.address) {
            from.open = from.open.saturating_sub(1);
        }
    }
}

fn lock(count: &Mutex<Count>) -> MutexGuard<'_, Count> {
    count.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn door(connections: usize, per_address: usize, per_minute: usize) -> Door {
        Door { count: Arc::default(), connections, per_address, per_minute }
    }

    fn from(n: u8) -> IpAddr {
        IpAddr::from([10, 0, 0, n])
    }

    #[test]
    fn in_all_and_from_one_address_only_so_many_are_in_at_once() {
        let (door, now) = (door(3, 2, 100), Instant::now());
        let first = door.enter(from(1), now).unwrap();
        let _second = door.enter(from(1), now).unwrap();
        assert!(door.enter(from(1), now).unwrap_err().contains("this address"));
        let _third = door.enter(from(2), now).unwrap();
        assert_eq!(door.enter(from(3), now).unwrap_err(), "too many connections");
        drop(first);
        assert!(door.enter(from(1), now).is_ok(), "a place that was left is free");
    }

    #[test]
    fn one_address_comes_only_so_often_a_minute() {
        let (door, now) = (door(9, 9, 2), Instant::now());
        door.enter(from(1), now).map(drop).unwrap();
        door.enter(from(1), now).map(drop).unwrap();
        assert!(door.enter(from(1), now).unwrap_err().contains("wait a minute"));
        assert!(door.enter(from(2), now).is_ok());
        assert!(door.enter(from(1), now + MINUTE).is_ok());
    }

    #[test]
    fn no_number_of_addresses_fills_the_memory() {
        let (door, now) = (door(9, 9, 9), Instant::now());
        for n in 0..5_000u32 {
            let _some_are_refused = door.enter(IpAddr::from(n.to_be_bytes()), now);
        }
        assert_eq!(lock(&door.count).addresses.len(), MOST_ADDRESSES);
        assert!(door.enter(from(1), now + MINUTE).is_ok(), "old ones are forgotten");
    }
}
