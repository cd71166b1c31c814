//! `/stream/{id}/embed`: the client's page as other pages show it in an `<iframe>`.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;

use super::api::unknown;
use crate::http::Web;
use crate::http::error::ApiError;
use crate::http::page;

/// `GET /stream/{id}/embed`.
///
/// # Errors
/// 404 for an unknown session.
pub async fn embed(State(web): State<Arc<Web>>, Path(id): Path<String>) -> Result<Response, ApiError> {
    web.sessions.find(&id).ok_or_else(|| unknown(&id))?;
    Ok(page::embedded(&web.origins))
}
