//! Looking for prims. The session says what is meant and tells what was found; whoever does its outputs looks, on a
//! thread that may take its time.

use telestage_protocol::{
    ErrorCode, PrimRow, SearchPrimsRequest, SearchPrimsResult, ServerMessage, ViewerError,
};

use crate::bounded::{LIST_BYTES, cut};
use crate::browse::{known_filters, row_bytes};
use crate::input::{ClientId, PrimId, Prims};
use crate::output::Output;
use crate::session::Session;

/// Rows of one search without a wish, and with one.
const ROWS: u32 = 500;
const MOST_ROWS: u32 = 2000;
/// Rows of the first part of an answer: as many as are seen at once. The others are larger.
const FIRST: usize = 40;
const PART: usize = 200;
/// Prims between two looks at whether it is still wanted.
const LOOK_EVERY: PrimId = 1024;
/// Longest query, in bytes.
const QUERY_BYTES: usize = 512;

/// A search that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchOrder {
    /// Who asks.
    pub client: ClientId,
    /// The request's `id`.
    pub id: Option<String>,
    /// On which stage.
    pub generation: u32,
    /// As it was asked for.
    pub text: String,
    query: Query,
    limit: usize,
}

/// What a prim must be, all of it; in lower case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Query {
    names: Vec<String>,
    paths: Vec<String>,
    /// Classes or types, one of which must fit.
    kinds: Vec<Vec<String>>,
    has: Vec<Has>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Has {
    Payload,
    Variants,
    Instance,
}

impl Query {
    fn parse(text: &str) -> Result<Self, ViewerError> {
        let mut query = Self::default();
        for word in text.split_whitespace().map(str::to_lowercase) {
            match word.split_once(':') {
                Some(("type" | "class", kind)) if !kind.is_empty() => query.kinds.push(vec![kind.to_owned()]),
                Some(("has", "payload")) => query.has.push(Has::Payload),
                Some(("has", "variants" | "variant")) => query.has.push(Has::Variants),
                Some(("has", "instance")) => query.has.push(Has::Instance),
                Some(("type" | "class" | "has", _)) => {
                    let message = format!(
                        "{} means nothing: type:NAME, class:NAME, has:payload, has:variants and has:instance do",
                        cut(&word, 80)
                    );
                    return Err(ViewerError::bad_request(message));
                }
                // Names with a colon do not exist; nothing fits, which is true.
                Some(_) | None if word.contains('/') => query.paths.push(word),
                Some(_) | None => query.names.push(word),
            }
        }
        Ok(query)
    }

    /// Cheap, and false for most.
    fn may_be(&self, path: &str) -> bool {
        if self.names.is_empty() && self.paths.is_empty() {
            return true;
        }
        let path = path.to_lowercase();
        let name = path.rsplit('/').next().unwrap_or_default();
        self.names.iter().all(|part| name.contains(part)) && self.paths.iter().all(|part| path.contains(part))
    }

    fn is(&self, row: &PrimRow) -> bool {
        let is_kind = |kind: &String| row.class.as_str() == kind || row.type_name.eq_ignore_ascii_case(kind);
        let has = |what: &Has| match what {
            Has::Payload => row.payload == Some(true),
            Has::Variants => row.variants == Some(true),
            Has::Instance => row.instance == Some(true),
        };
        self.kinds.iter().all(|kinds| kinds.iter().any(is_kind)) && self.has.iter().all(has)
    }
}

/// A part of what was found.
#[derive(Debug, PartialEq)]
pub struct Found {
    /// In the stage's order.
    pub rows: Vec<PrimRow>,
    /// There are more than are told.
    pub is_truncated: bool,
    /// The last part.
    pub is_done: bool,
}

impl SearchOrder {
    /// Looks through all prims, and tells of parts as they are found; ends early, without a last part, where nobody
    /// wants it any more.
    pub fn run(&self, prims: &dyn Prims, is_wanted: impl Fn() -> bool, mut tell: impl FnMut(Found)) {
        let (mut rows, mut bytes, mut count, mut most) = (Vec::new(), 0, 0, FIRST);
        let mut is_truncated = false;
        for prim in 0..PrimId::MAX {
            let Some(path) = prims.path(prim) else { break };
            if prim.is_multiple_of(LOOK_EVERY) && !is_wanted() {
                return;
            }
            if !self.query.may_be(path) {
                continue;
            }
            let Some(row) = prims.row(prim).filter(|row| self.query.is(row)) else { continue };
            if count == self.limit {
                is_truncated = true;
                break;
            }
            let more = row_bytes(&row);
            if rows.len() == most || bytes + more > LIST_BYTES {
                let part = std::mem::take(&mut rows);
                tell(Found { rows: part, is_truncated: false, is_done: false });
                (bytes, most) = (0, PART);
            }
            bytes += more;
            count += 1;
            rows.push(row);
        }
        tell(Found { rows, is_truncated, is_done: true });
    }
}

impl Session {
    pub(crate) fn search(
        &mut self,
        client: ClientId,
        id: Option<String>,
        request: SearchPrimsRequest,
    ) -> Result<(), ViewerError> {
        self.check_browsable(request.stage_generation)?;
        self.stages.prims()?;
        if request.query.len() > QUERY_BYTES {
            let message = format!("the query is longer than {QUERY_BYTES} bytes");
            return Err(ViewerError::new(ErrorCode::TooLarge, message));
        }
        let mut query = Query::parse(&request.query)?;
        query.kinds.extend(known_filters(request.types.unwrap_or_default()));
        if query == Query::default() {
            return Err(ViewerError::bad_request("the query is empty: name something"));
        }
        if !self.clients.begin_errand(client) {
            return Err(ViewerError::new(ErrorCode::Busy, "too many searches at once: wait for an answer"));
        }
        let limit = request.limit.unwrap_or(ROWS).min(MOST_ROWS) as usize;
        let generation = self.stages.generation();
        let order = SearchOrder { client, id, generation, text: request.query, query, limit };
        self.out.push(Output::Search(order));
        Ok(())
    }

    pub(crate) fn found(&mut self, order: &SearchOrder, found: Found) {
        if found.is_done {
            self.clients.end_errand(order.client);
        }
        if !self.clients.contains(order.client) {
            return;
        }
        if let Err(error) = self.stages.check_generation(Some(order.generation)) {
            if found.is_done {
                self.refuse(order.client, order.id.clone(), error);
            }
            return;
        }
        let result = SearchPrimsResult {
            query: order.text.clone(),
            prims: found.rows,
            truncated: found.is_truncated,
            done: found.is_done,
            stage_generation: order.generation,
        };
        self.tell(order.client, order.id.clone(), ServerMessage::SearchPrimsResult(result));
    }
}
