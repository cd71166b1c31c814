//! Which crate may reach which, read from cargo's resolved graph: without dev-dependencies, for this machine's target.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::process::{output, output_of, program};

/// One crate of the workspace and what it must keep to.
struct Law {
    package: &'static str,
    /// Crates of the workspace that it may depend on, directly.
    may_use: &'static [&'static str],
    /// Foreign crates that it must not reach, through whomever.
    never_reaches: &'static [&'static str],
}

const NETWORK: &[&str] = &["tokio", "mio", "axum", "hyper", "rtc", "webrtc", "reqwest", "socket2"];
const GPU: &[&str] = &["wgpu", "wgpu-core", "ash"];
const PURE: &[&str] = &[
    "tokio",
    "mio",
    "axum",
    "hyper",
    "rtc",
    "webrtc",
    "reqwest",
    "socket2",
    "wgpu",
    "wgpu-core",
    "ash",
    "rustix",
    "libc",
    "openusd",
    "egui",
    "rand",
    "tracing",
];

const LAWS: &[Law] = &[
    Law { package: "telestage-protocol", may_use: &[], never_reaches: PURE },
    Law {
        package: "telestage-client",
        may_use: &["telestage-protocol"],
        never_reaches: &["openusd", "axum", "egui"],
    },
    Law { package: "telestage-session", may_use: &["telestage-protocol"], never_reaches: PURE },
    Law { package: "telestage-scene", may_use: &["telestage-protocol"], never_reaches: &["egui"] },
    Law { package: "telestage-media", may_use: &["telestage-protocol"], never_reaches: &["openusd"] },
    Law { package: "telestage-render", may_use: &["telestage-scene", "telestage-media"], never_reaches: &[] },
    Law {
        package: "telestage",
        may_use: &[
            "telestage-protocol",
            "telestage-client",
            "telestage-session",
            "telestage-scene",
            "telestage-render",
            "telestage-media",
        ],
        never_reaches: &[],
    },
    Law {
        package: "telestage-tests",
        may_use: &["telestage-client", "telestage-protocol"],
        never_reaches: &["openusd", "axum", "egui"],
    },
    Law { package: "xtask", may_use: &[], never_reaches: &["openusd", "tokio"] },
];

/// What `protocol` may depend on: whoever speaks the protocol gets no more than this.
const PROTOCOL_DEPENDS_ON: &[&str] = &["serde", "serde_json", "thiserror", "ts-rs"];

/// Fails with every broken law.
pub fn check() -> Result<()> {
    let faults = Graph::read()?.faults();
    if faults.is_empty() { Ok(()) } else { bail!("{}", faults.join("\n")) }
}

/// Who depends on whom: package names and their direct normal dependencies.
struct Graph(BTreeMap<String, BTreeSet<String>>);

impl Graph {
    fn read() -> Result<Self> {
        let rustc = output("rustc", &["-vV"])?;
        let host =
            rustc.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc names no host")?;
        let text = output_of(program("cargo").args([
            "metadata",
            "--locked",
            "--format-version=1",
            "--filter-platform",
            host,
        ]))?;
        Self::from_metadata(&serde_json::from_str(&text).context("cargo metadata is not JSON")?)
    }

    fn from_metadata(metadata: &Value) -> Result<Self> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
        let names: BTreeMap<String, String> = list(&metadata["packages"])
            .iter()
            .map(|package| (text(&package["id"]), text(&package["name"])))
            .collect();
        let mut graph = BTreeMap::<String, BTreeSet<String>>::new();
        for node in list(&metadata["resolve"]["nodes"]) {
            let name = names.get(&text(&node["id"])).context("cargo metadata names an unknown package")?;
            let edges = graph.entry(name.clone()).or_default();
            for dependency in list(&node["deps"]) {
                let is_normal = list(&dependency["dep_kinds"]).iter().any(|kind| kind["kind"].is_null());
                if let (true, Some(to)) = (is_normal, names.get(&text(&dependency["pkg"]))) {
                    edges.insert(to.clone());
                }
            }
        }
        Ok(Self(graph))
    }

    /// A shortest way from `from` to `to`.
    fn way(&self, from: &str, to: &str) -> Option<Vec<String>> {
        let mut came_from = BTreeMap::from([(from.to_owned(), None::<String>)]);
        let mut queue = std::collections::VecDeque::from([from.to_owned()]);
        while let Some(at) = queue.pop_front() {
            if at == to {
                let mut way = vec![at];
                while let Some(Some(previous)) = way.last().and_then(|last| came_from.get(last)) {
                    way.push(previous.clone());
                }
                way.reverse();
                return Some(way);
            }
            for next in self.0.get(&at).into_iter().flatten() {
                if !came_from.contains_key(next) {
                    came_from.insert(next.clone(), Some(at.clone()));
                    queue.push_back(next.clone());
                }
            }
        }
        None
    }

    fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for law in LAWS {
            let Some(direct) = self.0.get(law.package) else {
                faults.push(format!("the law of `{}` is about a crate that does not exist", law.package));
                continue;
            };
            for ours in direct.iter().filter(|name| LAWS.iter().any(|law| law.package == **name)) {
                if !law.may_use.contains(&ours.as_str()) {
                    faults.push(format!("`{}` must not depend on `{ours}`", law.package));
                }
            }
            let is_edge =
                matches!(law.package, "telestage" | "telestage-client" | "telestage-tests" | "xtask");
            let outside = if is_edge { &[][..] } else { NETWORK };
            for foreign in law.never_reaches.iter().chain(outside).chain(GPU).collect::<BTreeSet<_>>() {
                if let Some(way) = self.way(law.package, foreign) {
                    faults.push(format!(
                        "`{}` must never reach `{foreign}`: {}",
                        law.package,
                        way.join(" → ")
                    ));
                }
            }
        }
        for foreign in self.0.get("telestage-protocol").into_iter().flatten() {
            if !PROTOCOL_DEPENDS_ON.contains(&foreign.as_str()) {
                faults.push(format!("`telestage-protocol` must not depend on `{foreign}`"));
            }
        }
        faults
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forbidden_crate_is_found_through_others() {
        let graph = Graph(BTreeMap::from([
            ("telestage-session".into(), BTreeSet::from(["innocent".into()])),
            ("innocent".into(), BTreeSet::from(["tokio".into()])),
        ]));
        let faults = graph.faults().join("\n");
        assert!(faults.contains("telestage-session → innocent → tokio"), "{faults}");
    }

    #[test]
    fn our_crates_keep_to_the_border_graph() {
        let graph = Graph(BTreeMap::from([(
            "telestage-scene".into(),
            BTreeSet::from(["telestage-media".into(), "telestage-protocol".into()]),
        )]));
        let faults = graph.faults().join("\n");
        assert!(faults.contains("`telestage-scene` must not depend on `telestage-media`"), "{faults}");
        assert!(!faults.contains("`telestage-scene` must not depend on `telestage-protocol`"), "{faults}");
    }

    #[test]
    fn dev_dependencies_break_no_law() {
        let metadata = serde_json::json!({
            "packages": [{"id": "a", "name": "telestage-session"}, {"id": "b", "name": "tokio"}],
            "resolve": {"nodes": [
                {"id": "a", "deps": [{"pkg": "b", "dep_kinds": [{"kind": "dev"}]}]},
                {"id": "b", "deps": []},
            ]},
        });
        let graph = Graph::from_metadata(&metadata).unwrap();
        assert_eq!(graph.way("telestage-session", "tokio"), None);
    }

    #[test]
    fn no_crate_reaches_the_gpu_today() {
        let faults = Graph::read().unwrap().faults();
        assert!(
            !faults.iter().any(|fault| GPU.iter().any(|gpu| fault.contains(&format!("`{gpu}`")))),
            "{faults:?}"
        );
    }
}
