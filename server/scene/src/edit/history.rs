//! What each author did, to be taken back and done again.

use std::collections::HashMap;

use super::opinions::{Key, Opinion};

/// Edits of one author that can be taken back.
const DEPTH: usize = 200;
/// Authors that are remembered; the one who was quiet longest is forgotten.
const AUTHORS: usize = 64;

/// One edit as it was done.
pub(super) type Step = Vec<Swap>;

/// One opinion of an edit.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Swap {
    pub(super) key: Key,
    pub(super) before: Option<Opinion>,
    pub(super) after: Option<Opinion>,
}

impl Swap {
    /// The way back.
    pub(super) fn back(self) -> Self {
        Self { key: self.key, before: self.after, after: self.before }
    }
}

#[derive(Default)]
struct Author {
    done: Vec<Step>,
    undone: Vec<Step>,
    used: u64,
}

/// Which way through the history.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Undo,
    Redo,
}

/// What all authors did.
#[derive(Default)]
pub(super) struct History {
    authors: HashMap<u32, Author>,
    clock: u64,
}

impl History {
    /// An author did something new.
    pub(super) fn did(&mut self, author: u32, step: Step) {
        let author = self.author(author);
        author.undone.clear();
        author.done.push(step);
        if author.done.len() > DEPTH {
            author.done.remove(0);
        }
    }

    /// What would be done next that way; its swaps are in the order in which to do them.
    pub(super) fn next(&self, author: u32, way: Way) -> Option<Step> {
        let author = self.authors.get(&author)?;
        match way {
            Way::Undo => author.done.last().map(|step| step.iter().rev().cloned().map(Swap::back).collect()),
            Way::Redo => author.undone.last().cloned(),
        }
    }

    /// That was done.
    pub(super) fn went(&mut self, author: u32, way: Way) {
        let author = self.author(author);
        match way {
            Way::Undo => author.undone.extend(author.done.pop()),
            Way::Redo => author.done.extend(author.undone.pop()),
        }
    }

    /// Whether there is something that way.
    pub(super) fn has(&self, author: u32, way: Way) -> bool {
        self.authors.get(&author).is_some_and(|author| match way {
            Way::Undo => !author.done.is_empty(),
            Way::Redo => !author.undone.is_empty(),
        })
    }

    fn author(&mut self, id: u32) -> &mut Author {
        self.clock += 1;
        if self.authors.len() >= AUTHORS && !self.authors.contains_key(&id) {
            let quiet = self.authors.iter().min_by_key(|(_, author)| author.used).map(|(id, _)| *id);
            quiet.and_then(|id| self.authors.remove(&id));
        }
        let author = self.authors.entry(id).or_default();
        author.used = self.clock;
        author
    }
}
