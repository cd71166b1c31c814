//! The TypeScript side of the vocabulary, as one file.
//!
//! Every type that a message reaches is written once, in order of its name, with its documentation.

use std::collections::BTreeMap;
use std::fmt::Write;

use ts_rs::{Config, TS, TypeVisitor};

use crate::{
    CONTROL_ANSWER_MS, CONTROL_TAKE_MS, ClientMessage, FLY_TIMEOUT_MS, HEARTBEAT_MS, HELLO_TIMEOUT_MS,
    MIN_PROTOCOL_VERSION, PROTOCOL_VERSION, RetryDetail, SESSION_KEPT_MS, ServerMessage, VersionDetail,
    ZOOM_PER_UNIT,
};

/// Where the file belongs, from the repository's root.
pub const FILE: &str = "ui/src/protocol/index.ts";

#[derive(Default)]
struct Collector {
    config: Config,
    declarations: BTreeMap<String, String>,
}

impl Collector {
    fn add<T: TS + 'static + ?Sized>(&mut self) {
        // Primitives and containers have no file of their own, and nothing to declare.
        if T::output_path().is_none() {
            return;
        }
        let name = T::ident(&self.config);
        if self.declarations.contains_key(&name) {
            return;
        }
        let text = format!("{}export {}\n", T::docs().unwrap_or_default(), T::decl(&self.config));
        self.declarations.insert(name, tidy(&text));
        T::visit_dependencies(self);
    }
}

impl TypeVisitor for Collector {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        T::visit_dependencies(self);
        self.add::<T>();
    }
}

/// Puts fields on lines of their own, indented, and one-line comments on one line.
fn tidy(text: &str) -> String {
    let text = text.replace(", };\n", ",\n};\n").replace(" = { \"event_type", " =\n  | { \"event_type");
    let text = text.replace(" } | { ", " }\n  | { ");
    let mut lines: Vec<String> = Vec::new();
    let mut is_inside = false;
    for line in text.lines().map(str::trim_end) {
        let is_one_line_comment = lines.iter().rev().nth(1).is_some_and(|l| l.trim_start() == "/**");
        match lines.last_mut() {
            // A comment of one line: the end goes behind it, and it behind the start.
            Some(last) if line == " */" && is_one_line_comment => {
                let comment = last.trim_start().trim_start_matches("* ").to_owned();
                lines.pop();
                if let Some(start) = lines.last_mut() {
                    *start = format!("{start} {comment} */");
                }
            }
            _ if is_inside && line != "};" => lines.push(format!("  {line}")),
            _ => lines.push(line.to_owned()),
        }
        is_inside = (is_inside || line.ends_with('{')) && line != "};";
    }
    lines.join("\n") + "\n"
}

/// The whole text of [`FILE`].
#[must_use]
pub fn generate() -> String {
    let mut collector = Collector::default();
    collector.add::<ClientMessage>();
    collector.add::<ServerMessage>();
    collector.add::<VersionDetail>();
    collector.add::<RetryDetail>();
    let mut text = String::from(
        "// Generated from crate `telestage-protocol` by `cargo xtask codegen`; do not edit.\n\n\
         /** The wrapping of every message; an answer carries the `id` of its request. */\n\
         export type Envelope<M> = M & { id?: string };\n\n",
    );
    for (name, value, documentation) in [
        ("PROTOCOL_VERSION", PROTOCOL_VERSION.to_string(), "The version that this build speaks."),
        (
            "MIN_PROTOCOL_VERSION",
            MIN_PROTOCOL_VERSION.to_string(),
            "The oldest version that this build understands.",
        ),
        ("ZOOM_PER_UNIT", ZOOM_PER_UNIT.to_string(), "What one unit of zoom multiplies the distance by."),
        (
            "FLY_TIMEOUT_MS",
            FLY_TIMEOUT_MS.to_string(),
            "A fly velocity ends this long after the last command.",
        ),
        ("HELLO_TIMEOUT_MS", HELLO_TIMEOUT_MS.to_string(), "A client has this long for its hello."),
        ("HEARTBEAT_MS", HEARTBEAT_MS.to_string(), "Time between two heartbeats."),
        (
            "CONTROL_ANSWER_MS",
            CONTROL_ANSWER_MS.to_string(),
            "Silence grants a request for control after this.",
        ),
        ("SESSION_KEPT_MS", SESSION_KEPT_MS.to_string(), "A client that was lost is kept for so long."),
        (
            "CONTROL_TAKE_MS",
            CONTROL_TAKE_MS.to_string(),
            "Control that was not used for this long may be taken.",
        ),
        (
            "CLIENT_EVENTS",
            format!("{:?} as const", ClientMessage::NAMES),
            "Names of all messages of a client.",
        ),
        (
            "SERVER_EVENTS",
            format!("{:?} as const", ServerMessage::NAMES),
            "Names of all messages of the server.",
        ),
    ] {
        // Writing to a string cannot fail.
        let _ = write!(text, "/** {documentation} */\nexport const {name} = {value};\n\n");
    }
    text.push_str(&collector.declarations.into_values().collect::<Vec<_>>().join("\n"));
    text
}
