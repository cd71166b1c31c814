//! Bookmarks: views of a stage that somebody gave a name. The server keeps them beside its own data, for all viewers.

use serde::{Deserialize, Serialize};

/// Longest name of a bookmark, in characters.
pub const MAX_BOOKMARK_NAME_CHARS: usize = 64;

/// `saveBookmarkRequest`: keeps what this client sees now, in place of a bookmark with the same name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
pub struct SaveBookmarkRequest {
    /// What it is called: 1 to 64 characters.
    pub name: String,
    /// What is selected belongs to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub with_selection: Option<bool>,
    /// The stage that is meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage_generation: Option<u32>,
}

/// `deleteBookmarkRequest`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
pub struct DeleteBookmarkRequest {
    /// What it is called.
    pub name: String,
    /// The stage that is meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage_generation: Option<u32>,
}

/// `bookmarkList`: all bookmarks of the stage that is shown, in the order in which they were made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct BookmarkList {
    /// At most 100.
    pub bookmarks: Vec<Bookmark>,
    /// The stage that it is about; 0 for none.
    pub stage_generation: u32,
}

/// A view with a name. Who wants it back sends `set_camera` or `setCameraRequest`, and seeks and selects what it names.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
pub struct Bookmark {
    /// What it is called.
    pub name: String,
    /// The stage's camera that was looked through; absent: the view was free.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Where the camera was, in stage units.
    pub eye: [f64; 3],
    /// The point of interest.
    pub target: [f64; 3],
    /// Up in the picture.
    pub up: [f64; 3],
    /// Vertical field of view in degrees, of a view in perspective.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fov_y: Option<f64>,
    /// Height of the picture in stage units, of a parallel view.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ortho_height: Option<f64>,
    /// How far the picture's middle lay off the view axis, in picture heights, right and up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shift: Option<[f64; 2]>,
    /// Which time was shown, in time codes; absent where nothing is animated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<f64>,
    /// What was selected; absent: it does not matter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prims: Option<Vec<String>>,
}
