//! `/openapi.json`: the routes in the words of OpenAPI 3.1, from the tables that the router is made of, and the shapes of
//! the JSON that they take and give.

use serde_json::{Map, Value, json};

use crate::http::routes;

/// No control characters.
const LABEL: &str = "^[^\\u0000-\\u001f\\u007f-\\u009f]*$";

/// The document.
pub fn document() -> Value {
    let routes = routes::open().into_iter().chain(routes::guarded());
    let mut paths: Map<String, Value> =
        routes.map(|route| (route.path().to_owned(), route.describe())).collect();
    // The page is no route: whatever file there is answers before the routes are looked at.
    for path in ["/", "/streaming/webrtc-client/"] {
        let page =
            json!({"description": "the page", "content": {"text/html": {"schema": {"type": "string"}}}});
        paths.insert(path.to_owned(), json!({"get": {"summary": "The client", "responses": {"200": page}}}));
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Telestage",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "A USD stage, rendered and streamed. Host must be a name or an address of the server; \
                a page's Origin must be its own or on the list of --allow-origin.",
            "license": {"name": "MIT OR Apache-2.0"},
        },
        "paths": paths,
        "components": {"schemas": schemas(), "responses": {"Error": {
            "description": "a refusal: 400 bad request, 403 Host or Origin, 404 or 410 nothing there (any more), \
                413 and 415 the body, 429 and 503 (with Retry-After) too much, 501 not in this version",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
        }}},
    })
}

fn schemas() -> Value {
    let time = json!({"type": "string", "format": "date-time"});
    json!({
        "Error": object(&json!({"error": object(&json!({
            "code": {"type": "string"},
            "message": {"type": "string", "description": "the cause and the remedy"},
        }))})),
        "Done": object(&json!({"success": {"const": true}, "message": {"type": "string"}})),
        "Document": {"type": "object"},
        "Health": health(),
        "SessionWish": {"type": "object", "properties": {
            "userId": {"type": "string", "maxLength": 256, "pattern": LABEL},
            "stage": {"type": "string", "maxLength": 256, "pattern": LABEL, "description": "a label: a session opens no stage"},
            "robotName": {"type": "string", "maxLength": 256, "pattern": LABEL, "description": "another name of `stage`", "deprecated": true},
        }, "not": {"required": ["stage", "robotName"]}},
        "SessionCreated": object(&json!({
            "success": {"const": true},
            "sessionId": {"type": "string", "pattern": "^stream_[0-9]+_[0-9a-f]+$"},
            "wsUrl": {"type": "string", "format": "uri"},
            "httpStreamUrl": {"type": "string", "format": "uri"},
            "embedUrl": {"type": "string", "format": "uri"},
            "message": {"type": "string", "description": "which stage is shown, and whether it is the one that was named"},
        })),
        "SessionFound": object(&json!({
            "success": {"const": true},
            "session": {"$ref": "#/components/schemas/Session"},
        })),
        "Session": object(&json!({
            "id": {"type": "string"},
            "userId": {"type": "string"},
            "stage": {"type": "string"},
            "robotName": {"type": "string", "deprecated": true},
            "createdAt": time,
            "lastActivity": time,
            "connections": {"type": "integer", "description": "live sockets"},
            "isRendererConnected": {"type": "boolean"},
            "isIsaacSimConnected": {"type": "boolean", "deprecated": true},
        })),
    })
}

fn health() -> Value {
    let count = json!({"type": "integer", "minimum": 0});
    let number = json!({"type": "number", "minimum": 0});
    let text = json!({"type": "string"});
    let maybe = json!({"type": ["string", "null"]});
    object(&json!({
        "status": {"enum": ["starting", "idle", "loading", "streaming", "error", "stopping"]},
        "service": {"const": "telestage"},
        "version": text,
        "uptime_secs": number,
        "source": {"enum": ["native", "pattern", "upstream", "placeholder"]},
        "renderer": text,
        "encoder": text,
        "stage": maybe,
        "stage_generation": count,
        "frames_generated": count,
        "frames_replaced": count,
        "fps": number,
        "last_frame_age_ms": {"type": ["number", "null"]},
        "capturing": {"type": "boolean"},
        "server_running": {"type": "boolean"},
        "viewers": count,
        "active_sessions": count,
        "timestamp": {"type": "string", "format": "date-time"},
        "phase": object(&json!({
            "name": text,
            "percent": {"type": ["number", "null"]},
            "elapsed_secs": number,
        })),
        "error": maybe,
    }))
}

/// An object in which all of these are always there.
fn object(properties: &Value) -> Value {
    let names: Vec<String> =
        properties.as_object().map(|all| all.keys().cloned().collect()).unwrap_or_default();
    json!({"type": "object", "properties": properties, "required": names, "additionalProperties": false})
}
