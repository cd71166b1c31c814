//! `/openapi.json` against the server that serves it: what it names is there, what is there it names, and what comes has
//! the shape that it says.

use serde_json::{Value, json};

use crate::cli::Server;

const METHODS: [&str; 6] = ["get", "post", "put", "patch", "delete", "options"];
/// The contract's, as far as this version has them.
const CONTRACT: [&str; 19] = [
    "GET /",
    "GET /streaming/webrtc-client/",
    "GET /healthz",
    "GET /livez",
    "GET /health",
    "GET /metrics",
    "POST /whep",
    "PATCH /whep/{id}",
    "DELETE /whep/{id}",
    "GET /stream",
    "GET /snapshot.png",
    "GET /ws",
    "POST /session/create",
    "GET /session/{id}",
    "POST /session/{id}/destroy",
    "GET /stream/{id}/mjpeg",
    "GET /stream/{id}/embed",
    "GET /stream/{id}",
    "GET /ping",
];

fn serve() -> Server {
    Server::start(&["--source", "pattern", "--size", "320x180"])
}

fn json(server: &Server, request: &str, headers: &[(&str, &str)], body: &str) -> (u16, Value) {
    let (status, body) = server.ask(request, headers, body.as_bytes());
    let text = String::from_utf8_lossy(&body).into_owned();
    (status, serde_json::from_str(&text).unwrap_or_else(|error| panic!("{request}: {error}: {text}")))
}

#[test]
fn what_is_documented_is_served_and_nothing_else_is_at_those_paths() {
    let server = serve();
    let (status, document) = json(&server, "GET /openapi.json", &[], "");
    assert_eq!((status, &document["openapi"]), (200, &json!("3.1.0")));
    let paths = document["paths"].as_object().unwrap();
    for (path, item) in paths {
        // Endless answers are asked for in a way that ends.
        let asked = path.replace("{id}", "unknown");
        let query = if path == "/stream" { "?fps=0" } else { "" };
        for method in METHODS {
            let (status, body) = server.ask(&format!("{} {asked}{query}", method.to_uppercase()), &[], b"");
            let text = String::from_utf8_lossy(&body);
            let is_page = path == "/" || path.ends_with("webrtc-client/");
            let is_served = status != 405 && !text.contains("there is nothing at") && status != 501;
            let is_named = item.get(method).is_some();
            assert_eq!(is_served, is_named, "{method} {path}: {status} {text}");
            assert!(!is_page || method != "get" || status == 200, "{path}");
        }
    }
    for request in CONTRACT {
        let (method, path) = request.split_once(' ').unwrap();
        assert!(paths[path].get(method.to_lowercase()).is_some(), "{request} is missing");
    }
}

/// No route can be served without being named: routers are made of `Route`s, which carry both.
#[test]
fn routers_are_made_in_one_place() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![root];
    let mut makers = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if std::fs::read_to_string(&path).unwrap().contains(".route(") {
                makers.push(path.file_name().unwrap().to_owned());
            }
        }
    }
    assert_eq!(makers, ["route.rs"]);
}

/// Fails where `value` is not of the shape; knows as much of JSON Schema as the document uses.
fn check(document: &Value, schema: &Value, value: &Value, at: &str) {
    if let Some(name) = schema["$ref"].as_str() {
        let pointer = name.trim_start_matches('#');
        let schema = document.pointer(pointer).unwrap_or_else(|| panic!("{name} is missing"));
        return check(document, schema, value, at);
    }
    if let Some(wanted) = schema.get("const") {
        assert_eq!(value, wanted, "{at}");
    }
    if let Some(allowed) = schema["enum"].as_array() {
        assert!(allowed.contains(value), "{at}: {value}");
    }
    let kinds: Vec<&str> = match &schema["type"] {
        Value::String(kind) => vec![kind],
        Value::Array(kinds) => kinds.iter().map(|kind| kind.as_str().unwrap()).collect(),
        _ => return,
    };
    let is = |kind: &&str| match *kind {
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_u64() || value.is_i64(),
        "number" => value.is_number(),
        "null" => value.is_null(),
        "object" => value.is_object(),
        other => panic!("{at}: the check does not know {other}"),
    };
    assert!(kinds.iter().any(is), "{at}: {value} is none of {kinds:?}");
    if let (Some(object), Some(properties)) = (value.as_object(), schema["properties"].as_object()) {
        for name in schema["required"].as_array().into_iter().flatten() {
            assert!(object.contains_key(name.as_str().unwrap()), "{at}: {name} is missing");
        }
        for (name, value) in object {
            let known = properties.get(name).unwrap_or_else(|| panic!("{at}: {name} is not documented"));
            check(document, known, value, &format!("{at}.{name}"));
        }
    }
}

#[test]
fn answers_have_the_shapes_that_are_documented() {
    let server = serve();
    let document = json(&server, "GET /openapi.json", &[], "").1;
    let shape = |path: &str, method: &str, status: &str| {
        let response = &document["paths"][path][method]["responses"][status];
        let response =
            response["$ref"].as_str().map_or(response, |name| document.pointer(&name[1..]).unwrap());
        response["content"]["application/json"]["schema"].clone()
    };
    let check = |schema: &Value, value: &Value, at: &str| {
        assert!(schema.is_object(), "{at} has no schema");
        check(&document, schema, value, at);
    };
    check(&shape("/health", "get", "200"), &json(&server, "GET /health", &[], "").1, "health");
    let kind = [("Content-Type", "application/json")];
    let wish = json!({"userId": "u", "stage": "s"});
    check(&document["components"]["schemas"]["SessionWish"], &wish, "wish");
    let created = json(&server, "POST /session/create", &kind, &wish.to_string()).1;
    check(&shape("/session/create", "post", "200"), &created, "created");
    let id = created["sessionId"].as_str().unwrap();
    check(
        &shape("/session/{id}", "get", "200"),
        &json(&server, &format!("GET /session/{id}"), &[], "").1,
        "found",
    );
    let done = json(&server, &format!("DELETE /session/{id}"), &[], "").1;
    check(&shape("/session/{id}", "delete", "200"), &done, "done");
    let (status, refusal) = json(&server, &format!("GET /session/{id}"), &[], "");
    assert_eq!(status, 404);
    check(&shape("/session/{id}", "get", "default"), &refusal, "refusal");
}

/// Whatever the document refers to is in it.
#[test]
fn every_reference_leads_somewhere() {
    fn look(document: &Value, value: &Value, found: &mut usize) {
        match value {
            Value::Object(all) => {
                if let Some(Value::String(name)) = all.get("$ref") {
                    assert!(document.pointer(name.trim_start_matches('#')).is_some(), "{name} is missing");
                    *found += 1;
                }
                all.values().for_each(|value| look(document, value, found));
            }
            Value::Array(all) => all.iter().for_each(|value| look(document, value, found)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    let document = json(&serve(), "GET /openapi.json", &[], "").1;
    let mut found = 0;
    look(&document, &document, &mut found);
    assert!(found > 20, "{found}");
}
