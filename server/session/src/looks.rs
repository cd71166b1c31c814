//! What clients ask of render settings and planes, and what everybody is told of them.

use telestage_protocol::{
    ActiveAovState, AppliesAt, AvailableAovsResult, Capability, ChangeAovRequest, ErrorCode, Outcome,
    RenderSettingsChanged, ServerMessage, SetRenderSettingRequest, ViewerError,
};

use crate::appearance::Aov;
use crate::input::ClientId;
use crate::output::Output;
use crate::session::Session;
use crate::settings::{Effort, SettingError, Values};

impl Session {
    /// Takes over what was kept from an earlier run; what of it makes no sense any more, in words.
    pub fn restore(&mut self, kept: &Values) -> Vec<String> {
        if !self.config.capabilities.contains(&Capability::Settings) {
            return Vec::new();
        }
        let wrong = kept.iter().filter_map(|(key, value)| self.settings.set(key, value).err());
        let wrong = wrong.map(|error| error.to_string()).collect();
        self.put_settings();
        wrong
    }

    /// How much work pictures may be.
    #[must_use]
    pub fn effort(&self) -> Effort {
        self.settings.effort
    }

    pub(crate) fn set_setting(
        &mut self,
        client: ClientId,
        id: Option<String>,
        request: &SetRenderSettingRequest,
    ) -> Result<(), ViewerError> {
        self.check_able(Capability::Settings, "what this server shows has no settings")?;
        let mut settings = self.settings.clone();
        let is_changed = settings.set(&request.key, &request.value).map_err(|error| {
            let code = match error {
                SettingError::Unknown(..) => ErrorCode::NotFound,
                SettingError::Value(..) => ErrorCode::BadRequest,
            };
            ViewerError::new(code, error.to_string())
        })?;
        self.drive(client)?;
        let is_effort = settings.effort != self.settings.effort;
        self.settings = settings;
        if is_changed {
            self.put_settings();
            if is_effort {
                self.out.push(Output::Effort(self.settings.effort));
            }
            self.out.push(Output::Keep { settings: self.settings.changed() });
        }
        let message = ServerMessage::RenderSettings(RenderSettingsChanged {
            applied: is_changed,
            ..self.settings_state()
        });
        if is_changed {
            self.answer_and_tell(client, id, &message, self.clients.welcomed());
        } else {
            self.tell(client, id, message);
        }
        Ok(())
    }

    pub(crate) fn tell_settings(&mut self, client: ClientId, id: Option<String>) -> Result<(), ViewerError> {
        self.check_able(Capability::Settings, "what this server shows has no settings")?;
        let message = ServerMessage::RenderSettings(self.settings_state());
        self.tell(client, id, message);
        Ok(())
    }

    pub(crate) fn change_aov(
        &mut self,
        client: ClientId,
        id: Option<String>,
        request: &ChangeAovRequest,
    ) -> Result<(), ViewerError> {
        self.check_aovs()?;
        let previous = self.settings.appearance.aov;
        let requested = Some(request.aov.chars().take(64).collect::<String>());
        let Some(aov) = Aov::named(&request.aov) else {
            let names = Aov::NAMES.join(", ");
            let reason =
                format!("there is no AOV {:?}: there are {names}", requested.as_deref().unwrap_or(""));
            let (result, reason) = (Some(Outcome::Error), Some(reason));
            let state = ActiveAovState { result, requested, reason, ..self.aov_state() };
            self.tell(client, id, ServerMessage::ActiveAov(state));
            return Ok(());
        };
        self.drive(client)?;
        self.settings.appearance.aov = aov;
        self.put_settings();
        let state = ActiveAovState {
            result: Some(Outcome::Success),
            previous: Some(previous.name().to_owned()),
            requested,
            ..self.aov_state()
        };
        self.answer_and_tell(client, id, &ServerMessage::ActiveAov(state), self.clients.welcomed());
        Ok(())
    }

    pub(crate) fn tell_aovs(&mut self, client: ClientId, id: Option<String>) -> Result<(), ViewerError> {
        self.check_aovs()?;
        let aovs = names();
        let available = aovs.clone();
        self.tell(client, id, ServerMessage::AvailableAovs(AvailableAovsResult { aovs, available }));
        Ok(())
    }

    /// The part of the full state that is told here.
    pub(crate) fn tell_looks(&mut self, client: ClientId) {
        if self.config.capabilities.contains(&Capability::Settings) {
            let message = ServerMessage::RenderSettings(self.settings_state());
            self.tell(client, None, message);
        }
        if self.config.capabilities.contains(&Capability::Aov) {
            let message = ServerMessage::ActiveAov(self.aov_state());
            self.tell(client, None, message);
        }
    }

    /// What holds could not be kept for the next start.
    pub(crate) fn settings_unkept(&mut self, message: &str) {
        let message = format!("the settings hold until the server stops and no longer: {message}");
        self.tell_all(ServerMessage::ViewerError(ViewerError::new(ErrorCode::Internal, message)));
    }

    /// All views show what holds now.
    fn put_settings(&mut self) {
        let Effort { samples, fps, .. } = self.settings.effort;
        self.config.fps = fps;
        let (appearance, interval, now) = (self.settings.appearance, self.config.frame_interval(), self.now);
        for (_, sight) in self.views.iter_mut() {
            sight.view.look_like(now, appearance, samples, interval);
        }
    }

    fn check_aovs(&self) -> Result<(), ViewerError> {
        self.check_able(Capability::Aov, "what this server shows has one plane, its colours")
    }

    fn settings_state(&self) -> RenderSettingsChanged {
        RenderSettingsChanged {
            settings: self.settings.list(),
            result: Outcome::Success,
            applied: false,
            applies_at: AppliesAt::Immediate,
            requires_reload: false,
            message: None,
        }
    }

    fn aov_state(&self) -> ActiveAovState {
        ActiveAovState {
            active: self.settings.appearance.aov.name().to_owned(),
            available: names(),
            result: None,
            previous: None,
            requested: None,
            reason: None,
        }
    }
}

fn names() -> Vec<String> {
    Aov::NAMES.iter().map(|name| (*name).to_owned()).collect()
}
