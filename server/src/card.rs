//! What viewers see where there is no stage to see: why, and what to do.

use std::fmt::Display;

use telestage_render::Picture;
use telestage_render::placeholder::{self, Tone};

/// The words of a card, kept until they are drawn at the size of the view.
#[derive(Clone, Debug, PartialEq)]
pub struct Card {
    tone: Tone,
    title: String,
    detail: String,
    remedy: String,
    percent: Option<f32>,
}

impl Card {
    /// Nothing is open.
    #[must_use]
    pub fn idle() -> Self {
        Self {
            tone: Tone::Idle,
            title: "No stage is open".into(),
            detail: "Telestage is ready.".into(),
            remedy: "Open a stage from the list in the viewer, or start the server with one: telestage serve STAGE"
                .into(),
            percent: None,
        }
    }

    /// A stage is on its way. `amount` from 0 to 1.
    #[must_use]
    pub fn loading(url: &str, activity: &str, amount: f64) -> Self {
        Self {
            tone: Tone::Busy,
            title: format!("Opening {}", file_name(url)),
            detail: activity.to_owned(),
            remedy: String::new(),
            percent: Some(100.0 * amount.clamp(0.0, 1.0) as f32),
        }
    }

    /// A stage could not be opened.
    #[must_use]
    pub fn not_opened(url: &str, reason: &str) -> Self {
        Self {
            tone: Tone::Failed,
            title: format!("Could not open {}", file_name(url)),
            detail: reason.to_owned(),
            remedy: "Open another stage from the list in the viewer.".into(),
            percent: None,
        }
    }

    /// Something else failed.
    #[must_use]
    pub fn failed(title: &str, reason: &dyn Display) -> Self {
        Self {
            tone: Tone::Failed,
            title: title.to_owned(),
            detail: reason.to_string(),
            remedy: String::new(),
            percent: None,
        }
    }

    /// True if something else will take its place by itself.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        self.tone == Tone::Busy
    }

    /// The card as a picture.
    #[must_use]
    pub fn draw(&self, size: [u32; 2]) -> Picture {
        let Self { tone, title, detail, remedy, percent } = self;
        placeholder::draw(&placeholder::Card { tone: *tone, title, detail, remedy, percent: *percent }, size)
    }
}

fn file_name(url: &str) -> &str {
    url.rsplit(['/', '\\']).next().unwrap_or(url)
}
