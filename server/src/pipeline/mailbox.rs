//! What the render thread is asked: the newest content, the newest of each view, and orders in order, none lost.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use telestage_render::{Command, Outcome, Picture, RenderError, View};
use telestage_scene::{Changes, PrimId, Scene};
use telestage_session::{Effort, ViewId};
use tokio::sync::oneshot;

use crate::card::Card;
use crate::pipeline::lane::LaneOutlets;

/// Orders that wait at most; beyond it the asker is told to come back.
pub const CAPACITY: usize = 64;

/// What pictures are of from now on. Only the newest counts.
#[derive(Clone)]
pub enum Content {
    /// This scene, from here in each view: together, so that no frame shows a new stage from an old place.
    Scene(Arc<Scene>, Vec<(ViewId, View)>),
    /// This card.
    Card(Card),
}

/// Something to do before the next frame.
pub enum Order {
    /// Say what is seen in a picture.
    Ask {
        /// In which view.
        id: ViewId,
        /// As whoever asks saw it.
        view: View,
        /// Where.
        question: Command,
        /// Where the answer goes.
        reply: oneshot::Sender<Result<Outcome, RenderError>>,
    },
    /// Draw one picture aside, with as many samples as the view asks for.
    Aside {
        /// Of which scene; `None`: the one that is shown.
        scene: Option<Arc<Scene>>,
        /// From where.
        view: View,
        /// Where it goes.
        reply: oneshot::Sender<Result<Picture, RenderError>>,
    },
}

/// The render thread has more to do than it should be asked.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("the renderer is busy with {CAPACITY} requests; try again")]
pub struct OrderRefused;

#[derive(Default)]
struct State {
    content: Option<Content>,
    changed: Option<(Arc<Scene>, Changes)>,
    selected: Option<Vec<PrimId>>,
    effort: Option<Effort>,
    begun: Vec<(ViewId, LaneOutlets)>,
    ended: Vec<ViewId>,
    views: BTreeMap<ViewId, View>,
    orders: VecDeque<Order>,
    is_nudged: bool,
    is_closed: bool,
}

impl State {
    fn has_mail(&self) -> bool {
        let has_views = !self.views.is_empty() || !self.begun.is_empty() || !self.ended.is_empty();
        self.content.is_some()
            || self.changed.is_some()
            || self.selected.is_some()
            || self.effort.is_some()
            || has_views
            || !self.orders.is_empty()
            || self.is_nudged
    }
}

/// Both ends; cheap to clone.
#[derive(Clone, Default)]
pub struct Mailbox(Arc<(Mutex<State>, Condvar)>);

/// What the render thread finds.
pub struct Mail {
    /// What to show, if that changed.
    pub content: Option<Content>,
    /// How the scene that is shown looks now, if that changed.
    pub changed: Option<(Arc<Scene>, Changes)>,
    /// What is selected on it, if that changed.
    pub selected: Option<Vec<PrimId>>,
    /// How much work pictures may be, if that changed.
    pub effort: Option<Effort>,
    /// Views that are drawn from now on.
    pub begun: Vec<(ViewId, LaneOutlets)>,
    /// Views that are not drawn any more.
    pub ended: Vec<ViewId>,
    /// In the order in which they came.
    pub orders: VecDeque<Order>,
    /// Of each view that changed what it shows now.
    pub views: BTreeMap<ViewId, View>,
}

impl Mailbox {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Replaces what is shown. Never waits.
    pub fn show(&self, content: Content) {
        let mut state = self.lock();
        if let Content::Scene(_, views) = &content {
            state.views.extend(views.iter().cloned());
            // Of the scene before it.
            state.selected = None;
            state.changed = None;
        }
        state.content = Some(content);
        drop(state);
        self.0.1.notify_one();
    }

    /// Makes the scene that was shown last another one in these rows. Never waits: what came before and was not drawn
    /// is merged with it.
    pub fn change(&self, scene: Arc<Scene>, changes: Changes, views: Vec<(ViewId, View)>) {
        let mut lock = self.lock();
        let state = &mut *lock;
        state.views.extend(views);
        match (&mut state.content, &mut state.changed) {
            (Some(Content::Scene(shown, _)), _) => *shown = scene,
            (_, Some((shown, all))) => {
                *shown = scene;
                all.merge(changes);
            }
            (_, changed @ None) => *changed = Some((scene, changes)),
        }
        drop(lock);
        self.0.1.notify_one();
    }

    /// Replaces what is selected on the scene that was shown last. Never waits.
    pub fn select(&self, prims: Vec<PrimId>) {
        self.lock().selected = Some(prims);
        self.0.1.notify_one();
    }

    /// Replaces how much work pictures may be. Never waits.
    pub fn spend(&self, effort: Effort) {
        self.lock().effort = Some(effort);
        self.0.1.notify_one();
    }

    /// Another view is drawn from now on. The session bounds how many there are.
    pub fn begin(&self, id: ViewId, outlets: LaneOutlets) {
        self.lock().begun.push((id, outlets));
        self.0.1.notify_one();
    }

    /// A view is not drawn any more.
    pub fn end(&self, id: ViewId) {
        let mut state = self.lock();
        state.views.remove(&id);
        state.ended.push(id);
        drop(state);
        self.0.1.notify_one();
    }

    /// Replaces what the next frame of a view shows. Never waits.
    pub fn look(&self, id: ViewId, view: View) {
        self.lock().views.insert(id, view);
        self.0.1.notify_one();
    }

    /// Lets the render thread see who watches.
    pub fn nudge(&self) {
        self.lock().is_nudged = true;
        self.0.1.notify_one();
    }

    /// Adds an order.
    ///
    /// # Errors
    /// [`OrderRefused`] when [`CAPACITY`] orders wait.
    pub fn order(&self, order: Order) -> Result<(), OrderRefused> {
        let mut state = self.lock();
        if state.orders.len() >= CAPACITY {
            return Err(OrderRefused);
        }
        state.orders.push_back(order);
        drop(state);
        self.0.1.notify_one();
        Ok(())
    }

    /// Ends the render thread after its frame.
    pub fn close(&self) {
        self.lock().is_closed = true;
        self.0.1.notify_one();
    }

    /// Waits until there is mail or `deadline` has come (`None`: as long as it takes). `None` when closed.
    #[must_use]
    pub fn wait(&self, deadline: Option<Instant>) -> Option<Mail> {
        let mut state = self.lock();
        loop {
            if state.is_closed {
                return None;
            }
            let is_due = deadline.is_some_and(|at| at <= Instant::now());
            if is_due || state.has_mail() {
                state.is_nudged = false;
                return Some(Mail {
                    content: state.content.take(),
                    changed: state.changed.take(),
                    selected: state.selected.take(),
                    effort: state.effort.take(),
                    begun: std::mem::take(&mut state.begun),
                    ended: std::mem::take(&mut state.ended),
                    orders: std::mem::take(&mut state.orders),
                    views: std::mem::take(&mut state.views),
                });
            }
            state = match deadline {
                None => self.0.1.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(at) => {
                    let left = at.saturating_duration_since(Instant::now());
                    self.0.1.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use telestage_scene::ChangedRows;

    use super::*;

    fn pick() -> Order {
        let view = crate::look::of_pose(
            &telestage_session::Session::new(telestage_session::Config::default()).pose(),
        );
        Order::Ask {
            id: ViewId::SHARED,
            view,
            question: Command::Pick { x: 0, y: 0 },
            reply: oneshot::channel().0,
        }
    }

    #[test]
    fn orders_are_bounded_and_none_is_lost() {
        let mailbox = Mailbox::default();
        for _ in 0..CAPACITY {
            mailbox.order(pick()).unwrap();
        }
        assert_eq!(mailbox.order(pick()), Err(OrderRefused));
        assert_eq!(mailbox.wait(None).unwrap().orders.len(), CAPACITY);
        assert_eq!(mailbox.order(pick()), Ok(()));
    }

    #[test]
    fn changes_add_up_until_they_are_drawn_and_end_with_their_scene() {
        let rows = |row| Changes::Rows(ChangedRows { draws: Some(vec![row]), ..ChangedRows::default() });
        let (mailbox, scene) = (Mailbox::default(), Arc::<Scene>::default());
        mailbox.change(scene.clone(), rows(1), Vec::new());
        mailbox.change(scene.clone(), rows(2), Vec::new());
        let mail = mailbox.wait(None).unwrap();
        let both = ChangedRows { draws: Some(vec![1, 2]), ..ChangedRows::default() };
        assert_eq!(mail.changed.unwrap().1, Changes::Rows(both));
        mailbox.change(scene.clone(), rows(1), Vec::new());
        mailbox.show(Content::Scene(scene, Vec::new()));
        let newest = Arc::<Scene>::default();
        mailbox.change(newest.clone(), rows(2), Vec::new());
        let mail = mailbox.wait(None).unwrap();
        assert!(mail.changed.is_none(), "the scene comes whole");
        assert!(matches!(mail.content, Some(Content::Scene(scene, _)) if Arc::ptr_eq(&scene, &newest)));
    }

    #[test]
    fn closing_ends_the_wait() {
        let mailbox = Mailbox::default();
        mailbox.close();
        assert!(mailbox.wait(None).is_none());
    }
}
