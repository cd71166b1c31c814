//! The one list behind each message enum: variants, wire names, aliases and documentation, written once.

/// Declares an adjacently tagged message enum together with its `NAMES` and `name()`.
macro_rules! messages {
    (
        $(#[$meta:meta])*
        pub enum $Enum:ident {
            $( $(#[doc = $doc:expr])* $name:literal $(| $alias:literal)* => $Variant:ident($Payload:ty), )*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        #[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
        #[serde(tag = "event_type", content = "payload")]
        pub enum $Enum {
            $( $(#[doc = $doc])* #[serde(rename = $name $(, alias = $alias)*)] $Variant($Payload), )*
        }

        impl $Enum {
            /// The wire names of all variants, in order of declaration.
            pub const NAMES: &[&str] = &[$($name),*];
            /// Names that are understood besides, with the name that each stands for.
            pub const ALIASES: &[(&str, &str)] = &[$($(($alias, $name),)*)*];

            /// The wire name (`event_type`).
            #[must_use]
            pub fn name(&self) -> &'static str {
                match self {
                    $( Self::$Variant(_) => $name, )*
                }
            }
        }
    };
}
pub(crate) use messages;
