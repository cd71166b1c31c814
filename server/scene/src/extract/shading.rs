//! Following connections: from a shader's input to whatever drives it.
//!
//! Goes through NodeGraphs and Material interfaces in both directions (UsdShade, "Connections and value
//! resolution"); a valid connection wins over an authored value.

use openusd::sdf::Value;
use openusd::usd::{Attribute, Prim};

use super::read::Reader;

/// A chain longer than this is a cycle.
const MAX_HOPS: usize = 64;

/// What drives an input.
pub(super) enum Source {
    /// A constant.
    Value(Value),
    /// The output of a shader.
    Node(Node),
}

/// A shader and which of its outputs is meant.
pub(super) struct Node {
    /// The shader prim.
    pub(super) prim: Prim,
    /// `info:id`; empty without one.
    pub(super) id: String,
    /// The output's name without `outputs:`.
    pub(super) output: String,
}

/// What drives `inputs:<name>` of `shader`; `None` if nothing does.
pub(super) fn input(reader: &Reader<'_>, shader: &Prim, name: &str) -> Option<Source> {
    follow(reader, &shader.attribute(format!("inputs:{name}")), MAX_HOPS)
}

/// The constant at `inputs:<name>`, through interfaces; `None` if a shader drives it or nothing does.
pub(super) fn constant(reader: &Reader<'_>, shader: &Prim, name: &str) -> Option<Value> {
    match input(reader, shader, name)? {
        Source::Value(value) => Some(value),
        Source::Node(_) => None,
    }
}

fn follow(reader: &Reader<'_>, attribute: &Attribute, hops: usize) -> Option<Source> {
    if hops == 0 {
        return None;
    }
    for path in attribute.connections().unwrap_or_default() {
        let Some((prim_path, name)) = path.split_property() else { continue };
        let Some(prim) = reader.prim(&prim_path) else { continue };
        let source = prim.attribute(name);
        if !source.is_defined().unwrap_or(false) {
            continue;
        }
        match name.strip_prefix("outputs:") {
            Some(output) if !prim.is_a("NodeGraph").unwrap_or(false) => {
                let id = reader.text(&prim, "info:id").unwrap_or_default();
                return Some(Source::Node(Node { id, output: output.to_owned(), prim }));
            }
            _ => {
                if let Some(found) = follow(reader, &source, hops - 1) {
                    return Some(found);
                }
            }
        }
    }
    reader.attribute(attribute).map(Source::Value)
}
