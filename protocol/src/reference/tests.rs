//! The page against the enums that it is about, and small sources with one of everything.

use std::path::Path;

use super::*;
use crate::decode::NOT_BUILT;
use crate::{ClientMessage, ErrorCode, ServerMessage};

fn texts(folder: &str, ending: &str) -> BTreeMap<String, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    paths
        .filter(|path| path.is_file())
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap();
            (name.strip_suffix(ending).unwrap().to_owned(), std::fs::read_to_string(&path).unwrap())
        })
        .collect()
}

fn sources(text: &str) -> BTreeMap<String, String> {
    let enums = r#"
        messages! { pub enum ClientMessage {
            /// Go.
            "go" | "run" => Go(Go), } }
        messages! { pub enum ServerMessage { "gone" => Gone(Gone), } }
    "#;
    [("all", format!("{enums}{text}"))].map(|(name, text)| (name.to_owned(), text)).into()
}

/// The part under a heading.
fn section<'a>(page: &'a str, heading: &str) -> &'a str {
    let (_, after) = page.split_once(&format!("\n{heading}\n")).unwrap_or_else(|| panic!("no {heading}"));
    let level = heading.split(' ').next().unwrap_or_default();
    after.split(&format!("\n{level} ")).next().unwrap_or_default()
}

#[test]
fn every_message_is_on_the_page_with_a_sample_and_what_is_not_built_is_not() {
    let page = generate(&texts("src", ".rs"), &texts("samples", "")).unwrap();
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
    let page = generate(&texts("src", ".rs"), &texts("samples", "")).unwrap();
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

#[test]
fn fields_are_told_as_they_stand_on_the_wire() {
    let page = generate(
        &sources(
            r#"
            /// `go`: off to [`Place`].
            #[derive(Serialize)]
            pub struct Go {
                /// Where | to.
                #[serde(rename = "to")]
                pub target: Place,
                /// When,
                /// if ever.
                #[serde(default, skip_serializing_if = "Option::is_none")]
                pub at: Option<f64>,
                /// By which way.
                pub way: Vec<[f32; 3]>,
                /// With whom.
                pub friend: Option<String>,
            }
            #[derive(Serialize)]
            pub struct Gone {}
            #[derive(Serialize)]
            #[serde(rename_all = "snake_case")]
            pub enum Place {
                /// Not here.
                FarAway,
            }
            pub struct Secret { pub inside: bool }
            /// Most.
            pub const MOST: usize = 48 * 1_024;
            "#,
        ),
        &[("client.go.json".to_owned(), "{}\n".to_owned())].into(),
    )
    .unwrap();
    let go = section(&page, "### go");
    assert!(go.starts_with("\nGo.\n\nAlso understood: `run`.\n\nOff to [Place](#place).\n"), "{go}");
    for row in [
        "| `to` | [Place](#place) | Where \\| to. |",
        "| `at`? | number | When, if ever. |",
        "| `way` | list of 3 × number | By which way. |",
        "| `friend` | text or null | With whom. |",
        "```json\n{}\n```",
    ] {
        assert!(go.contains(row), "{row} in {go}");
    }
    assert!(section(&page, "### Place").contains("| `\"far_away\"` | Not here. |"));
    assert!(page.contains("| `MOST` | 48 × 1 024 | Most. |") && !page.contains("Secret"), "{page}");
}

#[test]
fn sources_that_cannot_be_read_are_named() {
    let broken = generate(&sources("pub struct"), &BTreeMap::new()).unwrap_err();
    assert!(broken.to_string().contains("protocol/src/all.rs"), "{broken}");
    let empty = generate(&BTreeMap::new(), &BTreeMap::new()).unwrap_err();
    assert!(empty.to_string().contains("ClientMessage"), "{empty}");
}
