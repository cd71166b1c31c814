//! The hub and the shelf: files are read and written on threads that may wait, and what came of it is an input.

use telestage_session::{BookmarkNews, BookmarkOrder, Input};

use super::Hub;

impl Hub {
    pub(super) fn shelve(&self, order: BookmarkOrder) {
        // Without a shelf the session never orders anything.
        let Some(shelf) = self.shelf.clone() else { return };
        let answers = self.answers.clone();
        tokio::task::spawn_blocking(move || {
            let news = match order {
                BookmarkOrder::Load { generation, stage } => {
                    let found = shelf.load(&stage);
                    BookmarkNews::Loaded { generation, bookmarks: found.bookmarks, trouble: found.trouble }
                }
                BookmarkOrder::Store { generation, stage, bookmarks } => {
                    BookmarkNews::Stored { generation, result: shelf.store(&stage, &bookmarks) }
                }
            };
            // The hub may be gone; then nobody waits for this.
            let _ = answers.blocking_send(Input::Bookmarks(news));
        });
    }
}
