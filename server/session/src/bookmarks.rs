//! Views with names, one list for each stage: who may change it, what everybody is told of it.
//!
//! Everybody may keep what he sees; going there moves the camera, and is a request like any other. Files are the server's:
//! a list is asked for when its stage opens, and a change counts once it is written. One change at a time is written.

use telestage_protocol::{
    Bookmark, BookmarkList, Capability, DeleteBookmarkRequest, ErrorCode, MAX_BOOKMARK_NAME_CHARS,
    ProjectionKind, SaveBookmarkRequest, ServerMessage, ViewerError,
};

use crate::bounded::{LIST_BYTES, count_fitting, json_bytes};
use crate::input::{BookmarkNews, ClientId};
use crate::output::{BookmarkOrder, Output};
use crate::session::Session;
use crate::stages::Asker;

/// Bookmarks of one stage.
const MAX_BOOKMARKS: usize = 100;
/// Bytes of one bookmark's numbers and names of fields, written out.
const ROW_BYTES: usize = 480;

/// The bookmarks of the stage that is shown.
#[derive(Debug, Default)]
pub(crate) struct Bookmarks {
    list: Vec<Bookmark>,
    /// The server has said what there is.
    is_known: bool,
    /// A change that is being written.
    pending: Option<(Asker, Vec<Bookmark>)>,
}

impl Session {
    /// Another stage, another list. Whoever waits for the last one's hears that it is gone.
    pub(crate) fn change_bookmarks(&mut self) {
        let last = std::mem::take(&mut self.bookmarks);
        if let Some((Asker { client, id }, _)) = last.pending {
            let message = "another stage was opened while the bookmark was written";
            self.refuse(client, id, ViewerError::new(ErrorCode::StageChanged, message));
        }
        let Some(current) = self.stages.current.as_ref().filter(|_| self.keeps_bookmarks()) else { return };
        let order = BookmarkOrder::Load { generation: current.generation, stage: current.url.clone() };
        self.out.push(Output::Bookmarks(order));
    }

    /// News of the server's files.
    pub(crate) fn bookmark_news(&mut self, news: BookmarkNews) {
        match news {
            BookmarkNews::Loaded { generation, bookmarks, trouble } => {
                if generation != self.stages.generation() || self.bookmarks.is_known {
                    return;
                }
                self.bookmarks.is_known = true;
                let mut sound: Vec<_> = bookmarks.into_iter().filter(is_sound).collect();
                sound.truncate(count_fitting(&sound, MAX_BOOKMARKS, row_bytes));
                self.bookmarks.list = sound;
                self.tell_all(self.bookmark_message());
                if let Some(message) = trouble {
                    self.tell_all(ServerMessage::ViewerError(ViewerError::new(ErrorCode::Internal, message)));
                }
            }
            BookmarkNews::Stored { generation, result } => {
                if generation != self.stages.generation() {
                    return;
                }
                let Some((Asker { client, id }, list)) = self.bookmarks.pending.take() else { return };
                match result {
                    Ok(()) => {
                        self.bookmarks.list = list;
                        let message = self.bookmark_message();
                        self.answer_and_tell(client, id, &message, self.clients.welcomed());
                    }
                    Err(message) => {
                        self.refuse(client, id, ViewerError::new(ErrorCode::Internal, message));
                    }
                }
            }
        }
    }

    pub(crate) fn list_bookmarks(&mut self, client: ClientId, id: Option<String>) -> Result<(), ViewerError> {
        self.check_bookmarks(None)?;
        self.tell(client, id, self.bookmark_message());
        Ok(())
    }

    pub(crate) fn save_bookmark(
        &mut self,
        client: ClientId,
        id: Option<String>,
        request: &SaveBookmarkRequest,
    ) -> Result<(), ViewerError> {
        self.check_bookmarks(request.stage_generation)?;
        let bookmark =
            self.bookmark(client, sound_name(&request.name)?, request.with_selection == Some(true));
        let mut next = self.bookmarks.list.clone();
        match next.iter_mut().find(|other| other.name == bookmark.name) {
            Some(same) => *same = bookmark,
            None => next.push(bookmark),
        }
        if count_fitting(&next, MAX_BOOKMARKS, row_bytes) < next.len() {
            return Err(ViewerError::new(
                ErrorCode::TooLarge,
                "there is no room for more: delete a bookmark, or leave the selection out of this one",
            ));
        }
        self.store_bookmarks(Asker { client, id }, next)
    }

    pub(crate) fn delete_bookmark(
        &mut self,
        client: ClientId,
        id: Option<String>,
        request: &DeleteBookmarkRequest,
    ) -> Result<(), ViewerError> {
        self.check_bookmarks(request.stage_generation)?;
        let mut next = self.bookmarks.list.clone();
        next.retain(|bookmark| bookmark.name != request.name.trim());
        if next.len() == self.bookmarks.list.len() {
            return Err(ViewerError::new(ErrorCode::NotFound, "there is no bookmark of that name"));
        }
        self.store_bookmarks(Asker { client, id }, next)
    }

    /// Part of the full state that who joins gets.
    pub(crate) fn tell_bookmarks(&mut self, client: ClientId) {
        if self.keeps_bookmarks() && self.bookmarks.is_known {
            self.tell(client, None, self.bookmark_message());
        }
    }

    fn bookmark(&self, client: ClientId, name: String, with_selection: bool) -> Bookmark {
        let view = &self.views.get(self.view_of(client)).view;
        let state = view.camera().state(view.surroundings(), 0);
        let is_parallel = state.projection == ProjectionKind::Orthographic;
        Bookmark {
            name,
            path: state.path,
            eye: state.eye,
            target: state.target,
            up: state.up,
            fov_y: (!is_parallel).then_some(state.fov_y),
            ortho_height: state.ortho_height,
            shift: state.shift,
            time: self.timeline.is_animated().then(|| self.timeline.time(self.now)),
            prims: with_selection.then(|| self.selection.paths()),
        }
    }

    fn store_bookmarks(&mut self, asker: Asker, next: Vec<Bookmark>) -> Result<(), ViewerError> {
        let current = self.stages.shown()?;
        let (generation, stage) = (current.generation, current.url.clone());
        self.out.push(Output::Bookmarks(BookmarkOrder::Store { generation, stage, bookmarks: next.clone() }));
        self.bookmarks.pending = Some((asker, next));
        Ok(())
    }

    fn check_bookmarks(&self, meant: Option<u32>) -> Result<(), ViewerError> {
        self.check_able(Capability::Bookmarks, "this server has no folder of its own to keep bookmarks in")?;
        self.check_running()?;
        self.stages.check_generation(meant)?;
        self.stages.prims()?;
        if self.bookmarks.is_known && self.bookmarks.pending.is_none() {
            return Ok(());
        }
        Err(ViewerError::new(ErrorCode::Busy, "bookmarks are being read or written: try again"))
    }

    fn bookmark_message(&self) -> ServerMessage {
        let bookmarks = self.bookmarks.list.clone();
        ServerMessage::BookmarkList(BookmarkList { bookmarks, stage_generation: self.stages.generation() })
    }

    fn keeps_bookmarks(&self) -> bool {
        self.config.capabilities.contains(&Capability::Bookmarks)
    }
}

fn sound_name(name: &str) -> Result<String, ViewerError> {
    let name = name.trim();
    let is_sound = (1..=MAX_BOOKMARK_NAME_CHARS).contains(&name.chars().count());
    if is_sound && !name.chars().any(char::is_control) {
        return Ok(name.to_owned());
    }
    Err(ViewerError::bad_request(format!(
        "a bookmark's name has 1 to {MAX_BOOKMARK_NAME_CHARS} characters, none of them a control character"
    )))
}

/// What a file says may be anything.
fn is_sound(bookmark: &Bookmark) -> bool {
    let Bookmark { name, path: _, eye, target, up, fov_y, ortho_height, shift, time, prims: _ } = bookmark;
    let numbers = [eye, target, up].into_iter().flatten().chain(shift.iter().flatten());
    let more = [fov_y, ortho_height, time].into_iter().flatten();
    sound_name(name).is_ok_and(|sound| sound == *name) && numbers.chain(more).all(|number| number.is_finite())
}

fn row_bytes(bookmark: &Bookmark) -> usize {
    let Bookmark { name, path, prims, .. } = bookmark;
    let paths = path.iter().chain(prims.iter().flatten());
    ROW_BYTES + json_bytes(name) + paths.map(|path| json_bytes(path) + 1).sum::<usize>()
}

const _: () = assert!(MAX_BOOKMARKS * ROW_BYTES <= LIST_BYTES, "a full list of free views fits");
