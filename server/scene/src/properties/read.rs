//! Reading a prim's sheet from the open stage.

use openusd::sdf::{Path, SpecType, Specifier, Value};
use openusd::tf::Token;
use openusd::usd::{Attribute, Prim, SpecSite, Stage, TimeCode};

use super::json::{self, Piece};
use super::{Opinion, PrimSheet, Property, Wish};
use crate::resolver::SESSION_LAYER;

/// Metadata of a prim that stands elsewhere, or that only the library needs.
const PRIM_FIELDS: [&str; 13] = [
    "propertyChildren",
    "specifier",
    "typeName",
    "kind",
    "apiSchemas",
    "variantSelection",
    "variantSetNames",
    "variantChildren",
    "primChildren",
    "properties",
    "references",
    "payload",
    "primOrder",
];
/// Metadata of a property that stands elsewhere.
const PROPERTY_FIELDS: [&str; 9] = [
    "typeName",
    "custom",
    "variability",
    "default",
    "timeSamples",
    "interpolation",
    "connectionPaths",
    "targetPaths",
    "connectionChildren",
];
/// Specs that are told of one prim or property.
const MAX_STACK: usize = 64;
/// Targets that are told of one property.
const MAX_TARGETS: usize = 200;

/// What the stage says of the prim that is wished for, at `time`; `None` without it.
#[must_use]
pub fn read(stage: &Stage, wish: &Wish, time: Option<f64>) -> Option<PrimSheet> {
    let path = Some(wish.path.as_str()).filter(|path| crate::edit::is_prim_path(path))?;
    let prim = stage.prim(path).ok().filter(|prim| prim.is_valid().unwrap_or(false))?;
    let sites = prim.prim_stack().unwrap_or_default();
    let token = |token: Option<Token>| token.map(|token| token.as_str().to_owned());
    let mut sheet = PrimSheet {
        type_name: token(prim.type_name().ok().flatten()).unwrap_or_default(),
        specifier: match prim.specifier().ok().flatten() {
            Some(Specifier::Class) => "class",
            Some(Specifier::Over) => "over",
            Some(Specifier::Def) | None => "def",
        }
        .to_owned(),
        kind: token(prim.kind().ok().flatten()),
        api_schemas: prim.api_schemas().unwrap_or_default().iter().map(|t| t.as_str().to_owned()).collect(),
        metadata: metadata(stage, &sites, &PRIM_FIELDS),
        stack: opinions(&prim, &sites),
        material: bound(&prim),
        ..PrimSheet::default()
    };
    if prim.is_a("Mesh").unwrap_or(false) {
        let at = time.map(TimeCode::new);
        let count = |name: &str| {
            let value = prim.attribute(name).get_at::<Value>(at).ok().flatten();
            value.and_then(|value| value.array_len()).map(|count| count as u64)
        };
        (sheet.points, sheet.faces) = (count("points"), count("faceVertexCounts"));
    }
    let authored = prim.authored_property_names().unwrap_or_default();
    let mut room = wish.max_bytes;
    for name in prim.property_names().unwrap_or_default() {
        if wish.name.as_ref().is_some_and(|wanted| wanted != name.as_str()) {
            continue;
        }
        let is_authored = authored.contains(&name);
        let told = property(stage, &prim, &name, is_authored, wish, time);
        let bytes = size(&told);
        if bytes > room {
            sheet.omitted += 1;
            continue;
        }
        room -= bytes;
        sheet.properties.push(told);
    }
    Some(sheet)
}

fn property(
    stage: &Stage,
    prim: &Prim,
    name: &Token,
    authored: bool,
    wish: &Wish,
    time: Option<f64>,
) -> Property {
    let index = prim.prim_index();
    let is_relationship = match index.property_type(name.clone()).ok().flatten() {
        Some(kind) => kind == SpecType::Relationship,
        None => prim.relationships().unwrap_or_default().iter().any(|rel| rel.name() == name.as_str()),
    };
    let sites = if authored { index.property_stack(name.clone()).unwrap_or_default() } else { Vec::new() };
    let mut property = Property {
        name: name.as_str().to_owned(),
        authored,
        stack: opinions(prim, &sites),
        metadata: metadata(stage, &sites, &PROPERTY_FIELDS),
        value: "null".to_owned(),
        ..Property::default()
    };
    if is_relationship {
        let targets = prim.relationship(name.clone()).targets().unwrap_or_default();
        property.type_name = "rel".to_owned();
        property.uniform = true;
        property.targets = spelled(&targets);
        property.custom = field(stage, &sites, "custom") == Some(Value::Bool(true));
        return property;
    }
    let attribute = prim.attribute(name.clone());
    property.type_name =
        attribute.type_name().ok().flatten().map(|name| name.as_str().to_owned()).unwrap_or_default();
    property.custom = attribute.is_custom().unwrap_or(false);
    let variability = attribute.variability().ok().flatten();
    property.uniform = variability == Some(openusd::sdf::Variability::Uniform);
    property.time_samples = attribute.num_time_samples().unwrap_or(0) as u64;
    property.targets = spelled(&attribute.connections().unwrap_or_default());
    property.interpolation = interpolation(&attribute);
    let piece = Piece { offset: wish.offset, elements: wish.elements };
    let value = attribute.get_at::<Value>(time.map(TimeCode::new)).ok().flatten();
    if let Some(value) = value {
        property.value = json::value(&value, piece).to_string();
    }
    property
}

fn interpolation(attribute: &Attribute) -> Option<String> {
    let told = attribute.get_metadata::<Token>("interpolation").ok().flatten();
    let told = told.map(|token| token.as_str().to_owned());
    told.or_else(|| attribute.name().starts_with("primvars:").then(|| "constant".to_owned()))
}

fn spelled(paths: &[Path]) -> Vec<String> {
    paths.iter().take(MAX_TARGETS).map(|path| path.as_str().to_owned()).collect()
}

/// The material that is bound here or above, for all purposes.
fn bound(prim: &Prim) -> Option<String> {
    let mut at = Some(prim.clone());
    while let Some(prim) = at {
        let targets = prim.relationship("material:binding").targets().unwrap_or_default();
        if let Some(target) = targets.first() {
            return Some(target.as_str().to_owned());
        }
        at = prim.parent();
    }
    None
}

fn opinions(prim: &Prim, sites: &[SpecSite]) -> Vec<Opinion> {
    let graph = prim.prim_index().graph().ok();
    let arc = |site: &SpecSite| {
        let path = site.path.prim_path();
        let node = graph.as_ref().and_then(|graph| graph.nodes().find(|node| *node.path() == path));
        node.map_or("root", |node| word(node.arc()))
    };
    let told = sites.iter().take(MAX_STACK).map(|site| Opinion {
        layer: if site.layer == SESSION_LAYER { "session".to_owned() } else { site.layer.clone() },
        path: site.path.as_str().to_owned(),
        arc: arc(site).to_owned(),
    });
    told.collect()
}

fn word(arc: openusd::pcp::ArcType) -> &'static str {
    use openusd::pcp::ArcType;
    match arc {
        ArcType::Root => "root",
        ArcType::Inherit => "inherit",
        ArcType::Variant => "variant",
        ArcType::Relocate => "relocate",
        ArcType::Reference => "reference",
        ArcType::Payload => "payload",
        ArcType::Specialize => "specialize",
    }
}

/// The strongest value of a field.
fn field(stage: &Stage, sites: &[SpecSite], name: &str) -> Option<Value> {
    sites.iter().find_map(|site| {
        let layer = stage.layer(&site.layer)?;
        layer.data().try_field(&site.path, name).ok().flatten().map(|value| value.into_owned())
    })
}

/// Fields that are authored, but for `known` ones, each as its strongest spec has it.
fn metadata(stage: &Stage, sites: &[SpecSite], known: &[&str]) -> Vec<(String, String)> {
    let mut names: Vec<String> = Vec::new();
    for site in sites {
        let Some(layer) = stage.layer(&site.layer) else { continue };
        for name in layer.data().list_fields(&site.path).unwrap_or_default() {
            let name = name.to_string();
            if !known.contains(&name.as_str()) && !names.contains(&name) {
                names.push(name);
            }
        }
    }
    names.sort();
    let piece = Piece { offset: 0, elements: 16 };
    let told = names.into_iter().filter_map(|name| {
        let value = field(stage, sites, &name)?;
        Some((name, json::value(&value, piece).to_string()))
    });
    told.collect()
}

/// Bytes that a property takes on the wire, roughly.
fn size(property: &Property) -> u64 {
    let stack: usize = property.stack.iter().map(|o| o.layer.len() + o.path.len() + 40).sum();
    let metadata: usize = property.metadata.iter().map(|(name, value)| name.len() + value.len() + 30).sum();
    let targets: usize = property.targets.iter().map(|target| target.len() + 4).sum();
    (property.name.len() + property.type_name.len() + property.value.len() + stack + metadata + targets + 160)
        as u64
}
