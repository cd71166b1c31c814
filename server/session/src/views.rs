//! All views: the one that everybody shares, and those of single clients.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::config::Config;
use crate::frames::Frames;
use crate::history::History;
use crate::view::View;

/// Names a view; never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ViewId(pub u32);

impl ViewId {
    /// The one that all share.
    pub const SHARED: Self = Self(0);
}

/// A view and its pictures.
#[derive(Debug)]
pub struct Sight {
    /// The camera.
    pub view: View,
    /// What went out.
    pub frames: Frames,
    /// What they showed.
    pub history: History,
    /// The stage's camera that its viewers were last told of.
    pub told_camera: Option<String>,
}

impl Sight {
    fn new(view: View) -> Self {
        let mut history = History::default();
        history.push(view.pose());
        Self { told_camera: view.camera().path.clone(), view, frames: Frames::default(), history }
    }
}

/// The views of a session.
#[derive(Debug)]
pub struct Views {
    shared: Sight,
    own: BTreeMap<ViewId, Sight>,
    last: u32,
}

impl Views {
    /// The shared view, of nothing.
    #[must_use]
    pub fn new(config: &Config, size: [u32; 2]) -> Self {
        Self { shared: Sight::new(View::new(config, size)), own: BTreeMap::new(), last: 0 }
    }

    /// The view that all share.
    #[must_use]
    pub fn shared(&self) -> &Sight {
        &self.shared
    }

    /// A view; the shared one in place of one that has ended.
    #[must_use]
    pub fn get(&self, id: ViewId) -> &Sight {
        self.own.get(&id).unwrap_or(&self.shared)
    }

    /// As [`Views::get`], to be changed.
    pub fn get_mut(&mut self, id: ViewId) -> &mut Sight {
        self.own.get_mut(&id).unwrap_or(&mut self.shared)
    }

    /// True if it is the shared one or was begun and not ended.
    #[must_use]
    pub fn has(&self, id: ViewId) -> bool {
        id == ViewId::SHARED || self.own.contains_key(&id)
    }

    /// Views of single clients.
    #[must_use]
    pub fn own_count(&self) -> usize {
        self.own.len()
    }

    /// All views, the shared one first.
    pub fn iter(&self) -> impl Iterator<Item = (ViewId, &Sight)> {
        std::iter::once((ViewId::SHARED, &self.shared)).chain(self.own.iter().map(|(id, sight)| (*id, sight)))
    }

    /// As [`Views::iter`], to be changed.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (ViewId, &mut Sight)> {
        let own = self.own.iter_mut().map(|(id, sight)| (*id, sight));
        std::iter::once((ViewId::SHARED, &mut self.shared)).chain(own)
    }

    /// Begins a view where the shared one is.
    pub fn begin(&mut self, now: Duration) -> ViewId {
        self.last += 1;
        let id = ViewId(self.last);
        self.own.insert(id, Sight::new(self.shared.view.branch(now)));
        id
    }

    /// Ends a client's view.
    pub fn end(&mut self, id: ViewId) {
        self.own.remove(&id);
    }
}
