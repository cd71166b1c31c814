//! Small sources with one of everything. `tests/it.rs` holds the page as it is against the enums.

use super::*;

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
