//! The vocabulary from outside: golden samples, hostile text, and the page about it.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;
use telestage_protocol::decode::NOT_BUILT;
use telestage_protocol::{
    ClientMessage, Envelope, ErrorCode, MAX_CLIENT_MESSAGE_BYTES, ServerMessage, decode_client, parts,
};

/// File name and text of each sample of `side`.
fn samples(side: &str) -> Vec<(String, String)> {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/samples"));
    let mut found: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "json"))
        .map(|path| {
            (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read_to_string(&path).unwrap())
        })
        .filter(|(name, _)| name.starts_with(side))
        .collect();
    found.sort();
    found
}

fn assert_all_covered(names: &[&str], seen: &BTreeSet<&'static str>, side: &str) {
    let missing: Vec<_> = names.iter().filter(|name| !seen.contains(*name)).collect();
    assert!(missing.is_empty(), "no sample protocol/samples/{side}.NAME.json for {missing:?}");
}

#[test]
fn every_client_message_has_a_sample_that_survives_a_round_trip() {
    let mut seen = BTreeSet::new();
    for (file, text) in samples("client.") {
        let envelope = decode_client(&text).unwrap_or_else(|rejection| panic!("{file}: {rejection:?}"));
        let again: Value = serde_json::from_str(&envelope.to_json().unwrap()).unwrap();
        assert_eq!(again, serde_json::from_str::<Value>(&text).unwrap(), "{file}");
        assert_eq!(file.split('.').nth(1), Some(envelope.message.name()), "{file} is named for its message");
        seen.insert(envelope.message.name());
    }
    assert_all_covered(ClientMessage::NAMES, &seen, "client");
}

#[test]
fn every_server_message_has_a_sample_that_survives_a_round_trip() {
    let mut seen = BTreeSet::new();
    for (file, text) in samples("server.") {
        let envelope: Envelope<ServerMessage> =
            serde_json::from_str(&text).unwrap_or_else(|error| panic!("{file}: {error}"));
        let again: Value = serde_json::from_str(&envelope.to_json().unwrap()).unwrap();
        assert_eq!(again, serde_json::from_str::<Value>(&text).unwrap(), "{file}");
        assert_eq!(file.split('.').nth(1), Some(envelope.message.name()), "{file} is named for its message");
        seen.insert(envelope.message.name());
    }
    assert_all_covered(ServerMessage::NAMES, &seen, "server");
}

/// Each message of `parts.jsonl` with the parts that follow it there.
#[test]
fn long_messages_are_cut_as_the_sample_shows_and_put_together_again() {
    const BUDGET: usize = 200;
    let mut lines = include_str!("../samples/parts.jsonl").lines();
    let mut messages = 0;
    while let Some(whole) = lines.next() {
        let cut = parts::split(whole.to_owned(), BUDGET).unwrap();
        let mut joiner = parts::Joiner::default();
        let mut again = None;
        for part in &cut {
            assert_eq!(lines.next(), Some(part.as_str()), "{}", cut.join("\n"));
            again = Some(joiner.push(part.clone()));
        }
        let Some(parts::Arrival::Whole(again)) = again else { panic!("{whole} is not whole again") };
        let read = |text| serde_json::from_str::<Envelope<ServerMessage>>(text).unwrap();
        assert_eq!(read(&again), read(whole));
        messages += 1;
    }
    assert_eq!(messages, 2);
}

#[test]
fn the_old_name_of_reset_is_understood() {
    let envelope = decode_client(r#"{"event_type": "resetStage"}"#).unwrap();
    assert_eq!(envelope.message.name(), "resetStageRequest");
}

#[test]
fn unknown_fields_are_ignored() {
    decode_client(r#"{"event_type":"ping","more":[1],"payload":{"t":1,"later":{}}}"#).unwrap();
}

#[test]
fn hostile_text_is_refused_with_a_reason_and_the_id_where_it_can_be_read() {
    let deep = format!(r#"{{"event_type":"ping","payload":{}{}}}"#, "[".repeat(5000), "]".repeat(5000));
    let long = " ".repeat(MAX_CLIENT_MESSAGE_BYTES + 1);
    let long_id = format!(r#"{{"event_type":"ping","id":"{}","payload":{{"t":1}}}}"#, "i".repeat(200));
    let command = |x: &str| {
        format!(
            r#"{{"event_type":"cameraCommandRequest","id":"q","payload":{{"command":"orbit","gesture":1,"seq":1,"x":{x},"y":0}}}}"#
        )
    };
    let cases: &[(&str, ErrorCode, Option<&str>, &str)] = &[
        ("", ErrorCode::BadRequest, None, "not a message"),
        ("\u{0}\u{1}", ErrorCode::BadRequest, None, "not a message"),
        ("[]", ErrorCode::BadRequest, None, "not a message"),
        ("{}", ErrorCode::BadRequest, None, "event_type"),
        (r#"{"event_type": 5}"#, ErrorCode::BadRequest, None, "not a message"),
        (&deep, ErrorCode::BadRequest, None, "recursion"),
        (&long, ErrorCode::TooLarge, None, "too large"),
        (&long_id, ErrorCode::BadRequest, None, "id is longer"),
        (
            r#"{"event_type":"dance","id":"q"}"#,
            ErrorCode::BadRequest,
            Some("q"),
            "unknown event_type \"dance\"",
        ),
        (
            r#"{"event_type":"getPrimCountRequest","id":"q"}"#,
            ErrorCode::Unsupported,
            Some("q"),
            "not available",
        ),
        (
            r#"{"event_type":"openStageRequest","id":"q","payload":{}}"#,
            ErrorCode::BadRequest,
            Some("q"),
            "url",
        ),
        (r#"{"event_type":"ping","id":"q","payload":[]}"#, ErrorCode::BadRequest, Some("q"), "ping"),
        (&command("NaN"), ErrorCode::BadRequest, None, "not a message"),
        (&command("1e999"), ErrorCode::BadRequest, None, "not a message"),
        (&command("1e300"), ErrorCode::BadRequest, Some("q"), "x is"),
        (&command("null"), ErrorCode::BadRequest, Some("q"), "null"),
        (
            r#"{"event_type":"setCameraRequest","id":"q","payload":{"eye":[0,0,1],"target":[0,0,0],"up":[0,1,0],"fov_y":0}}"#,
            ErrorCode::BadRequest,
            Some("q"),
            "fov_y",
        ),
    ];
    for (text, code, id, words) in cases {
        let short: String = text.chars().take(80).collect();
        let rejection = decode_client(text).expect_err(&short);
        assert_eq!(rejection.error.code, *code, "{short}");
        assert_eq!(rejection.id.as_deref(), *id, "{short}");
        assert!(rejection.error.message.contains(words), "{short}: {}", rejection.error.message);
    }
}

#[test]
fn damaged_samples_are_messages_or_rejections_and_never_a_crash() {
    let mut random = 1u64;
    let mut next = |end: usize| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) as usize % end
    };
    let (mut good, mut bad) = (0, 0);
    for (_, text) in samples("client.") {
        for _ in 0..2000 {
            let mut letters: Vec<char> = text.chars().collect();
            for _ in 0..=next(3) {
                let at = next(letters.len());
                letters[at] = ['0', '9', '-', 'e', '"', '{', '}', '[', ',', '\\', '\u{0}', 'ü'][next(12)];
            }
            match decode_client(&letters.into_iter().collect::<String>()) {
                Ok(envelope) => {
                    assert_eq!(envelope.message.check(), Ok(()));
                    good += 1;
                }
                Err(rejection) => {
                    assert!(!rejection.error.message.is_empty());
                    bad += 1;
                }
            }
        }
    }
    assert!(good > 1000 && bad > 1000, "{good} {bad}");
}

#[test]
fn numbers_that_are_not_finite_are_refused_wherever_they_come_from() {
    use telestage_protocol::{CameraCommand, CameraCommandRequest};
    let request = |x| {
        ClientMessage::CameraCommand(CameraCommandRequest {
            command: CameraCommand::Pan,
            gesture: 1,
            seq: 1,
            x,
            y: 0.0,
            z: None,
            cx: None,
            cy: None,
            pivot: None,
            pivot_from: None,
            is_final: None,
        })
    };
    assert!(request(1.0).check().is_ok());
    for x in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e5] {
        assert_eq!(request(x).check().unwrap_err().code, ErrorCode::BadRequest);
    }
}

/// `docs/protocol.md` as it is committed; `cargo xtask check` sees that it is what the sources make.
fn page() -> String {
    fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/protocol.md")).unwrap()
}

/// The part under a heading.
fn section<'a>(page: &'a str, heading: &str) -> &'a str {
    let (_, after) = page.split_once(&format!("\n{heading}\n")).unwrap_or_else(|| panic!("no {heading}"));
    let level = heading.split(' ').next().unwrap_or_default();
    after.split(&format!("\n{level} ")).next().unwrap_or_default()
}

#[test]
fn every_message_is_on_the_page_with_a_sample_and_what_is_not_built_is_not() {
    let page = page();
    for (side, names) in
        [("## From the client", ClientMessage::NAMES), ("## From the server", ServerMessage::NAMES)]
    {
        let side = section(&page, side);
        for name in names {
            let told = section(side, &format!("### {name}"));
            assert!(told.contains(&format!("\"event_type\": \"{name}\"")), "{name}: {told}");
            assert!(!told.starts_with("\n```"), "{name} has a word about it");
        }
    }
    for name in NOT_BUILT {
        assert!(!page.contains(&format!("### {name}\n")), "{name}");
        assert!(section(&page, "### Not available yet").contains(&format!("`{name}`")), "{name}");
    }
    let codes = section(&page, "## Error codes");
    for code in [ErrorCode::VersionMismatch, ErrorCode::TooLarge, ErrorCode::Internal] {
        let code = serde_json::to_string(&code).unwrap();
        assert!(codes.contains(&format!("`{code}`")), "{code} in {codes}");
    }
    assert!(
        section(&page, "### PickMode").contains("| `\"replace\"` | What was hit, alone; a miss clears. |")
    );
    assert!(page.contains("`MAX_CLIENT_MESSAGE_BYTES` | 65 535 |"));
}

#[test]
fn links_lead_to_headings() {
    let page = page();
    let headings: Vec<String> = page
        .lines()
        .filter(|line| line.starts_with('#'))
        .map(|line| line.trim_start_matches(['#', ' ']).to_lowercase().replace(' ', "-"))
        .collect();
    let links: Vec<&str> = page.split("](#").skip(1).filter_map(|rest| rest.split(')').next()).collect();
    assert!(links.len() > 20, "{links:?}");
    for link in links {
        let found = headings.iter().filter(|heading| *heading == link).count();
        assert_eq!(found, 1, "#{link}");
    }
}
