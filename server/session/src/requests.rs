//! What each request of a client does. A refusal changes nothing.

use telestage_protocol::{
    ClientMessage, ErrorCode, ListStagesResult, ServerMessage, StageEntry, ViewerError,
};

use crate::bounded::{PATH_BYTES, count_fitting, json_bytes};
use crate::input::ClientId;
use crate::output::Output;
use crate::session::Session;
use crate::stages::Asker;

impl Session {
    /// Does what a welcomed client (or one that says hello) asks for.
    pub(crate) fn obey(
        &mut self,
        client: ClientId,
        id: Option<String>,
        message: ClientMessage,
    ) -> Result<(), ViewerError> {
        match message {
            ClientMessage::Hello(hello) => self.greet(client, id, &hello),
            ClientMessage::OpenStage(request) => self.open_for(client, id, &request.url),
            ClientMessage::ResetStage(_) => self.reset(client, id),
            ClientMessage::LoadingStateQuery(_) => {
                self.tell(client, id, ServerMessage::LoadingState(self.stages.loading_state()));
                Ok(())
            }
            ClientMessage::ListStages(request) => {
                if !self.clients.begin_errand(client) {
                    return Err(ViewerError::new(
                        ErrorCode::Busy,
                        "too many listings at once: wait for an answer",
                    ));
                }
                self.out.push(Output::ListStages { client, id, path: request.path });
                Ok(())
            }
            ClientMessage::GetChildren(request) => self.get_children(client, id, request),
            ClientMessage::SearchPrims(request) => self.search(client, id, request),
            ClientMessage::SelectPrims(request) => self.select_prims(client, id, &request),
            ClientMessage::Pick(request) => self.pick(client, id, &request),
            ClientMessage::TimelineControl(request) => self.control_time(client, id, &request),
            request @ (ClientMessage::GetProperties(_)
            | ClientMessage::SetVisibility(_)
            | ClientMessage::SetActive(_)
            | ClientMessage::SetPayload(_)
            | ClientMessage::GetVariants(_)
            | ClientMessage::SetVariant(_)
            | ClientMessage::RuntimeTransform(_)
            | ClientMessage::SetAttribute(_)
            | ClientMessage::Undo(_)
            | ClientMessage::Redo(_)
            | ClientMessage::ExportSession(_)) => self.ask(client, id, request),
            ClientMessage::Marquee(request) => self.marquee(client, id, &request),
            ClientMessage::MakePrimsPickable(request) => self.make_pickable(client, &request),
            ClientMessage::CameraCommand(request) => self.command(client, &request),
            ClientMessage::SetCameraPose(request) => self.set_pose(client, &request),
            ClientMessage::AdjustCamera(request) => self.adjust_camera(client, &request),
            ClientMessage::FitCamera(request) => self.fit(client, &request),
            ClientMessage::ResetCamera(request) => self.reset_camera(client, &request),
            ClientMessage::SetCamera(request) => self.set_camera(client, &request),
            ClientMessage::GetAvailableAovs(_) => self.tell_aovs(client, id),
            ClientMessage::ChangeAov(request) => self.change_aov(client, id, &request),
            ClientMessage::GetRenderSettings(_) => self.tell_settings(client, id),
            ClientMessage::SetRenderSetting(request) => self.set_setting(client, id, &request),
            ClientMessage::ResizeViewport(request) => self.resize(client, id, request),
            ClientMessage::Control(request) => self.negotiate(client, id, request),
            ClientMessage::View(request) => {
                self.choose_view(client, id, request.action);
                Ok(())
            }
            ClientMessage::Record(request) => self.record(client, id, &request),
            ClientMessage::ListBookmarks(_) => self.list_bookmarks(client, id),
            ClientMessage::SaveBookmark(request) => self.save_bookmark(client, id, &request),
            ClientMessage::DeleteBookmark(request) => self.delete_bookmark(client, id, &request),
            ClientMessage::GetStats(_) => {
                let frames = &self.views.get(self.view_of(client)).frames;
                let stats = frames.stats(self.now, self.clients.welcomed_count());
                self.tell(client, id, ServerMessage::Stats(stats));
                Ok(())
            }
            ClientMessage::Ping(ping) => {
                self.tell(client, id, ServerMessage::Pong(ping));
                Ok(())
            }
        }
    }

    pub(crate) fn check_running(&self) -> Result<(), ViewerError> {
        if self.is_draining {
            return Err(ViewerError::new(ErrorCode::Refused, "the server is shutting down"));
        }
        Ok(())
    }

    fn open_for(&mut self, client: ClientId, id: Option<String>, url: &str) -> Result<(), ViewerError> {
        if url.trim().is_empty() {
            return Err(ViewerError::bad_request("url is empty: name a stage"));
        }
        if url.len() > PATH_BYTES {
            let message = format!("url is longer than {PATH_BYTES} bytes");
            return Err(ViewerError::new(ErrorCode::TooLarge, message));
        }
        self.check_running()?;
        // What is shown already needs nobody's leave.
        if !self.stages.shows(url) {
            self.drive(client)?;
        }
        self.open(url, Some(Asker { client, id }), false);
        Ok(())
    }

    fn reset(&mut self, client: ClientId, id: Option<String>) -> Result<(), ViewerError> {
        self.check_running()?;
        let url = match &self.stages.loading {
            Some(loading) => loading.url.clone(),
            None => self.stages.shown()?.asked_url.clone(),
        };
        self.drive(client)?;
        self.open(&url, Some(Asker { client, id }), true);
        Ok(())
    }

    /// The answer to one client, with its `id`, if it is still here, and the same to the others among `all`.
    pub(crate) fn answer_and_tell(
        &mut self,
        client: ClientId,
        id: Option<String>,
        message: &ServerMessage,
        mut all: Vec<ClientId>,
    ) {
        all.retain(|&other| other != client);
        if self.clients.contains(client) {
            self.tell(client, id, message.clone());
        }
        self.tell_each(all, message.clone());
    }

    pub(crate) fn listed(
        &mut self,
        client: ClientId,
        id: Option<String>,
        result: Result<ListStagesResult, ViewerError>,
    ) {
        self.clients.end_errand(client);
        match result {
            Ok(mut result) if self.clients.contains(client) => {
                let bytes = |entry: &StageEntry| json_bytes(&entry.name) + json_bytes(&entry.path) + 120;
                let fitting = count_fitting(&result.entries, usize::MAX, bytes);
                if fitting < result.entries.len() {
                    result.entries.truncate(fitting);
                    result.truncated = Some(true);
                }
                self.tell(client, id, ServerMessage::ListStagesResult(result));
            }
            Ok(_) => {}
            Err(error) => self.refuse(client, id, error),
        }
    }
}
