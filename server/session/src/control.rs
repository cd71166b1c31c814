//! Who drives the shared view: at most one client at a time (I5).
//!
//! | happens | then |
//! |---|---|
//! | nobody drives, and somebody moves the view | that client drives |
//! | another one moves the view | refused; after [`FORGOTTEN`] without use control passes to that client |
//! | request | control at once if nobody drives or it is forgotten; else the client waits |
//! | the controller says nothing for [`ANSWER`] | the first who waits drives |
//! | grant, release | the named one drives, the first who waits, or nobody; granted to oneself: nobody waits any more |
//! | take | after [`TAKE`] without use control passes, before that it is refused |
//! | the controller leaves | as a release |
//!
//! Pure bookkeeping: who is there and what they are called is known elsewhere.

use std::time::Duration;

use telestage_protocol::{CONTROL_ANSWER_MS, CONTROL_TAKE_MS};

use crate::input::ClientId;

/// Silence grants a request after so long.
const ANSWER: Duration = Duration::from_millis(CONTROL_ANSWER_MS as u64);
/// Control that was not used for so long may be taken.
const TAKE: Duration = Duration::from_millis(CONTROL_TAKE_MS as u64);
/// And after so long it passes to whoever moves the view next.
const FORGOTTEN: Duration = Duration::from_secs(60);

#[derive(Clone, Copy, Debug)]
struct Wait {
    client: ClientId,
    since: Duration,
}

/// The state of control.
#[derive(Debug, Default)]
pub struct Control {
    controller: Option<ClientId>,
    used_at: Duration,
    waiting: Vec<Wait>,
}

/// What a wish for control comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It was so already.
    Unchanged,
    /// Something changed: all should be told.
    Changed,
    /// Somebody else drives, and may be asked.
    Held {
        /// Who.
        by: ClientId,
        /// Until it may be taken, if nothing happens.
        left: Duration,
    },
}

impl Control {
    /// Who drives.
    #[must_use]
    pub fn controller(&self) -> Option<ClientId> {
        self.controller
    }

    /// Who waits, the longest wait first.
    pub fn waiting(&self) -> impl Iterator<Item = ClientId> + '_ {
        self.waiting.iter().map(|wait| wait.client)
    }

    /// When the first who waits gets control by itself.
    #[must_use]
    pub fn granted_at(&self) -> Option<Duration> {
        Some(self.waiting.first()?.since + ANSWER)
    }

    /// `client` moves the shared view or chooses the stage.
    pub fn move_by(&mut self, now: Duration, client: ClientId) -> Verdict {
        match self.controller {
            Some(controller) if controller == client => {
                self.used_at = now;
                Verdict::Unchanged
            }
            Some(by) if self.idle(now) < FORGOTTEN => self.held(now, by),
            Some(_) | None => self.pass(now, Some(client)),
        }
    }

    /// `client` asks for control.
    pub fn request(&mut self, now: Duration, client: ClientId) -> Verdict {
        match self.controller {
            Some(controller) if controller == client => Verdict::Unchanged,
            Some(_) if self.idle(now) < FORGOTTEN => {
                if self.waiting().any(|waiting| waiting == client) {
                    return Verdict::Unchanged;
                }
                self.waiting.push(Wait { client, since: now });
                Verdict::Changed
            }
            Some(_) | None => self.pass(now, Some(client)),
        }
    }

    /// `client` gives control back, or no longer asks for it.
    pub fn release(&mut self, now: Duration, client: ClientId) -> Verdict {
        if self.controller == Some(client) {
            let next = self.waiting.first().map(|wait| wait.client);
            return self.pass(now, next);
        }
        let before = self.waiting.len();
        self.waiting.retain(|wait| wait.client != client);
        if self.waiting.len() == before { Verdict::Unchanged } else { Verdict::Changed }
    }

    /// The controller gives control to `to`, or keeps it. Only the controller may call this.
    pub fn grant(&mut self, now: Duration, to: ClientId) -> Verdict {
        if self.controller == Some(to) {
            self.used_at = now;
            let verdict = if self.waiting.is_empty() { Verdict::Unchanged } else { Verdict::Changed };
            self.waiting.clear();
            return verdict;
        }
        self.pass(now, Some(to))
    }

    /// `client` takes control from whoever does not use it.
    pub fn take(&mut self, now: Duration, client: ClientId) -> Verdict {
        match self.controller {
            Some(controller) if controller == client => Verdict::Unchanged,
            Some(by) if self.idle(now) < TAKE => self.held(now, by),
            Some(_) | None => self.pass(now, Some(client)),
        }
    }

    /// Silence grants what was asked for long enough ago. True if somebody else drives now.
    pub fn advance(&mut self, now: Duration) -> bool {
        let due = self.waiting.first().filter(|wait| wait.since + ANSWER <= now).map(|wait| wait.client);
        due.is_some() && self.pass(now, due) == Verdict::Changed
    }

    /// Control goes to `to`; whoever still waits begins to wait anew.
    fn pass(&mut self, now: Duration, to: Option<ClientId>) -> Verdict {
        self.controller = to;
        self.used_at = now;
        self.waiting.retain(|wait| Some(wait.client) != to);
        for wait in &mut self.waiting {
            wait.since = now;
        }
        Verdict::Changed
    }

    fn held(&self, now: Duration, by: ClientId) -> Verdict {
        Verdict::Held { by, left: TAKE.saturating_sub(self.idle(now)) }
    }

    fn idle(&self, now: Duration) -> Duration {
        now.saturating_sub(self.used_at)
    }
}
