//! Who knows the sessions: a small table with bounds. Times are arguments, except where a task looks at the clock.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::haste::Haste;
use super::visit::{Over, Pulse, Visit};
use crate::net;

/// How often expired sessions are looked for.
const SWEEP: Duration = Duration::from_millis(500);

/// How many, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Sessions at a time.
    pub sessions: usize,
    /// A session without sockets is forgotten after that.
    pub timeout: Duration,
}

/// What its creator says of a session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// Who it is for; a label.
    pub user: String,
    /// The stage that is expected; a label.
    pub stage: String,
}

/// A session as others may see it.
#[derive(Clone, Debug)]
pub struct Report {
    /// Its unguessable name.
    pub id: String,
    /// What its creator said.
    pub about: About,
    /// When it was created.
    pub created: SystemTime,
    /// When something was last sent or received.
    pub touched: SystemTime,
    /// Live sockets.
    pub connections: usize,
}

/// Why there is no new session.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CreateError {
    /// This address creates too many.
    #[error("this address creates sessions too fast; wait {} s", wait.as_secs().max(1))]
    TooFast {
        /// How long until one more is allowed.
        wait: Duration,
    },
    /// All places are taken.
    #[error("there are {0} sessions already; destroy one, or start the server with a larger --max-sessions")]
    Full(usize),
    /// No name can be made.
    #[error("no session: {0}")]
    NoName(String),
}

/// Sessions so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Now.
    pub active: usize,
    /// Since the start.
    pub created: u64,
    /// Of these, destroyed.
    pub destroyed: u64,
    /// Of these, expired.
    pub expired: u64,
    /// Refused because there were too many or they came too fast.
    pub refused: u64,
}

#[derive(Debug)]
struct Entry {
    about: About,
    created: SystemTime,
    pulse: Pulse,
}

#[derive(Debug, Default)]
struct Table {
    sessions: HashMap<String, Entry>,
    haste: Haste,
    counts: Counts,
}

#[derive(Debug)]
struct Inner {
    limits: Limits,
    table: Mutex<Table>,
}

/// All sessions; cheap to clone.
#[derive(Clone, Debug)]
pub struct Registry(Arc<Inner>);

impl Registry {
    /// A registry that forgets by itself what nobody uses. Call it within a tokio runtime.
    #[must_use]
    pub fn start(limits: Limits) -> Self {
        let registry = Self::new(limits);
        tokio::spawn(sweep(Arc::downgrade(&registry.0)));
        registry
    }

    fn new(limits: Limits) -> Self {
        Self(Arc::new(Inner { limits, table: Mutex::default() }))
    }

    /// The bounds.
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.0.limits
    }

    /// A new session, for a caller at `from`.
    ///
    /// # Errors
    /// [`CreateError`]; nothing is left behind.
    pub fn create(&self, about: About, from: IpAddr, now: Instant) -> Result<Report, CreateError> {
        let created = SystemTime::now();
        let millis = created.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        let secret = net::secret().map_err(|error| CreateError::NoName(error.to_string()))?;
        let id = format!("stream_{millis}_{secret}");
        let mut table = self.table();
        if let Err(error) = table.has_room(self.0.limits.sessions, from, now) {
            table.counts.refused += 1;
            return Err(error);
        }
        table.counts.created += 1;
        let entry = Entry { about, created, pulse: Pulse::new(now) };
        let report = entry.report(&id);
        tracing::info!(session = short(&id), user = entry.about.user, "session created");
        table.sessions.insert(id, entry);
        Ok(report)
    }

    /// What is known of a session.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<Report> {
        self.table().sessions.get(id).map(|entry| entry.report(id))
    }

    /// One socket more of a session; `None` if there is no such session.
    #[must_use]
    pub fn enter(&self, id: &str, now: Instant) -> Option<Visit> {
        self.table().sessions.get(id).map(|entry| entry.pulse.visit(now))
    }

    /// Ends a session and its sockets. False if there is no such session.
    #[must_use]
    pub fn destroy(&self, id: &str) -> bool {
        let mut table = self.table();
        let Some(entry) = table.sessions.remove(id) else { return false };
        table.counts.destroyed += 1;
        entry.pulse.end(Over::Destroyed);
        tracing::info!(session = short(id), "session destroyed");
        true
    }

    /// The server stops: all sockets end.
    pub fn close(&self) {
        for (_, entry) in self.table().sessions.drain() {
            entry.pulse.end(Over::Stopping);
        }
    }

    /// Sessions so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let table = self.table();
        Counts { active: table.sessions.len(), ..table.counts }
    }

    /// Forgets what nobody has used for too long.
    fn expire(&self, now: Instant) {
        let timeout = self.0.limits.timeout;
        let mut table = self.table();
        let idle = table.sessions.extract_if(|_, entry| entry.pulse.idle(now) >= timeout);
        let expired: Vec<_> = idle.collect();
        table.counts.expired += expired.len() as u64;
        for (id, entry) in expired {
            entry.pulse.end(Over::Expired);
            tracing::info!(session = short(&id), user = entry.about.user, "session expired");
        }
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.0.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    fn has_room(&mut self, max: usize, from: IpAddr, now: Instant) -> Result<(), CreateError> {
        self.haste.take(from, now).map_err(|wait| CreateError::TooFast { wait })?;
        if self.sessions.len() >= max { Err(CreateError::Full(max)) } else { Ok(()) }
    }
}

impl Entry {
    fn report(&self, id: &str) -> Report {
        Report {
            id: id.to_owned(),
            about: self.about.clone(),
            created: self.created,
            touched: self.created + self.pulse.touched_after(),
            connections: self.pulse.visits(),
        }
    }
}

/// The part of an id that tells sessions apart and opens none: ids are secrets, and logs are read by many.
fn short(id: &str) -> &str {
    id.rsplit_once('_').map_or("", |(head, _)| head)
}

async fn sweep(registry: Weak<Inner>) {
    let mut clock = tokio::time::interval(SWEEP);
    loop {
        clock.tick().await;
        let Some(inner) = registry.upgrade() else { return };
        Registry(inner).expire(Instant::now());
    }
}

#[cfg(test)]
mod tests {
    use super::super::haste::RATE;
    use super::*;

    const TIMEOUT: Duration = Duration::from_secs(300);
    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    fn registry(sessions: usize) -> Registry {
        Registry::new(Limits { sessions, timeout: TIMEOUT })
    }

    #[test]
    fn ids_are_of_the_form_that_others_expect_and_differ() {
        let registry = registry(2);
        let [one, two] =
            [(), ()].map(|()| registry.create(About::default(), HERE, Instant::now()).unwrap().id);
        let parts: Vec<&str> = one.split('_').collect();
        assert_eq!(parts.len(), 3, "{one}");
        assert_eq!(parts[0], "stream");
        assert!(parts[1].parse::<u64>().unwrap() > 1_600_000_000_000, "{one}");
        assert!(parts[2].len() == 32 && parts[2].bytes().all(|byte| byte.is_ascii_hexdigit()), "{one}");
        assert_ne!(parts[2], two.rsplit('_').next().unwrap());
        assert!(!short(&one).contains(parts[2]), "logs do not name the secret");
    }

    #[test]
    fn what_nobody_uses_is_forgotten_and_what_is_used_is_not() {
        let (registry, start) = (registry(2), Instant::now());
        let [used, unused] = [(), ()].map(|()| registry.create(About::default(), HERE, start).unwrap().id);
        let mut visit = registry.enter(&used, start).unwrap();
        registry.expire(start + TIMEOUT - Duration::from_millis(1));
        assert_eq!(registry.counts().active, 2);
        registry.expire(start + TIMEOUT);
        assert!(registry.find(&unused).is_none() && registry.enter(&unused, start).is_none());
        assert_eq!(registry.find(&used).unwrap().connections, 1);
        assert_eq!((registry.counts().active, registry.counts().expired), (1, 1));
        assert!(registry.destroy(&used) && !registry.destroy(&used));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        assert_eq!(runtime.block_on(visit.over()), Over::Destroyed);
        assert_eq!(registry.counts().destroyed, 1);
    }

    #[test]
    fn the_time_without_use_begins_with_the_end_of_the_last_socket() {
        let (registry, start) = (registry(1), Instant::now());
        let id = registry.create(About::default(), HERE, start).unwrap().id;
        let late = start + TIMEOUT * 3;
        drop(registry.enter(&id, late).unwrap());
        registry.expire(late + TIMEOUT - Duration::from_millis(1));
        assert_eq!(registry.find(&id).unwrap().connections, 0);
        registry.expire(late + TIMEOUT);
        assert!(registry.find(&id).is_none());
    }

    #[test]
    fn there_are_only_so_many_and_they_do_not_come_faster_than_allowed() {
        let (registry, start) = (registry(2), Instant::now());
        let create = || registry.create(About::default(), HERE, start).map(|report| report.id);
        let first = create().unwrap();
        create().unwrap();
        assert_eq!(create(), Err(CreateError::Full(2)));
        assert!(registry.destroy(&first));
        create().unwrap();
        let refused = std::iter::repeat_with(create).find(|made| *made != Err(CreateError::Full(2)));
        assert!(matches!(refused, Some(Err(CreateError::TooFast { .. }))), "{refused:?}");
        assert_eq!(registry.counts().refused, u64::from(RATE.burst) - 3 + 1);
    }
}
