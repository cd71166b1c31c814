//! Whether what is streamed goes into a file as well: who asked, since when, what everybody is told of it.
//!
//! Names are checked here; folders, files and disks are the server's.

use std::time::Duration;

use telestage_protocol::{
    Capability, ErrorCode, RecordAction, RecordRequest, RecordState, ServerMessage, ViewerError,
};

use crate::input::{ClientId, RecordingEvent};
use crate::output::{Output, RecordOrder};
use crate::session::Session;
use crate::stages::Asker;

/// Longest name of a recording, in bytes: with its number and ending it stays within what every file system takes.
const NAME_BYTES: usize = 200;
/// Characters that some system refuses in a file's name; `/` and `\` above all, which lead into other folders.
const NO_NAME: [char; 9] = ['/', '\\', ':', '*', '?', '"', '<', '>', '|'];
/// Time between two words about how large a recording is.
const NEWS_INTERVAL: Duration = Duration::from_secs(1);

/// How far it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Phase {
    /// None runs.
    #[default]
    Off,
    /// Ordered; the first picture is not in a file yet.
    Starting,
    /// Pictures go into a file.
    On,
    /// Its end is ordered.
    Stopping,
}

/// The one recording that may run.
#[derive(Debug, Default)]
pub(crate) struct Recording {
    phase: Phase,
    /// Who wait for the answer to their `start` and their `stop`.
    starter: Option<Asker>,
    stopper: Option<Asker>,
    /// When the first picture was taken.
    since: Option<Duration>,
    path: Option<String>,
    bytes: u64,
    told: Duration,
}

impl Recording {
    /// As clients are told.
    fn state(&self, now: Duration) -> RecordState {
        RecordState {
            recording: self.since.is_some(),
            path: self.path.clone(),
            bytes: self.path.is_some().then_some(self.bytes as f64),
            elapsed_secs: self.since.map(|since| now.saturating_sub(since).as_secs_f64()),
            error: None,
            code: None,
        }
    }
}

impl Session {
    /// Begins or ends a recording.
    pub(crate) fn record(
        &mut self,
        client: ClientId,
        id: Option<String>,
        request: &RecordRequest,
    ) -> Result<(), ViewerError> {
        if !self.records() {
            return Err(ViewerError::new(
                ErrorCode::Unsupported,
                "this server has no folder for recordings: start it with --record-dir DIR",
            ));
        }
        self.drive(client)?;
        let asker = Asker { client, id };
        match request.action {
            RecordAction::Start => self.start_recording(asker, request.name.as_deref()),
            RecordAction::Stop => self.stop_recording(asker),
        }
    }

    fn start_recording(&mut self, asker: Asker, name: Option<&str>) -> Result<(), ViewerError> {
        self.check_running()?;
        let name = name.map(file_name).transpose()?;
        if self.recording.phase != Phase::Off {
            return Err(ViewerError::new(ErrorCode::Busy, "a recording runs already: stop it first"));
        }
        self.recording = Recording { phase: Phase::Starting, starter: Some(asker), ..Recording::default() };
        let stage = self.stages.current.as_ref().map(|current| current.asked_url.clone());
        self.out.push(Output::Record(RecordOrder::Start { name, stage }));
        Ok(())
    }

    fn stop_recording(&mut self, asker: Asker) -> Result<(), ViewerError> {
        match self.recording.phase {
            Phase::Off => {
                let state = ServerMessage::RecordState(self.recording.state(self.now));
                self.tell(asker.client, asker.id, state);
            }
            Phase::Starting | Phase::On => {
                self.recording.phase = Phase::Stopping;
                self.recording.stopper = Some(asker);
                self.out.push(Output::Record(RecordOrder::Stop));
            }
            Phase::Stopping => {
                return Err(ViewerError::new(
                    ErrorCode::Busy,
                    "the recording is ending already: wait for it",
                ));
            }
        }
        Ok(())
    }

    /// News of the recorder.
    pub(crate) fn recording_event(&mut self, event: RecordingEvent) {
        match event {
            RecordingEvent::Began { path } => {
                if self.recording.phase == Phase::Starting {
                    self.recording.phase = Phase::On;
                }
                self.recording.since.get_or_insert(self.now);
                self.recording.path = Some(path);
                let starter = self.recording.starter.take();
                self.announce_recording([starter, None], self.recording.state(self.now));
            }
            RecordingEvent::Grew { bytes } => {
                self.recording.bytes = bytes;
                if self.recording.since.is_some() && self.recording.told + NEWS_INTERVAL <= self.now {
                    self.announce_recording([None, None], self.recording.state(self.now));
                }
            }
            RecordingEvent::Ended { bytes, failure } => {
                self.recording.bytes = bytes;
                let (code, error) = failure.map(|failure| (failure.code, failure.message)).unzip();
                let state = RecordState { recording: false, error, code, ..self.recording.state(self.now) };
                let ended = std::mem::take(&mut self.recording);
                self.announce_recording([ended.starter, ended.stopper], state);
            }
        }
    }

    /// The server stops: so does its recording.
    pub(crate) fn end_recording(&mut self) {
        if matches!(self.recording.phase, Phase::Starting | Phase::On) {
            self.recording.phase = Phase::Stopping;
            self.out.push(Output::Record(RecordOrder::Stop));
        }
    }

    /// Part of the full state that who joins gets.
    pub(crate) fn tell_recording(&mut self, client: ClientId) {
        if self.records() {
            let state = ServerMessage::RecordState(self.recording.state(self.now));
            self.tell(client, None, state);
        }
    }

    fn records(&self) -> bool {
        self.config.capabilities.contains(&Capability::Record)
    }

    /// The answer to those who asked, and the same to all others.
    fn announce_recording(&mut self, askers: [Option<Asker>; 2], state: RecordState) {
        self.recording.told = self.now;
        let message = ServerMessage::RecordState(state);
        let mut others = self.clients.welcomed();
        for Asker { client, id } in askers.into_iter().flatten() {
            if self.clients.contains(client) {
                others.retain(|&other| other != client);
                self.tell(client, id, message.clone());
            }
        }
        self.tell_each(others, message);
    }
}

/// A name that is a file's and nothing else, without its ending.
fn file_name(name: &str) -> Result<String, ViewerError> {
    let name = name.trim();
    let name = name.strip_suffix(".mp4").unwrap_or(name);
    if name.len() > NAME_BYTES {
        return Err(ViewerError::new(ErrorCode::TooLarge, format!("name is longer than {NAME_BYTES} bytes")));
    }
    let is_plain = name.chars().all(|letter| !letter.is_control() && !NO_NAME.contains(&letter));
    if name.is_empty() || !is_plain || name.starts_with('.') || name.ends_with(['.', ' ']) {
        return Err(ViewerError::bad_request(
            "name must be a file's name without folders, without control characters and : * ? \" < > |, and without a \
             dot at either end",
        ));
    }
    Ok(name.to_owned())
}
