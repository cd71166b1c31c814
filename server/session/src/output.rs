//! Everything that a session wants done: the one enum out.

use glam::DMat4;
use telestage_protocol::{Bookmark, Envelope, PickMode, ServerMessage};

use crate::appearance::Appearance;
use crate::camera::Lens;
use crate::editing::AskOrder;
use crate::input::{ClientId, PrimId};
use crate::search::SearchOrder;
use crate::settings::{Effort, Values};
use crate::views::ViewId;

/// What to do. In the order given.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// A client gets a view of its own: prepare to draw it. What it shows follows.
    BeginView {
        /// Names it.
        view: ViewId,
    },
    /// Nobody looks at this view any more.
    EndView {
        /// Names it.
        view: ViewId,
    },
    /// Draw this from now on; only the latest of each view counts.
    View {
        /// Which view.
        view: ViewId,
        /// What it shows.
        pose: ViewPose,
    },
    /// Open this stage, and report about it with this generation.
    Open {
        /// Names the attempt.
        generation: u32,
        /// As it was asked for.
        url: String,
    },
    /// Stop opening this one; nobody waits for it any more.
    CancelOpen {
        /// Names the attempt.
        generation: u32,
    },
    /// Show the stage at this time, and answer with [`crate::StageEvent::Evaluated`] when it does.
    Evaluate {
        /// Of the stage.
        generation: u32,
        /// In time codes.
        time: f64,
    },
    /// Look for stages and answer with [`crate::Input::Listed`].
    ListStages {
        /// Who asks.
        client: ClientId,
        /// The request's `id`.
        id: Option<String>,
        /// A folder; `None`: the roots.
        path: Option<String>,
    },
    /// Outline these prims in every view, and no others; only the latest counts. They are of the stage that is shown.
    Select {
        /// Which, with all that is below them.
        prims: Vec<PrimId>,
    },
    /// Find out what is there, and answer with [`crate::Input::Picked`].
    Pick(PickOrder),
    /// Ask the process that has the stage open, and answer with [`crate::Input::Asked`].
    Ask(AskOrder),
    /// Find out what is seen within a rectangle, and answer with [`crate::Input::Marqueed`].
    Marquee(MarqueeOrder),
    /// Look for prims on the stage that is shown, in place of any search of the same client, and tell what was found with
    /// [`crate::Input::Found`].
    Search(SearchOrder),
    /// Pictures of all views may be so much work from now on.
    Effort(Effort),
    /// Keep these settings for the next start, in place of those that were kept before; only the latest counts.
    Keep {
        /// What differs from the defaults.
        settings: Values,
    },
    /// Say this to one client.
    Tell {
        /// To whom.
        client: ClientId,
        /// On which channel (one that has only one uses that).
        channel: Channel,
        /// What.
        envelope: Envelope<ServerMessage>,
    },
    /// Say the same to several clients: all that were welcomed.
    TellAll {
        /// To whom.
        clients: Vec<ClientId>,
        /// On which channel.
        channel: Channel,
        /// What.
        message: ServerMessage,
    },
    /// Send this view's pictures to this client. Without a word, one gets those of the shared view.
    Video {
        /// Whose.
        client: ClientId,
        /// Which view's; `None` while it does not look.
        view: Option<ViewId>,
    },
    /// Begin or end a recording, and report with [`crate::Input::Recording`].
    Record(RecordOrder),
    /// Read or write the bookmarks of a stage, and answer with [`crate::Input::Bookmarks`].
    Bookmarks(BookmarkOrder),
    /// End this connection after what was said to it; the session has forgotten it.
    Close {
        /// Whose.
        client: ClientId,
    },
}

/// A question about a picture.
#[derive(Clone, Debug, PartialEq)]
pub struct PickOrder {
    /// Who asks.
    pub client: ClientId,
    /// The request's `id`.
    pub id: Option<String>,
    /// What becomes of the selection then.
    pub mode: PickMode,
    /// In which view.
    pub view: ViewId,
    /// As the asker saw it.
    pub pose: ViewPose,
    /// Column and row, within the pose's size.
    pub at: [u32; 2],
}

/// A question about a part of a picture.
#[derive(Clone, Debug, PartialEq)]
pub struct MarqueeOrder {
    /// Who asks.
    pub client: ClientId,
    /// The request's `id`.
    pub id: Option<String>,
    /// What becomes of the selection then.
    pub mode: PickMode,
    /// In which view.
    pub view: ViewId,
    /// As the asker saw it.
    pub pose: ViewPose,
    /// The first and the last column and row, both within the pose's size.
    pub corners: [[u32; 2]; 2],
}

/// What to do with the bookmarks of a stage.
#[derive(Clone, Debug, PartialEq)]
pub enum BookmarkOrder {
    /// Say what there is.
    Load {
        /// Of the stage.
        generation: u32,
        /// Its root layer.
        stage: String,
    },
    /// Keep these in place of those. No other is under way for this stage.
    Store {
        /// Of the stage.
        generation: u32,
        /// Its root layer.
        stage: String,
        /// All of them.
        bookmarks: Vec<Bookmark>,
    },
}

/// What becomes of the recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordOrder {
    /// Put what is streamed into a file. None runs yet.
    Start {
        /// The file's name without its ending, checked; `None`: one made from the stage and the date.
        name: Option<String>,
        /// The stage that is shown, as it was asked for.
        stage: Option<String>,
    },
    /// End it.
    Stop,
}

/// The two ways to a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// Reliable, in order.
    Control,
    /// The latest counts; may be lost.
    Motion,
}

/// What to draw.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ViewPose {
    /// Grows whenever the picture changes. The same version with more samples is the same picture, better.
    pub version: u64,
    /// The stage that it is meant for; 0 for none.
    pub generation: u32,
    /// Columns and rows; both even.
    pub size: [u32; 2],
    /// Stage space from view space (looks along -Z, +Y up).
    pub world_from_view: DMat4,
    /// How the view becomes a picture.
    pub lens: Lens,
    /// Nearest and farthest distance along the view axis, in stage units.
    pub clip: [f64; 2],
    /// How it looks.
    pub appearance: Appearance,
    /// Samples after which the picture is finished: 1 while something moves.
    pub samples: u32,
}
