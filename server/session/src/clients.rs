//! Who is there: connections that can speak, and those of them that said hello.

use std::collections::BTreeMap;
use std::time::Duration;

use telestage_protocol::HELLO_TIMEOUT_MS;

use crate::input::ClientId;

/// One client's listings under way; more are refused as `busy`.
const MAX_LISTINGS: u8 = 4;

/// One connection.
#[derive(Debug)]
struct Client {
    joined: Duration,
    /// `hello` was accepted: snapshots were sent, changes follow.
    is_welcome: bool,
    listings: u8,
}

/// All connections.
#[derive(Debug, Default)]
pub struct Clients {
    known: BTreeMap<ClientId, Client>,
}

impl Clients {
    /// Connections, welcomed or not.
    #[must_use]
    pub fn len(&self) -> usize {
        self.known.len()
    }

    /// A new connection.
    pub fn join(&mut self, client: ClientId, now: Duration) {
        self.known.insert(client, Client { joined: now, is_welcome: false, listings: 0 });
    }

    /// It is gone. False if it was not there.
    pub fn leave(&mut self, client: ClientId) -> bool {
        self.known.remove(&client).is_some()
    }

    /// True if it is connected.
    #[must_use]
    pub fn contains(&self, client: ClientId) -> bool {
        self.known.contains_key(&client)
    }

    /// It said hello.
    pub fn welcome(&mut self, client: ClientId) {
        if let Some(client) = self.known.get_mut(&client) {
            client.is_welcome = true;
        }
    }

    /// True if its hello was accepted.
    #[must_use]
    pub fn is_welcome(&self, client: ClientId) -> bool {
        self.known.get(&client).is_some_and(|client| client.is_welcome)
    }

    /// All that are to hear of changes, in order of their numbers.
    #[must_use]
    pub fn welcomed(&self) -> Vec<ClientId> {
        self.known.iter().filter(|(_, client)| client.is_welcome).map(|(&id, _)| id).collect()
    }

    /// How many are to hear of changes.
    #[must_use]
    pub fn welcomed_count(&self) -> u32 {
        u32::try_from(self.known.values().filter(|client| client.is_welcome).count()).unwrap_or(u32::MAX)
    }

    /// Those whose time for a hello is over.
    #[must_use]
    pub fn overdue(&self, now: Duration) -> Vec<ClientId> {
        let is_overdue = |client: &Client| !client.is_welcome && client.joined + hello_timeout() <= now;
        self.known.iter().filter(|(_, client)| is_overdue(client)).map(|(&id, _)| id).collect()
    }

    /// When the next hello is overdue.
    #[must_use]
    pub fn next_overdue(&self) -> Option<Duration> {
        self.known.values().filter(|c| !c.is_welcome).map(|c| c.joined + hello_timeout()).min()
    }

    /// Counts a listing that begins; false if too many are under way.
    pub fn begin_listing(&mut self, client: ClientId) -> bool {
        let Some(client) = self.known.get_mut(&client).filter(|c| c.listings < MAX_LISTINGS) else {
            return false;
        };
        client.listings += 1;
        true
    }

    /// Counts a listing that ended.
    pub fn end_listing(&mut self, client: ClientId) {
        if let Some(client) = self.known.get_mut(&client) {
            client.listings = client.listings.saturating_sub(1);
        }
    }
}

fn hello_timeout() -> Duration {
    Duration::from_millis(u64::from(HELLO_TIMEOUT_MS))
}
