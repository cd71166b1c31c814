//! Render settings: one row for each, with its name, its range, and where it is kept. There is one set for all views, since
//! what a stage looks like is part of what people talk about when they look at it together; who drives may change it.
//!
//! Owns what holds now. What differs from the defaults is handed out to be kept for the next start.

use std::collections::BTreeMap;

use telestage_protocol::{RenderSetting, SettingType, SettingValue};

use crate::appearance::{Appearance, Background, Lights, Shading, ToneMapping};
use crate::config::Config;

/// What holds now.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// How pictures look.
    pub appearance: Appearance,
    /// How much work they are.
    pub effort: Effort,
    /// As it was configured: the most that may be asked for.
    most_fps: f64,
    defaults: Effort,
}

/// How much work pictures are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effort {
    /// Samples of a picture that stands still.
    pub samples: u32,
    /// Pictures a second at most.
    pub fps: f64,
    /// Pixels along each side of a picture that are drawn, as a share of those that it has.
    pub scale: f64,
}

/// Values by their keys.
pub type Values = BTreeMap<String, SettingValue>;

/// Samples beyond which nobody sees a difference.
const MOST_SAMPLES: f64 = 64.0;
/// The range of the exposure, in stops.
const STOPS: f64 = 10.0;

enum Kind {
    Switch,
    Choice(&'static [&'static str]),
    Number { min: f64, max: f64, step: f64 },
    Whole { min: f64, max: f64 },
}

struct Row {
    key: &'static str,
    label: &'static str,
    group: &'static str,
    kind: Kind,
    get: fn(&Settings) -> SettingValue,
    /// Given a value of its kind; others change nothing.
    set: fn(&mut Settings, &SettingValue),
}

/// A switch of the appearance.
macro_rules! switch {
    ($key:literal, $label:literal, $group:literal, $field:ident) => {
        Row {
            key: $key,
            label: $label,
            group: $group,
            kind: Kind::Switch,
            get: |all| SettingValue::Switch(all.appearance.$field),
            set: |all, value| {
                if let SettingValue::Switch(is_on) = value {
                    all.appearance.$field = *is_on;
                }
            },
        }
    };
}

/// A choice of the appearance.
macro_rules! choice {
    ($key:literal, $label:literal, $group:literal, $field:ident, $Enum:ident) => {
        Row {
            key: $key,
            label: $label,
            group: $group,
            kind: Kind::Choice($Enum::NAMES),
            get: |all| SettingValue::Choice(all.appearance.$field.name().to_owned()),
            set: |all, value| {
                if let SettingValue::Choice(name) = value
                    && let Some(choice) = $Enum::named(name)
                {
                    all.appearance.$field = choice;
                }
            },
        }
    };
}

/// All settings, in the order in which they are shown.
fn rows(most_fps: f64) -> [Row; 12] {
    [
        choice!("shading", "Shading", "Surfaces", shading, Shading),
        switch!("purpose_render", "Render purpose", "Surfaces", purpose_render),
        switch!("purpose_proxy", "Proxy purpose", "Surfaces", purpose_proxy),
        switch!("purpose_guide", "Guide purpose", "Surfaces", purpose_guide),
        choice!("lights", "Lights", "Light", lights, Lights),
        Row {
            key: "exposure",
            label: "Exposure",
            group: "Light",
            kind: Kind::Number { min: -STOPS, max: STOPS, step: 0.25 },
            get: |all| SettingValue::Number(all.appearance.exposure),
            set: |all, value| all.appearance.exposure = number(value, all.appearance.exposure),
        },
        choice!("tone_mapping", "Tone mapping", "Light", tone_mapping, ToneMapping),
        choice!("background", "Background", "Backdrop", background, Background),
        switch!("grid", "Grid", "Backdrop", grid),
        Row {
            key: "samples",
            label: "Samples at rest",
            group: "Quality",
            kind: Kind::Whole { min: 1.0, max: MOST_SAMPLES },
            get: |all| SettingValue::Number(f64::from(all.effort.samples)),
            set: |all, value| all.effort.samples = number(value, f64::from(all.effort.samples)) as u32,
        },
        Row {
            key: "frame_rate",
            label: "Frame rate",
            group: "Quality",
            kind: Kind::Whole { min: 1.0, max: most_fps },
            get: |all| SettingValue::Number(all.effort.fps),
            set: |all, value| all.effort.fps = number(value, all.effort.fps),
        },
        Row {
            key: "resolution_scale",
            label: "Resolution scale",
            group: "Quality",
            kind: Kind::Number { min: 0.25, max: 1.0, step: 0.05 },
            get: |all| SettingValue::Number(all.effort.scale),
            set: |all, value| all.effort.scale = number(value, all.effort.scale),
        },
    ]
}

fn number(value: &SettingValue, or: f64) -> f64 {
    match value {
        SettingValue::Number(number) => *number,
        SettingValue::Switch(_) | SettingValue::Choice(_) => or,
    }
}

/// Why a setting was not changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingError {
    /// No such key.
    #[error("there is no setting {0:?}: there are {1}")]
    Unknown(String, String),
    /// Of another type, no option, or out of range.
    #[error("{0} is not set to {1}: {2} is expected")]
    Value(&'static str, String, String),
}

impl Kind {
    /// True if a setting of this kind can have the value.
    fn takes(&self, value: &SettingValue) -> bool {
        match (self, value) {
            (Self::Switch, SettingValue::Switch(_)) => true,
            (Self::Choice(names), SettingValue::Choice(name)) => names.contains(&&**name),
            (Self::Number { min, max, .. }, SettingValue::Number(value)) => (*min..=*max).contains(value),
            (Self::Whole { min, max }, SettingValue::Number(value)) => {
                (*min..=*max).contains(value) && value.fract() == 0.0
            }
            (
                Self::Switch | Self::Choice(_) | Self::Number { .. } | Self::Whole { .. },
                SettingValue::Switch(_) | SettingValue::Choice(_) | SettingValue::Number(_),
            ) => false,
        }
    }

    fn expected(&self) -> String {
        match self {
            Self::Switch => "true or false".to_owned(),
            Self::Choice(names) => format!("one of {}", names.join(", ")),
            Self::Number { min, max, .. } => format!("a number from {min} to {max}"),
            Self::Whole { min, max } => format!("a whole number from {min} to {max}"),
        }
    }
}

impl Settings {
    /// The defaults of a server.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        let effort = Effort { samples: config.still_samples.max(1), fps: config.fps, scale: 1.0 };
        Self { appearance: Appearance::default(), effort, most_fps: config.fps, defaults: effort }
    }

    fn as_made(&self) -> Self {
        Self { appearance: Appearance::default(), effort: self.defaults, ..*self }
    }

    /// Changes one; true if it was another before.
    ///
    /// # Errors
    /// For a key that does not exist, and a value that it cannot have. Nothing changes then.
    pub fn set(&mut self, key: &str, value: &SettingValue) -> Result<bool, SettingError> {
        let rows = rows(self.most_fps);
        let Some(row) = rows.iter().find(|row| row.key == key) else {
            let short: String = key.chars().take(64).collect();
            return Err(SettingError::Unknown(short, rows.map(|row| row.key).join(", ")));
        };
        if !row.kind.takes(value) {
            let shown: String = match value {
                SettingValue::Switch(is_on) => is_on.to_string(),
                SettingValue::Number(number) => number.to_string(),
                SettingValue::Choice(text) => format!("{:?}", text.chars().take(64).collect::<String>()),
            };
            return Err(SettingError::Value(row.key, shown, row.kind.expected()));
        }
        let before = (row.get)(self);
        (row.set)(self, value);
        Ok((row.get)(self) != before)
    }

    /// Those that differ from the defaults.
    #[must_use]
    pub fn changed(&self) -> Values {
        let as_made = self.as_made();
        let rows = rows(self.most_fps);
        let changed = rows.iter().filter(|row| (row.get)(self) != (row.get)(&as_made));
        changed.map(|row| (row.key.to_owned(), (row.get)(self))).collect()
    }

    /// As clients are told.
    #[must_use]
    pub fn list(&self) -> Vec<RenderSetting> {
        let as_made = self.as_made();
        let row = |row: Row| {
            let (kind, options, [min, max, step]) = match row.kind {
                Kind::Switch => (SettingType::Bool, None, [None; 3]),
                Kind::Choice(names) => (
                    SettingType::Enum,
                    Some(names.iter().map(|name| (*name).to_owned()).collect()),
                    [None; 3],
                ),
                Kind::Number { min, max, step } => {
                    (SettingType::Float, None, [Some(min), Some(max), Some(step)])
                }
                Kind::Whole { min, max } => (SettingType::Int, None, [Some(min), Some(max), Some(1.0)]),
            };
            RenderSetting {
                key: row.key.to_owned(),
                label: row.label.to_owned(),
                group: row.group.to_owned(),
                kind,
                value: (row.get)(self),
                default: (row.get)(&as_made),
                options,
                min,
                max,
                step,
            }
        };
        rows(self.most_fps).into_iter().map(row).collect()
    }
}
