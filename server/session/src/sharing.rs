//! The shared view and views of one's own: who may move what, and who gets which picture.

use telestage_protocol::{
    Capability, ControlAction, ControlRequest, ControlState, ErrorCode, Outcome, ResizeViewportResult,
    RetryDetail, ServerMessage, ViewAction, ViewKind, ViewResult, ViewerError, ViewerRow,
};

use crate::control::Verdict;
use crate::input::ClientId;
use crate::output::Output;
use crate::session::Session;
use crate::views::ViewId;

impl Session {
    /// Which picture a client gets.
    pub(crate) fn view_of(&self, client: ClientId) -> ViewId {
        self.clients.get(client).map_or(ViewId::SHARED, |known| known.view)
    }

    /// The view that `client` may move: its own, or the shared one if it drives or nobody does (I5).
    pub(crate) fn movable(&mut self, client: ClientId) -> Result<ViewId, ViewerError> {
        let view = self.view_of(client);
        if view == ViewId::SHARED {
            self.drive(client)?;
        }
        Ok(view)
    }

    /// Checks that `client` may decide what all see.
    pub(crate) fn drive(&mut self, client: ClientId) -> Result<(), ViewerError> {
        let before = self.control.controller();
        match self.control.move_by(self.now, client) {
            Verdict::Unchanged => Ok(()),
            Verdict::Changed => {
                self.handed_over(before);
                Ok(())
            }
            Verdict::Held { by, .. } => {
                let message = format!(
                    "{} drives this view: ask for control, or open a view of your own",
                    self.name(by)
                );
                Err(ViewerError::new(ErrorCode::NotController, message))
            }
        }
    }

    /// Does what a `controlRequest` asks for.
    pub(crate) fn negotiate(
        &mut self,
        client: ClientId,
        id: Option<String>,
        request: ControlRequest,
    ) -> Result<(), ViewerError> {
        let before = self.control.controller();
        let verdict = match request.action {
            ControlAction::Request => self.control.request(self.now, client),
            ControlAction::Release => self.control.release(self.now, client),
            ControlAction::Take => self.control.take(self.now, client),
            ControlAction::Grant => {
                let to = self.grantee(client, request.client_id)?;
                self.control.grant(self.now, to)
            }
        };
        match verdict {
            Verdict::Unchanged => {}
            Verdict::Changed => self.handed_over(before),
            Verdict::Held { by, left } => {
                let message = format!(
                    "{} is driving: ask for control, or take it {:.0} s after the last move",
                    self.name(by),
                    left.as_secs_f64().ceil()
                );
                let mut error = ViewerError::new(ErrorCode::Refused, message);
                error.detail = Some(RetryDetail { retry_in_ms: left.as_secs_f64() * 1e3 }.into());
                return Err(error);
            }
        }
        self.is_control_untold = false;
        let state = ServerMessage::ControlState(self.control_state());
        match verdict {
            Verdict::Unchanged => self.tell(client, id, state),
            Verdict::Changed | Verdict::Held { .. } => {
                let all = self.clients.welcomed();
                self.answer_and_tell(client, id, &state, all);
            }
        }
        Ok(())
    }

    /// Whom a grant means.
    fn grantee(&self, client: ClientId, to: Option<ClientId>) -> Result<ClientId, ViewerError> {
        if self.control.controller() != Some(client) {
            return Err(ViewerError::new(ErrorCode::NotController, "only who has control can give it away"));
        }
        let Some(to) = to.or_else(|| self.control.waiting().next()) else {
            return Err(ViewerError::bad_request("nobody waits for control: name a client_id"));
        };
        if !self.clients.is_welcome(to) {
            return Err(ViewerError::new(ErrorCode::NotFound, format!("there is no client {to}")));
        }
        Ok(to)
    }

    /// Somebody else drives, or nobody: what the one before was doing ends.
    pub(crate) fn handed_over(&mut self, before: Option<ClientId>) {
        self.is_control_untold = true;
        if let Some(before) = before.filter(|before| self.control.controller() != Some(*before)) {
            self.views.get_mut(ViewId::SHARED).view.stop(before);
        }
    }

    /// `controlState` as it is now.
    pub(crate) fn control_state(&self) -> ControlState {
        let row = |client: ClientId, name: &str, view: ViewId| ViewerRow {
            client_id: client,
            name: name.to_owned(),
            role: self.role(client),
            view: kind(view),
        };
        let granted_in = self.control.granted_at().map(|at| at.saturating_sub(self.now));
        ControlState {
            controller: self.control.controller(),
            waiting: self.control.waiting().collect(),
            granted_in_ms: granted_in.map(|left| left.as_secs_f64() * 1e3),
            viewers: self.clients.rows().map(|(id, known)| row(id, &known.name, known.view)).collect(),
        }
    }

    /// Does what a `viewRequest` asks for.
    pub(crate) fn choose_view(&mut self, client: ClientId, id: Option<String>, action: ViewAction) {
        let done = match action {
            ViewAction::Pause | ViewAction::Resume => {
                self.pause(client, action == ViewAction::Pause);
                Ok(())
            }
            ViewAction::Own => self.open_own_view(client),
            ViewAction::Shared => {
                self.close_own_view(client);
                Ok(())
            }
        };
        let view = kind(self.view_of(client));
        let result = match done {
            Ok(()) => ViewResult { view, result: Outcome::Success, code: None, error: None },
            Err(ViewerError { code, message, .. }) => {
                ViewResult { view, result: Outcome::Error, code: Some(code), error: Some(message) }
            }
        };
        let moved =
            result.result == Outcome::Success && matches!(action, ViewAction::Own | ViewAction::Shared);
        self.tell(client, id, ServerMessage::ViewResult(result));
        if moved {
            self.tell_view(client);
        }
    }

    fn pause(&mut self, client: ClientId, is_paused: bool) {
        if let Some(known) = self.clients.get_mut(client) {
            known.is_paused = is_paused;
        }
        self.show(client);
    }

    fn open_own_view(&mut self, client: ClientId) -> Result<(), ViewerError> {
        if !self.config.capabilities.contains(&Capability::OwnView) {
            return Err(ViewerError::new(ErrorCode::Unsupported, "this server shows one view to all"));
        }
        if self.view_of(client) != ViewId::SHARED {
            return Ok(());
        }
        // Who is here goes before who may come back.
        if self.views.own_count() >= self.config.max_own_views
            && let Some(kept) = self.clients.take_kept_view()
        {
            self.end_kept(&kept);
        }
        if self.views.own_count() >= self.config.max_own_views {
            let message = format!(
                "{} own views are open, as many as this machine draws: watch the shared view, or try again later",
                self.views.own_count()
            );
            return Err(ViewerError::new(ErrorCode::Busy, message));
        }
        let before = self.control.controller();
        if self.control.release(self.now, client) == Verdict::Changed {
            self.handed_over(before);
        }
        let view = self.views.begin(self.now);
        self.out.push(Output::BeginView { view });
        self.assign(client, view);
        Ok(())
    }

    fn close_own_view(&mut self, client: ClientId) {
        let view = self.view_of(client);
        if view == ViewId::SHARED {
            return;
        }
        self.assign(client, ViewId::SHARED);
        self.views.end(view);
        self.out.push(Output::EndView { view });
    }

    /// A view that cannot be shown: its client gets the shared one.
    pub(crate) fn lose_view(&mut self, view: ViewId, message: &str) {
        if view == ViewId::SHARED || !self.views.has(view) {
            return;
        }
        let owners = self.clients.watching(view);
        self.views.end(view);
        for client in owners {
            self.assign(client, ViewId::SHARED);
            let result = ViewResult {
                view: ViewKind::Shared,
                result: Outcome::Error,
                code: Some(ErrorCode::Internal),
                error: Some(message.to_owned()),
            };
            self.tell(client, None, ServerMessage::ViewResult(result));
            self.tell_view(client);
        }
    }

    fn assign(&mut self, client: ClientId, view: ViewId) {
        if let Some(known) = self.clients.get_mut(client) {
            known.view = view;
        }
        self.is_control_untold = true;
        self.show(client);
    }

    /// Lets the pictures flow that this client wants now.
    fn show(&mut self, client: ClientId) {
        if let Some(known) = self.clients.get(client) {
            let view = (!known.is_paused).then_some(known.view);
            self.out.push(Output::Video { client, view });
        }
    }

    /// Everything about the view that a client gets now.
    fn tell_view(&mut self, client: ClientId) {
        let sight = self.views.get(self.view_of(client));
        let [width, height] = sight.view.size();
        let list = self.stages.camera_list(sight.view.camera().path.clone());
        let size = ResizeViewportResult { width, height, result: Outcome::Success };
        self.tell(client, None, ServerMessage::ResizeViewportResult(size));
        self.tell(client, None, self.camera_state(client));
        self.tell(client, None, ServerMessage::CameraList(list));
    }

    fn name(&self, client: ClientId) -> &str {
        self.clients.get(client).map_or("somebody", |known| &known.name)
    }
}

fn kind(view: ViewId) -> ViewKind {
    if view == ViewId::SHARED { ViewKind::Shared } else { ViewKind::Own }
}
