//! What sources may say: where a foreign crate may be named, and words that a crate must do without.
//!
//! Tests at the end of a file (`#[cfg(test)]`) may say more.

use anyhow::{Result, bail};

use crate::root::{root, tracked};

/// Foreign crates that stay in one place: the crate's name in Rust, and where it may be named (tests may name all).
const NAMED_ONLY_IN: &[(&str, &[&str])] = &[
    ("rtc", &["server/src/net/", "client/src/webrtc/"]),
    ("tokio_tungstenite", &["client/src/ws/"]),
    // The native client is a program of its own that happens to be in the same binary.
    ("telestage_client", &["server/src/commands/"]),
    ("openusd", &["server/scene/"]),
    ("openusd_schemas", &["server/scene/"]),
    ("openh264", &["server/media/"]),
    ("shiguredo_mp4", &["server/media/"]),
    ("openh264_sys2", &["server/media/"]),
    ("turbojpeg", &["server/media/"]),
    ("yuv", &["server/media/"]),
    // The router is in `http`, the WHEP handlers are beside the peers they make.
    ("axum", &["server/src/http/", "server/src/net/whep.rs"]),
    ("hyper", &["server/src/http/"]),
    ("hyper_util", &["server/src/http/"]),
    ("rust_embed", &["server/src/http/"]),
    ("ab_glyph", &["server/media/"]),
    ("zune_jpeg", &["server/scene/"]),
    ("postcard", &["server/scene/"]),
    ("ts_rs", &["protocol/"]),
];

/// Words that sources in some folders must do without.
struct Abstinence {
    /// Folders or files, from the root.
    within: &'static [&'static str],
    /// Exceptions to that.
    but: &'static [&'static str],
    words: &'static [&'static str],
    /// Which law a word would break.
    law: &'static str,
}

const ABSTINENCES: &[Abstinence] = &[
    Abstinence {
        within: &["protocol/src/", "server/session/src/"],
        // The generator of the TypeScript types writes its file; nothing of it is in the library.
        but: &["protocol/src/bin/"],
        words: &[
            "std::fs",
            "std::net",
            "std::env",
            "std::process",
            "std::thread",
            "std::io",
            "Instant::now",
            "SystemTime",
        ],
        law: "has neither I/O nor a clock (I2)",
    },
    Abstinence {
        within: &["server/src/"],
        // `serve` opens the source and gives it to the render thread; `shot` and `bench` have no other thread.
        but: &[
            "server/src/pipeline/render.rs",
            // The render thread's second source.
            "server/src/pipeline/aside.rs",
            "server/src/commands/serve.rs",
            "server/src/commands/shot.rs",
            "server/src/commands/bench.rs",
        ],
        words: &["FrameSource"],
        law: "leaves the frame source to the render thread (I1)",
    },
    Abstinence {
        within: &["server/scene/src/"],
        // Temporary folders of tests; the worker's own entry under /proc.
        but: &["server/scene/src/scratch.rs", "server/scene/src/worker/confine.rs"],
        words: &[
            "fs::write",
            "File::create",
            "File::options",
            "OpenOptions",
            "fs::rename",
            "fs::remove",
            ".save(",
            ".export(",
        ],
        law: "never writes the user's files (I7)",
    },
];

/// Fails with every word out of place.
pub fn check() -> Result<()> {
    let mut faults = Vec::new();
    for file in tracked()? {
        let name = file.to_string_lossy();
        if file.extension().is_some_and(|extension| extension == "rs") && !name.starts_with("xtask/") {
            let source = std::fs::read_to_string(root().join(&file))?;
            faults.extend(named_outside(&name, &source));
            faults.extend(words_out_of_place(&name, &source));
        }
    }
    if faults.is_empty() { Ok(()) } else { bail!("{}", faults.join("\n")) }
}

fn code_lines(source: &str) -> impl Iterator<Item = (usize, &str)> {
    source.lines().enumerate().filter_map(|(at, line)| {
        let code = line.split("//").next().unwrap_or_default();
        (!code.trim().is_empty()).then_some((at + 1, code))
    })
}

/// Does `code` name the crate, as `krate::…`, `use krate;` or `extern crate krate`?
fn names_crate(code: &str, krate: &str) -> bool {
    code.match_indices(krate).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        let after = code[at + krate.len()..].chars().next();
        let starts_word = before.is_none_or(|c| !c.is_alphanumeric() && c != '_' && c != ':' && c != '.');
        let is_import = code.trim_start().starts_with("use ") && matches!(after, Some(';' | ',' | ' '));
        starts_word && (code[at + krate.len()..].starts_with("::") || is_import)
    })
}

fn named_outside(name: &str, source: &str) -> Vec<String> {
    let mut faults = Vec::new();
    if name.starts_with("tests/") || name.contains("/tests/") {
        return faults;
    }
    for (krate, places) in NAMED_ONLY_IN {
        if places.iter().any(|place| name.starts_with(place)) {
            continue;
        }
        let lines = code_lines(source).filter(|(_, code)| names_crate(code, krate));
        faults.extend(lines.map(|(line, _)| {
            format!("{name}:{line} names `{krate}`, which only {} may", places.join(" and "))
        }));
    }
    faults
}

fn words_out_of_place(name: &str, source: &str) -> Vec<String> {
    let library = source.split("#[cfg(test)]").next().unwrap_or_default();
    let is_under = |places: &[&str]| places.iter().any(|place| name.starts_with(place));
    let laws = ABSTINENCES.iter().filter(|law| is_under(law.within) && !is_under(law.but));
    laws.flat_map(|law| {
        code_lines(library).flat_map(move |(line, code)| {
            let said = law.words.iter().filter(move |word| code.contains(**word));
            said.map(move |word| {
                format!("{name}:{line} says `{word}`, but {} {}", law.within.join(" and "), law.law)
            })
        })
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_is_named_by_paths_and_imports_only() {
        assert!(names_crate("use rtc::sansio::Protocol;", "rtc"));
        assert!(names_crate("    let c: rtc::Config;", "rtc"));
        assert!(names_crate("use rtc;", "rtc"));
        assert!(!names_crate("let rtc = 1;", "rtc"));
        assert!(!names_crate("crate::rtc::thing()", "rtc"));
        assert!(!names_crate("webrtc::thing()", "rtc"));
        assert_eq!(named_outside("server/src/http/mod.rs", "// rtc::x\nuse rtc::y;\n").len(), 1);
        assert!(named_outside("server/src/net/peer.rs", "use rtc::y;").is_empty());
    }

    #[test]
    fn i2_a_clock_in_the_pure_middle_is_found() {
        assert_eq!(
            words_out_of_place("server/session/src/hub.rs", "let t = std::time::Instant::now();").len(),
            1
        );
        assert!(words_out_of_place("server/session/src/hub.rs", "#[cfg(test)]\nuse std::fs;").is_empty());
        assert!(words_out_of_place("server/src/main.rs", "use std::fs;").is_empty());
    }

    #[test]
    fn i1_a_frame_source_outside_the_render_thread_is_found() {
        assert_eq!(words_out_of_place("server/src/hub.rs", "source: Box<dyn FrameSource>,").len(), 1);
        assert!(
            words_out_of_place("server/src/pipeline/render.rs", "use telestage_render::FrameSource;")
                .is_empty()
        );
    }

    #[test]
    fn i7_a_way_to_write_beside_the_stage_is_found() {
        assert_eq!(
            words_out_of_place("server/scene/src/extract/mod.rs", "stage.save(path)?; // kept").len(),
            1
        );
        assert_eq!(words_out_of_place("server/scene/src/roots.rs", "std::fs::write(path, b)").len(), 1);
    }

    #[test]
    fn no_law_is_broken_today() {
        check().unwrap();
    }
}
