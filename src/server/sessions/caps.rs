//! How many sockets are open per client address and per user: counted up before the upgrade, down when the socket is gone.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// The counts. Clones share them.
#[derive(Clone, Debug)]
pub struct Caps {
    counts: Arc<Mutex<Counts>>,
    per_address: u32,
    per_user: u32,
}

#[derive(Debug, Default)]
struct Counts {
    addresses: HashMap<IpAddr, u32>,
    users: HashMap<String, u32>,
}

/// One open socket's place. Dropping it frees the place.
#[derive(Debug)]
pub struct Place {
    counts: Arc<Mutex<Counts>>,
    address: IpAddr,
    user: String,
}

impl Caps {
    /// Counts that allow this many sockets each.
    #[must_use]
    pub fn new(per_address: u32, per_user: u32) -> Self {
        Self { counts: Arc::default(), per_address, per_user }
    }

    /// Takes a place, unless the address or the user has as many as they may.
    #[must_use]
    pub fn take(&self, address: IpAddr, user: &str) -> Option<Place> {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let at_address = counts.addresses.get(&address).copied().unwrap_or_default();
        let of_user = counts.users.get(user).copied().unwrap_or_default();
        if at_address >= self.per_address || of_user >= self.per_user {
            return None;
        }
        *counts.addresses.entry(address).or_default() += 1;
        *counts.users.entry(user.to_owned()).or_default() += 1;
        Some(Place { counts: Arc::clone(&self.counts), address, user: user.to_owned() })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        release(&mut counts.addresses, &self.address);
        release(&mut counts.users, &self.user);
    }
}

fn release<K: Eq + Hash>(counts: &mut HashMap<K, u32>, key: &K) {
    if let Some(count) = counts.get_mut(key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[test]
    fn a_place_is_free_again_once_its_socket_is_gone() {
        let caps = Caps::new(2, 3);
        let here = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let first = caps.take(here, "ada").expect("the first place");
        let _second = caps.take(here, "ada").expect("the second place");
        assert!(caps.take(here, "ada").is_none(), "two per address");
        drop(first);
        assert!(caps.take(here, "bob").is_some());
    }

    #[test]
    fn a_user_is_counted_over_all_addresses_and_nothing_stays_behind() {
        let caps = Caps::new(9, 1);
        let address = |last| IpAddr::V4(Ipv4Addr::new(127, 0, 0, last));
        let held = caps.take(address(1), "ada").expect("the first place");
        assert!(caps.take(address(2), "ada").is_none());
        drop(held);
        let counts = caps.counts.lock().expect("no panic before");
        assert!(counts.addresses.is_empty() && counts.users.is_empty());
    }
}
