//! One route: its path, what answers there, and what the OpenAPI document says of it, given together, so that neither is
//! there without the other.

use axum::Router;
use axum::handler::Handler;
use axum::http::{Method, StatusCode, Uri};
use axum::routing::{MethodFilter, MethodRouter};
use serde_json::{Map, Value, json};

use crate::http::error::ApiError;

/// A route of a server with the state `S`.
pub struct Route<S> {
    path: &'static str,
    methods: MethodRouter<S>,
    operations: Vec<(&'static str, Operation)>,
}

impl<S: Clone + Send + Sync + 'static> Route<S> {
    /// At a path as axum and OpenAPI write them: `/session/{id}`. Other methods than those that are added get a 405.
    #[must_use]
    pub fn at(path: &'static str) -> Self {
        Self { path, methods: MethodRouter::new().fallback(no_such_method), operations: Vec::new() }
    }

    /// Answers GET, and HEAD.
    #[must_use]
    pub fn get<T: 'static>(self, handler: impl Handler<T, S>, operation: Operation) -> Self {
        self.on(MethodFilter::GET, "get", handler, operation)
    }

    /// Answers POST.
    #[must_use]
    pub fn post<T: 'static>(self, handler: impl Handler<T, S>, operation: Operation) -> Self {
        self.on(MethodFilter::POST, "post", handler, operation)
    }

    /// Answers PATCH.
    #[must_use]
    pub fn patch<T: 'static>(self, handler: impl Handler<T, S>, operation: Operation) -> Self {
        self.on(MethodFilter::PATCH, "patch", handler, operation)
    }

    /// Answers DELETE.
    #[must_use]
    pub fn delete<T: 'static>(self, handler: impl Handler<T, S>, operation: Operation) -> Self {
        self.on(MethodFilter::DELETE, "delete", handler, operation)
    }

    /// Answers OPTIONS.
    #[must_use]
    pub fn options<T: 'static>(self, handler: impl Handler<T, S>, operation: Operation) -> Self {
        self.on(MethodFilter::OPTIONS, "options", handler, operation)
    }

    fn on<T: 'static>(
        mut self,
        filter: MethodFilter,
        name: &'static str,
        handler: impl Handler<T, S>,
        operation: Operation,
    ) -> Self {
        self.methods = self.methods.on(filter, handler);
        self.operations.push((name, operation));
        self
    }

    /// Its path.
    #[must_use]
    pub fn path(&self) -> &'static str {
        self.path
    }

    /// What the document says of it.
    #[must_use]
    pub fn describe(&self) -> Value {
        let parameters: Vec<Value> = self
            .path
            .split('/')
            .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
            .map(|name| json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}}))
            .collect();
        let mut item = Map::new();
        if !parameters.is_empty() {
            item.insert("parameters".to_owned(), parameters.into());
        }
        for (method, operation) in &self.operations {
            item.insert((*method).to_owned(), operation.0.clone());
        }
        item.into()
    }
}

/// All of them as a router.
pub fn router<S: Clone + Send + Sync + 'static>(routes: impl IntoIterator<Item = Route<S>>) -> Router<S> {
    routes.into_iter().fold(Router::new(), |router, route| router.route(route.path, route.methods))
}

/// 405, for whoever adds the Allow header.
pub async fn no_such_method(method: Method, uri: Uri) -> ApiError {
    ApiError::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "bad_request",
        format!(
            "{method} is no request to {}; the Allow header names those that are, /openapi.json explains them",
            uri.path()
        ),
    )
}

/// What a method of a route does.
#[derive(Clone, Debug)]
pub struct Operation(Value);

impl Operation {
    /// In one sentence.
    #[must_use]
    pub fn new(summary: &str) -> Self {
        Self(json!({"summary": summary, "responses": {"default": {"$ref": "#/components/responses/Error"}}}))
    }

    /// For probes and preflights, which are never refused.
    #[must_use]
    pub fn unrefused(summary: &str) -> Self {
        Self(json!({"summary": summary, "responses": {}}))
    }

    /// Takes a query parameter with this schema.
    #[must_use]
    pub fn query(mut self, name: &str, schema: &Value, what: &str) -> Self {
        let parameter = json!({"name": name, "in": "query", "schema": schema, "description": what});
        match self.0["parameters"].as_array_mut() {
            Some(all) => all.push(parameter),
            None => self.0["parameters"] = json!([parameter]),
        }
        self
    }

    /// Takes a body of this type; `schema` names one of the document's, or is `string`.
    #[must_use]
    pub fn takes(mut self, media_type: &str, schema: &str) -> Self {
        self.0["requestBody"] =
            json!({"required": true, "content": {media_type: {"schema": reference(schema)}}});
        self
    }

    /// Answers with this status and no body worth naming.
    #[must_use]
    pub fn says(mut self, status: u16, what: &str) -> Self {
        self.0["responses"][status.to_string()] = json!({"description": what});
        self
    }

    /// Answers with this status and a body.
    #[must_use]
    pub fn gives(mut self, status: u16, what: &str, media_type: &str, schema: &str) -> Self {
        self.0["responses"][status.to_string()] =
            json!({"description": what, "content": {media_type: {"schema": reference(schema)}}});
        self
    }
}

fn reference(schema: &str) -> Value {
    match schema {
        "string" => json!({"type": "string"}),
        name => json!({"$ref": format!("#/components/schemas/{name}")}),
    }
}
