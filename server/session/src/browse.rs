//! The stage's tree, a page at a time.

use telestage_protocol::{
    Capability, GetChildrenRequest, GetChildrenResult, PrimClass, PrimRow, ServerMessage, ViewerError,
};

use crate::bounded::{count_fitting, json_bytes};
use crate::input::{ClientId, PrimId, Prims};
use crate::session::Session;
use crate::stages::find;

/// Rows in one answer.
const MAX_ROWS: usize = 500;
/// Names of classes and types that mean the same as one of ours in another viewer's dialect.
const SYNONYMS: [(&str, &str); 1] = [("usdgeom", "geom")];
/// Classes that can be asked for.
const CLASSES: [PrimClass; 6] = [
    PrimClass::Xform,
    PrimClass::Scope,
    PrimClass::Geom,
    PrimClass::Light,
    PrimClass::Camera,
    PrimClass::Material,
];
/// Types that can be asked for besides.
const TYPES: [&str; 4] = ["mesh", "pointinstancer", "basiscurves", "points"];
/// The path above all root prims.
const ROOT: &str = "/";

impl Session {
    pub(crate) fn get_children(
        &mut self,
        client: ClientId,
        id: Option<String>,
        request: GetChildrenRequest,
    ) -> Result<(), ViewerError> {
        let result = self.children_page(request)?;
        self.tell(client, id, ServerMessage::GetChildrenResult(result));
        Ok(())
    }

    /// The first page of the root prims of the stage that is shown, if one is and this server has trees.
    pub(crate) fn root_children(&self) -> Option<ServerMessage> {
        let request = GetChildrenRequest { prim_path: ROOT.to_owned(), ..GetChildrenRequest::default() };
        self.children_page(request).ok().map(ServerMessage::GetChildrenResult)
    }

    /// Checks that there are prims to ask for, and that they are of the stage that is meant.
    pub(crate) fn check_browsable(&self, meant: Option<u32>) -> Result<(), ViewerError> {
        self.check_able(Capability::Tree, "what this server shows has no prims")?;
        self.stages.check_generation(meant)
    }

    fn children_page(&self, request: GetChildrenRequest) -> Result<GetChildrenResult, ViewerError> {
        self.check_browsable(request.stage_generation)?;
        let prims = self.stages.prims()?;
        let parent = (request.prim_path != ROOT).then(|| find(prims, &request.prim_path)).transpose()?;
        let all = prims.children(parent);
        let offset = request.offset.unwrap_or(0) as usize;
        let limit = request.limit.map_or(MAX_ROWS, |limit| limit as usize).min(MAX_ROWS);
        let (rows, total) = match known_filters(request.filters.unwrap_or_default()) {
            Some(filters) => filtered(prims, all, &filters, offset, limit),
            None => {
                let page = all.get(offset..).unwrap_or_default();
                (page.iter().take(limit).filter_map(|&prim| prims.row(prim)).collect(), all.len())
            }
        };
        let mut children: Vec<PrimRow> = rows;
        children.truncate(count_fitting(&children, limit, row_bytes));
        Ok(GetChildrenResult {
            prim_path: request.prim_path,
            offset: request.offset.unwrap_or(0),
            children,
            total: u32::try_from(total).unwrap_or(u32::MAX),
            stage_generation: self.stages.generation(),
        })
    }
}

/// Most bytes of JSON that a row takes.
pub fn row_bytes(row: &PrimRow) -> usize {
    json_bytes(&row.name) + json_bytes(&row.path) + json_bytes(&row.type_name) + 160
}

/// Those that mean something, in lower case; `None` if none does.
pub fn known_filters(filters: Vec<String>) -> Option<Vec<String>> {
    let known = |name: String| {
        let lower = name.to_ascii_lowercase();
        let ours = SYNONYMS.iter().find(|(other, _)| *other == lower).map(|(_, ours)| (*ours).to_owned());
        let is_class = CLASSES.iter().any(|class| class.as_str() == lower);
        ours.or_else(|| (is_class || TYPES.contains(&&*lower)).then_some(lower))
    };
    let filters: Vec<String> = filters.into_iter().filter_map(known).collect();
    (!filters.is_empty()).then_some(filters)
}

/// A page of those that pass, and how many pass in all.
fn filtered(
    prims: &dyn Prims,
    all: &[PrimId],
    filters: &[String],
    offset: usize,
    limit: usize,
) -> (Vec<PrimRow>, usize) {
    let passes = |row: &PrimRow| {
        filters.iter().any(|name| row.class.as_str() == name || row.type_name.eq_ignore_ascii_case(name))
    };
    let (mut page, mut total) = (Vec::new(), 0);
    for row in all.iter().filter_map(|&prim| prims.row(prim)).filter(passes) {
        if total >= offset && page.len() < limit {
            page.push(row);
        }
        total += 1;
    }
    (page, total)
}
