//! The two ends of a running client: what its owner may do, and what happens.

use std::sync::Arc;

use telestage_protocol::{CameraCommandRequest, ClientMessage, Envelope};
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;

use crate::event::Event;
use crate::session::{Act, Channel};

/// What its owner may do. Clones act on the same client; when all are gone, it goes on watching.
#[derive(Clone)]
pub struct Handle {
    acts: mpsc::Sender<Act>,
    leave: Arc<Notify>,
}

/// What happens. Dropping it ends the client without a word.
pub struct Events {
    events: mpsc::Receiver<Event>,
    task: JoinHandle<()>,
}

impl Drop for Events {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A message did not go out.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// It cannot be written as JSON.
    #[error("the message cannot be written: {0}")]
    Encoding(#[from] serde_json::Error),
    /// The client has ended.
    #[error("the connection has ended")]
    Ended,
}

impl Events {
    pub(crate) fn new(events: mpsc::Receiver<Event>, task: JoinHandle<()>) -> Self {
        Self { events, task }
    }

    /// The next event; `None` after [`Event::Ended`]. Can be cancelled without loss.
    pub async fn next(&mut self) -> Option<Event> {
        self.events.recv().await
    }
}

impl Handle {
    pub(crate) fn new(acts: mpsc::Sender<Act>, leave: Arc<Notify>) -> Self {
        Self { acts, leave }
    }

    /// Says something, on the channel where it belongs. Waits until the client is connected and has room for it.
    ///
    /// # Errors
    /// It cannot be written, or the client has ended.
    pub async fn send(&self, message: &Envelope<ClientMessage>) -> Result<(), SendError> {
        self.send_text(channel_of(&message.message), message.to_json()?).await
    }

    /// Says a text as it is.
    ///
    /// # Errors
    /// The client has ended.
    pub async fn send_text(&self, channel: Channel, text: String) -> Result<(), SendError> {
        self.act(Act::Send(channel, text)).await
    }

    /// Asks for a picture that needs none before it.
    ///
    /// # Errors
    /// The client has ended.
    pub async fn request_key(&self) -> Result<(), SendError> {
        self.act(Act::RequestKey).await
    }

    /// Says goodbye, or stops connecting. [`Event::Ended`] follows.
    pub fn close(&self) {
        self.leave.notify_one();
    }

    async fn act(&self, act: Act) -> Result<(), SendError> {
        self.acts.send(act).await.map_err(|_| SendError::Ended)
    }
}

/// Where a message travels: the camera's moves may be lost, save for the last one of a gesture.
#[must_use]
pub fn channel_of(message: &ClientMessage) -> Channel {
    match message {
        ClientMessage::CameraCommand(CameraCommandRequest { is_final: Some(true), .. }) => Channel::Control,
        ClientMessage::CameraCommand(_) => Channel::Motion,
        ClientMessage::Hello(_)
        | ClientMessage::OpenStage(_)
        | ClientMessage::ResetStage(_)
        | ClientMessage::LoadingStateQuery(_)
        | ClientMessage::ListStages(_)
        | ClientMessage::GetChildren(_)
        | ClientMessage::SearchPrims(_)
        | ClientMessage::SelectPrims(_)
        | ClientMessage::Pick(_)
        | ClientMessage::TimelineControl(_)
        | ClientMessage::GetProperties(_)
        | ClientMessage::GetAvailableAovs(_)
        | ClientMessage::ChangeAov(_)
        | ClientMessage::GetRenderSettings(_)
        | ClientMessage::SetRenderSetting(_)
        | ClientMessage::SetVisibility(_)
        | ClientMessage::SetActive(_)
        | ClientMessage::SetPayload(_)
        | ClientMessage::GetVariants(_)
        | ClientMessage::SetVariant(_)
        | ClientMessage::RuntimeTransform(_)
        | ClientMessage::SetAttribute(_)
        | ClientMessage::Undo(_)
        | ClientMessage::Redo(_)
        | ClientMessage::ExportSession(_)
        | ClientMessage::Marquee(_)
        | ClientMessage::MakePrimsPickable(_)
        | ClientMessage::SetCameraPose(_)
        | ClientMessage::AdjustCamera(_)
        | ClientMessage::FitCamera(_)
        | ClientMessage::ResetCamera(_)
        | ClientMessage::SetCamera(_)
        | ClientMessage::ListBookmarks(_)
        | ClientMessage::SaveBookmark(_)
        | ClientMessage::DeleteBookmark(_)
        | ClientMessage::ResizeViewport(_)
        | ClientMessage::Control(_)
        | ClientMessage::Record(_)
        | ClientMessage::View(_)
        | ClientMessage::GetStats(_)
        | ClientMessage::Ping(_) => Channel::Control,
    }
}
