//! Who is there: connections that can speak, those of them that said hello, and what is kept of those that were lost.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use telestage_protocol::{HELLO_TIMEOUT_MS, SESSION_KEPT_MS};

use crate::input::ClientId;
use crate::views::ViewId;

/// One client's listings and picks under way; more are refused as `busy`.
const MAX_ERRANDS: u8 = 4;
/// Lost clients that are kept at most; the oldest makes room.
const MAX_KEPT: usize = 64;

/// One connection.
#[derive(Debug)]
pub struct Client {
    joined: Duration,
    /// `hello` was accepted: snapshots were sent, changes follow.
    is_welcome: bool,
    errands: u8,
    /// The secret by which a later connection takes this one's place.
    pub token: String,
    /// What others see it called.
    pub name: String,
    /// Which picture it gets.
    pub view: ViewId,
    /// In which rendition.
    pub rendition: u8,
    /// It does not look.
    pub is_paused: bool,
    /// The gesture that was refused last, so that each is refused once.
    pub refused_gesture: Option<u32>,
    /// Paths of the prims that it may pick; empty: all.
    pub pickable: HashSet<String>,
}

/// What is kept of a client that is gone, for the case that it comes back.
#[derive(Debug)]
pub struct Kept {
    token: String,
    until: Duration,
    /// Which picture it got.
    pub view: ViewId,
    /// It drove the shared view.
    pub had_control: bool,
    /// What it was called.
    pub name: String,
}

/// All connections.
#[derive(Debug, Default)]
pub struct Clients {
    known: BTreeMap<ClientId, Client>,
    kept: Vec<Kept>,
}

impl Clients {
    /// Connections, welcomed or not.
    #[must_use]
    pub fn len(&self) -> usize {
        self.known.len()
    }

    /// A new connection.
    pub fn join(&mut self, client: ClientId, token: String, now: Duration) {
        let newcomer = Client {
            joined: now,
            is_welcome: false,
            errands: 0,
            token,
            name: format!("Viewer {client}"),
            view: ViewId::SHARED,
            rendition: 0,
            is_paused: false,
            refused_gesture: None,
            pickable: HashSet::new(),
        };
        self.known.insert(client, newcomer);
    }

    /// It is gone; what it was comes back.
    pub fn leave(&mut self, client: ClientId) -> Option<Client> {
        self.known.remove(&client)
    }

    /// What is known of a connection.
    #[must_use]
    pub fn get(&self, client: ClientId) -> Option<&Client> {
        self.known.get(&client)
    }

    /// As [`Clients::get`], to be changed.
    pub fn get_mut(&mut self, client: ClientId) -> Option<&mut Client> {
        self.known.get_mut(&client)
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
        self.rows().map(|(id, _)| id).collect()
    }

    /// Those of them that get this picture.
    #[must_use]
    pub fn watching(&self, view: ViewId) -> Vec<ClientId> {
        self.rows().filter(|(_, client)| client.view == view).map(|(id, _)| id).collect()
    }

    /// All that said hello.
    pub fn rows(&self) -> impl Iterator<Item = (ClientId, &Client)> {
        self.known.iter().filter(|(_, client)| client.is_welcome).map(|(id, client)| (*id, client))
    }

    /// How many are to hear of changes.
    #[must_use]
    pub fn welcomed_count(&self) -> u32 {
        u32::try_from(self.rows().count()).unwrap_or(u32::MAX)
    }

    /// The welcomed connection, other than `client`, that has this token.
    #[must_use]
    pub fn with_token(&self, token: &str, client: ClientId) -> Option<ClientId> {
        self.rows().find(|(id, known)| *id != client && known.token == token).map(|(id, _)| id)
    }

    /// Keeps what a client was for a while. What makes room for it comes back.
    pub fn keep(&mut self, client: Client, had_control: bool, now: Duration) -> Option<Kept> {
        let room = if self.kept.len() == MAX_KEPT { Some(self.kept.remove(0)) } else { None };
        let until = now + Duration::from_millis(u64::from(SESSION_KEPT_MS));
        let Client { token, view, name, .. } = client;
        self.kept.push(Kept { token, until, view, had_control, name });
        room
    }

    /// Takes out what was kept under this token.
    pub fn take_kept(&mut self, token: &str) -> Option<Kept> {
        let at = self.kept.iter().position(|kept| kept.token == token)?;
        Some(self.kept.remove(at))
    }

    /// Takes out the oldest that has a view of its own.
    pub fn take_kept_view(&mut self) -> Option<Kept> {
        let at = self.kept.iter().position(|kept| kept.view != ViewId::SHARED)?;
        Some(self.kept.remove(at))
    }

    /// Takes out what was kept long enough.
    pub fn expired(&mut self, now: Duration) -> Vec<Kept> {
        self.kept.extract_if(.., |kept| kept.until <= now).collect()
    }

    /// When the next view of one that is gone was kept long enough. Everything else about them costs nothing.
    #[must_use]
    pub fn next_expiry(&self) -> Option<Duration> {
        self.kept.iter().filter(|kept| kept.view != ViewId::SHARED).map(|kept| kept.until).min()
    }

    /// Another stage: everybody may pick everything.
    pub fn make_all_pickable(&mut self) {
        self.known.values_mut().for_each(|client| client.pickable.clear());
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

    /// Counts a listing or a pick that begins; false if too many are under way.
    pub fn begin_errand(&mut self, client: ClientId) -> bool {
        let Some(client) = self.known.get_mut(&client).filter(|c| c.errands < MAX_ERRANDS) else {
            return false;
        };
        client.errands += 1;
        true
    }

    /// Counts one that ended.
    pub fn end_errand(&mut self, client: ClientId) {
        if let Some(client) = self.known.get_mut(&client) {
            client.errands = client.errands.saturating_sub(1);
        }
    }
}

fn hello_timeout() -> Duration {
    Duration::from_millis(u64::from(HELLO_TIMEOUT_MS))
}
