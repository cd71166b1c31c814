//! Coming and going: who joins, says hello, is welcomed, comes back, leaves.

use telestage_protocol::{
    ErrorCode, Hello, MIN_PROTOCOL_VERSION, PROTOCOL_VERSION, ProgressActivity, ProgressAmount, Role,
    ServerMessage, VersionDetail, ViewerError, Welcome,
};

use crate::clients::Kept;
use crate::input::ClientId;
use crate::output::Output;
use crate::session::Session;
use crate::views::ViewId;

impl Session {
    pub(crate) fn join(&mut self, client: ClientId, token: String) {
        self.clients.join(client, token, self.now);
        if self.clients.len() > self.config.max_clients || self.is_draining {
            let message = if self.is_draining {
                "the server is shutting down".to_owned()
            } else {
                format!("{} clients are connected already: try again later", self.config.max_clients)
            };
            self.refuse(client, None, ViewerError::new(ErrorCode::Busy, message));
            self.clients.leave(client);
            self.out.push(Output::Close { client });
        }
    }

    /// A client is gone. What it was is kept for a while: it may come back.
    pub(crate) fn leave(&mut self, client: ClientId) {
        let was_welcome = self.clients.is_welcome(client);
        let Some(gone) = self.clients.leave(client) else { return };
        for (_, sight) in self.views.iter_mut() {
            sight.view.forget(client);
        }
        let had_control = self.control.controller() == Some(client);
        self.control.release(self.now, client);
        if was_welcome {
            self.is_control_untold = true;
            if let Some(oldest) = self.clients.keep(gone, had_control, self.now) {
                self.end_kept(&oldest);
            }
        }
    }

    /// Lets go of those that were kept long enough.
    pub(crate) fn let_go_of_kept(&mut self) {
        for kept in self.clients.expired(self.now) {
            self.end_kept(&kept);
        }
    }

    pub(crate) fn end_kept(&mut self, kept: &Kept) {
        if kept.view != ViewId::SHARED {
            self.views.end(kept.view);
            self.out.push(Output::EndView { view: kept.view });
        }
    }

    /// Welcomes a client and gives it the full state before any change (I4). A second hello gets it again.
    pub(crate) fn greet(
        &mut self,
        client: ClientId,
        id: Option<String>,
        hello: &Hello,
    ) -> Result<(), ViewerError> {
        if !(MIN_PROTOCOL_VERSION..=PROTOCOL_VERSION).contains(&hello.protocol) {
            return Err(version_mismatch(hello.protocol));
        }
        if self.clients.welcomed_count() == 0 {
            self.start_heartbeat();
        }
        let is_new = !self.clients.is_welcome(client);
        if is_new {
            if let Some(token) = &hello.session {
                self.resume(client, token);
            }
            self.clients.welcome(client);
            if self.control.controller().is_none() && self.clients.welcomed_count() == 1 {
                self.control.grant(self.now, client);
            }
            self.is_control_untold = true;
        }
        if let Some(known) = self.clients.get_mut(client)
            && let Some(name) = hello.name.as_deref().map(tidy).filter(|name| !name.is_empty())
        {
            known.name = name;
        }
        self.tell_everything(client, id);
        if !is_new {
            let state = ServerMessage::ControlState(self.control_state());
            self.tell(client, None, state);
        }
        Ok(())
    }

    /// The full state, but for who drives.
    fn tell_everything(&mut self, client: ClientId, id: Option<String>) {
        let view = self.view_of(client);
        let session = self.clients.get(client).map(|known| known.token.clone()).unwrap_or_default();
        let sight = self.views.get(view);
        let welcome = Welcome {
            protocol: PROTOCOL_VERSION,
            server: "telestage".to_owned(),
            version: self.config.version.clone(),
            client_id: client,
            session,
            role: self.role(client),
            capabilities: self.config.capabilities.clone(),
            size: sight.view.size(),
            fps: self.config.fps,
        };
        let list = self.stages.camera_list(sight.view.camera().path.clone());
        self.tell(client, id, ServerMessage::Welcome(welcome));
        self.tell(client, None, ServerMessage::LoadingState(self.stages.loading_state()));
        if let Some(loading) = &self.stages.loading {
            let amount = ProgressAmount { amount: loading.amount };
            let activity = ProgressActivity { activity: loading.activity.clone() };
            self.tell(client, None, ServerMessage::ProgressAmount(amount));
            self.tell(client, None, ServerMessage::ProgressActivity(activity));
        }
        if let Some(result) = self.stages.result() {
            self.tell(client, None, ServerMessage::OpenStageResult(result));
        }
        if let Some(children) = self.root_children() {
            self.tell(client, None, children);
        }
        self.tell(client, None, self.selection_message());
        self.tell(client, None, self.camera_state(client));
        self.tell(client, None, ServerMessage::CameraList(list));
        self.tell_looks(client);
        self.tell(client, None, self.timeline_message());
        self.tell_bookmarks(client);
        self.tell_recording(client);
    }

    /// Goes on where the connection with this token was lost: its name, its view, and its control unless somebody else
    /// has that now. A token that nobody knows is one of an earlier server, and no harm.
    fn resume(&mut self, client: ClientId, token: &str) {
        if let Some(before) = self.clients.with_token(token, client) {
            // The old connection is not known to be lost yet.
            if self.control.controller() == Some(before) {
                self.control.grant(self.now, client);
            }
            self.leave(before);
            self.out.push(Output::Close { client: before });
        }
        let Some(kept) = self.clients.take_kept(token) else { return };
        if kept.had_control && self.control.controller().is_none() {
            self.control.grant(self.now, client);
        }
        if let Some(known) = self.clients.get_mut(client) {
            known.name = kept.name;
            known.view = kept.view;
        }
        if kept.view != ViewId::SHARED {
            self.out.push(Output::Video { client, view: Some(kept.view) });
        }
    }

    pub(crate) fn role(&self, client: ClientId) -> Role {
        if self.control.controller() == Some(client) { Role::Controller } else { Role::Viewer }
    }
}

/// A name without what would break a line.
fn tidy(name: &str) -> String {
    name.chars().filter(|letter| !letter.is_control()).collect::<String>().trim().to_owned()
}

fn version_mismatch(client: u32) -> ViewerError {
    let detail =
        VersionDetail { client, server: PROTOCOL_VERSION, min: MIN_PROTOCOL_VERSION, max: PROTOCOL_VERSION };
    let remedy = if client > PROTOCOL_VERSION {
        "update the server"
    } else {
        "update the client, or load its page again"
    };
    ViewerError {
        code: ErrorCode::VersionMismatch,
        message: format!("this server speaks protocol {PROTOCOL_VERSION}, the client {client}: {remedy}"),
        detail: Some(detail.into()),
    }
}
