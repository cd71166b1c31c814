//! Single opinions of the session layer: written, taken back, remembered.

use std::collections::HashMap;

use openusd::sdf::Value;
use openusd::tf::Token;
use openusd::usd::{LoadPolicy, Stage, StageAuthoringError};

/// What an opinion is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Key {
    /// An attribute's default value, by the attribute's path.
    Attribute(String),
    /// A prim's activation.
    Active(String),
    /// A prim's variant set.
    Variant(String, String),
    /// A payload.
    Loaded(String),
}

impl Key {
    /// The prim.
    pub(super) fn prim(&self) -> &str {
        match self {
            Self::Attribute(path) => path.split('.').next().unwrap_or(path),
            Self::Active(path) | Self::Variant(path, _) | Self::Loaded(path) => path,
        }
    }

    /// It says where the prim is, or whether it is seen.
    pub(super) fn is_place(&self) -> bool {
        let Self::Attribute(path) = self else { return false };
        let name = path.rsplit('.').next().unwrap_or_default();
        name == "visibility" || name == "xformOpOrder" || name.starts_with("xformOp:")
    }

    /// The composition below the prim depends on it.
    pub(super) fn is_structural(&self) -> bool {
        match self {
            Self::Attribute(_) => false,
            Self::Active(_) | Self::Variant(..) | Self::Loaded(_) => true,
        }
    }
}

/// What it says.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Opinion {
    /// The value.
    pub(super) value: Value,
    /// An attribute's type; empty for everything else.
    pub(super) type_name: String,
}

impl Opinion {
    pub(super) fn of(value: impl Into<Value>) -> Self {
        Self { value: value.into(), type_name: String::new() }
    }
}

/// All opinions of the session layer.
#[derive(Default)]
pub(super) struct Opinions(HashMap<Key, Opinion>);

impl Opinions {
    pub(super) fn get(&self, key: &Key) -> Option<&Opinion> {
        self.0.get(key)
    }

    /// Writes it; `None` takes it back.
    pub(super) fn put(
        &mut self,
        stage: &Stage,
        key: &Key,
        opinion: Option<Opinion>,
    ) -> Result<(), StageAuthoringError> {
        write(stage, key, opinion.as_ref())?;
        match opinion {
            Some(opinion) => self.0.insert(key.clone(), opinion),
            None => self.0.remove(key),
        };
        Ok(())
    }
}

fn write(stage: &Stage, key: &Key, opinion: Option<&Opinion>) -> Result<(), StageAuthoringError> {
    match key {
        Key::Attribute(path) => match opinion {
            Some(opinion) => {
                let attribute = stage.create_attribute(path.as_str(), opinion.type_name.as_str())?;
                attribute.set(opinion.value.clone())?;
            }
            None => drop(stage.remove_property(path.as_str())?),
        },
        Key::Active(path) => {
            let prim = stage.override_prim(path.as_str())?;
            match opinion {
                Some(opinion) => prim.set_active(opinion.value == Value::Bool(true))?,
                None => prim.clear_metadata("active")?,
            };
        }
        Key::Variant(path, set) => {
            let selection = opinion.and_then(|opinion| match &opinion.value {
                Value::String(selection) => Some(selection.clone()),
                _ => None,
            });
            stage.override_prim(path.as_str())?.update_metadata("variantSelection", |known| {
                let mut map = match known {
                    Some(Value::VariantSelectionMap(map)) => map,
                    Some(_) | None => HashMap::new(),
                };
                match selection {
                    Some(selection) => drop(map.insert(set.clone(), selection)),
                    None => drop(map.remove(set)),
                }
                (!map.is_empty()).then_some(Value::VariantSelectionMap(map))
            })?;
        }
        Key::Loaded(path) => {
            // Everything is loaded at first.
            let is_loaded = opinion.is_none_or(|opinion| opinion.value == Value::Bool(true));
            if is_loaded {
                stage.load(path.as_str(), LoadPolicy::WithDescendants)?;
            } else {
                stage.unload(path.as_str())?;
            }
        }
    }
    Ok(())
}

/// `inherited` or `invisible`.
pub(super) fn visibility(visible: bool) -> Opinion {
    let token = if visible { "inherited" } else { "invisible" };
    Opinion { value: Value::Token(Token::new(token)), type_name: "token".to_owned() }
}
