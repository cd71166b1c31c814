//! How pictures look and how much work they are: render settings, and the plane that is shown (AOV). One of each for all
//! views of a server.

use serde::{Deserialize, Serialize};

use crate::link::Outcome;

/// `changeAOVRequest`: answered by `activeAOVState`, to all if it changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ChangeAovRequest {
    /// One of `activeAOVState.available`.
    #[serde(alias = "name")]
    pub aov: String,
}

/// `availableAOVsResult`: what can be shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct AvailableAovsResult {
    /// Names of planes.
    pub aovs: Vec<String>,
    /// The same again, for old clients.
    pub available: Vec<String>,
}

/// `activeAOVState`: which plane is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
pub struct ActiveAovState {
    /// What is shown.
    pub active: String,
    /// What can be.
    pub available: Vec<String>,
    /// What became of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<Outcome>,
    /// What was shown before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<String>,
    /// What was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requested: Option<String>,
    /// Why that is not shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// `setRenderSettingRequest`: answered by `renderSettingsChanged`, to all.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct SetRenderSettingRequest {
    /// One of `renderSettingsChanged.settings`.
    pub key: String,
    /// Of the setting's type, one of its options, within its range.
    pub value: SettingValue,
}

/// A setting's value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(untagged)]
pub enum SettingValue {
    /// On or off.
    Switch(bool),
    /// A number.
    Number(f64),
    /// One of several.
    Choice(String),
}

/// What a setting's values are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum SettingType {
    /// `true` or `false`.
    Bool,
    /// One of `options`.
    Enum,
    /// A number from `min` to `max`.
    Float,
    /// A whole number from `min` to `max`.
    Int,
}

/// One setting, as it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
pub struct RenderSetting {
    /// Names it in requests.
    pub key: String,
    /// Names it for people.
    pub label: String,
    /// What it belongs to, for people.
    pub group: String,
    /// What its values are.
    #[serde(rename = "type")]
    #[cfg_attr(feature = "typescript", ts(rename = "type"))]
    pub kind: SettingType,
    /// What holds.
    pub value: SettingValue,
    /// What holds unless somebody changed it.
    pub default: SettingValue,
    /// All values there are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub options: Option<Vec<String>>,
    /// Least number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
    /// Largest number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
    /// A handy step; numbers between steps are fine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<f64>,
}

/// When a change holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum AppliesAt {
    /// From the next picture on.
    Immediate,
    /// When the stage is loaded again.
    ReloadRequired,
    /// With the next stage.
    NextSceneLoad,
    /// Never on this server.
    Unsupported,
}

/// `renderSettingsChanged`: all settings of this server, as they are now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
pub struct RenderSettingsChanged {
    /// What this server can do, and nothing else.
    pub settings: Vec<RenderSetting>,
    /// What became of the request.
    pub result: Outcome,
    /// Something is another than before.
    pub applied: bool,
    /// When it holds.
    pub applies_at: AppliesAt,
    /// The stage has to be loaded again first.
    pub requires_reload: bool,
    /// What else there is to say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}
