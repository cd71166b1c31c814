//! Finds what a fresh machine lacks; installs it where that is allowed, names the one line to run where it is not.
//!
//! Quick and silent when nothing is missing: programs are looked up on the PATH, nothing is asked of the network.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};

use crate::process::{self, exists, program};

/// How much of the machine a task wants.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Building and serving.
    Product,
    /// Also a browser with fonts, rustfmt and clippy.
    Tests,
}

/// Something that must be on the machine, and the package that brings it.
struct Tool {
    what: &'static str,
    debian: &'static str,
    fedora: &'static str,
    brew: &'static str,
    need: Need,
    is_there: fn() -> bool,
}

const TOOLS: &[Tool] = &[
    Tool {
        what: "a C compiler",
        debian: "gcc",
        fedora: "gcc",
        brew: "llvm",
        need: Need::Product,
        is_there: || any(&["cc", "gcc", "clang"]),
    },
    Tool {
        what: "a C++ compiler",
        debian: "g++",
        fedora: "gcc-c++",
        brew: "llvm",
        need: Need::Product,
        is_there: || any(&["c++", "g++", "clang++"]),
    },
    Tool {
        what: "make",
        debian: "make",
        fedora: "make",
        brew: "make",
        need: Need::Product,
        is_there: || any(&["make", "ninja"]),
    },
    Tool {
        what: "cmake (builds libjpeg-turbo)",
        debian: "cmake",
        fedora: "cmake",
        brew: "cmake",
        need: Need::Product,
        is_there: || exists("cmake"),
    },
    Tool {
        what: "nasm (fast paths of OpenH264 and libjpeg-turbo)",
        debian: "nasm",
        fedora: "nasm",
        brew: "nasm",
        need: Need::Product,
        is_there: || exists("nasm"),
    },
    Tool {
        what: "pkg-config",
        debian: "pkg-config",
        fedora: "pkgconf-pkg-config",
        brew: "pkgconf",
        need: Need::Product,
        is_there: || any(&["pkg-config", "pkgconf"]),
    },
    Tool {
        what: "Chromium (browser tests)",
        debian: "chromium",
        fedora: "chromium",
        brew: "--cask chromium",
        need: Need::Tests,
        is_there: || crate::test::chromium().is_some(),
    },
    Tool {
        what: "a font (browser tests)",
        debian: "fonts-dejavu-core",
        fedora: "dejavu-sans-fonts",
        brew: "",
        need: Need::Tests,
        is_there: has_fonts,
    },
];

/// The oldest Node.js that the client's tools accept.
const NODE_MAJOR: u32 = 20;

/// Makes the machine ready for `need`, or says what to run.
pub fn run(need: Need) -> Result<()> {
    system_packages(need)?;
    node_version()?;
    if need == Need::Tests {
        rust_components()?;
    }
    crate::node::install()
}

fn system_packages(need: Need) -> Result<()> {
    let wanted = |tool: &&Tool| tool.need == Need::Product || need == Need::Tests;
    let missing = || TOOLS.iter().filter(wanted).filter(|tool| !(tool.is_there)()).collect::<Vec<_>>();
    let lacks = missing();
    if lacks.is_empty() {
        return Ok(());
    }
    for tool in &lacks {
        println!("missing: {}", tool.what);
    }
    let Some(line) = install_line(&lacks) else {
        bail!("install what is missing with your system's package manager and run this again");
    };
    match root_shell() {
        Some(mut shell) if exists("apt-get") => {
            println!("$ {line}");
            process::run(shell.args(["sh", "-c", &line]).env("DEBIAN_FRONTEND", "noninteractive"))?;
        }
        Some(_) | None => bail!("run this line, then the same command again:\n\n  {}\n", sudo(&line)),
    }
    let still: Vec<_> = missing().iter().map(|tool| tool.what).collect();
    if !still.is_empty() {
        bail!("installed, but still not found: {}", still.join(", "));
    }
    Ok(())
}

/// The package manager's line for these tools, without sudo.
fn install_line(tools: &[&Tool]) -> Option<String> {
    let names = |name: fn(&Tool) -> &str| {
        let mut names: Vec<_> = tools.iter().map(|tool| name(tool)).filter(|name| !name.is_empty()).collect();
        names.dedup();
        names.join(" ")
    };
    if exists("apt-get") {
        let packages = names(|tool| tool.debian);
        Some(format!("apt-get update && apt-get install -y --no-install-recommends {packages}"))
    } else if exists("dnf") {
        Some(format!("dnf install -y {}", names(|tool| tool.fedora)))
    } else if exists("brew") {
        Some(format!("brew install {}", names(|tool| tool.brew)))
    } else {
        None
    }
}

fn sudo(line: &str) -> String {
    if line.starts_with("brew") || is_root() { line.to_owned() } else { format!("sudo sh -c '{line}'") }
}

/// A prefix that runs a program as root without asking anyone, if there is one.
fn root_shell() -> Option<Command> {
    if is_root() {
        return Some(program("env"));
    }
    let passwordless = exists("sudo") && process::output("sudo", &["-n", "true"]).is_ok();
    passwordless.then(|| {
        let mut shell = program("sudo");
        shell.args(["-n", "--preserve-env=DEBIAN_FRONTEND"]);
        shell
    })
}

fn is_root() -> bool {
    process::output("id", &["-u"]).is_ok_and(|id| id.trim() == "0")
}

fn any(names: &[&str]) -> bool {
    names.iter().any(|name| exists(name))
}

fn has_fonts() -> bool {
    !cfg!(target_os = "linux")
        || ["/usr/share/fonts", "/usr/local/share/fonts"]
            .iter()
            .any(|dir| std::fs::read_dir(Path::new(dir)).is_ok_and(|mut entries| entries.next().is_some()))
}

fn node_version() -> Result<()> {
    let found = process::output("node", &["--version"]).unwrap_or_default();
    if major(&found).is_some_and(|major| major >= NODE_MAJOR) && exists("npm") {
        return Ok(());
    }
    let found = if found.is_empty() { "none" } else { found.trim() };
    let line = if exists("apt-get") {
        sudo("curl -fsSL https://deb.nodesource.com/setup_22.x | bash - && apt-get install -y nodejs")
    } else if exists("brew") {
        "brew install node".to_owned()
    } else {
        "see https://nodejs.org/en/download".to_owned()
    };
    bail!(
        "Node.js {NODE_MAJOR} or newer with npm is needed (found: {found}); run this, then the same command again:\n\n  {line}\n"
    )
}

/// `v20.19.1` → 20.
fn major(version: &str) -> Option<u32> {
    version.trim().strip_prefix('v')?.split('.').next()?.parse().ok()
}

fn rust_components() -> Result<()> {
    for (component, command) in [("rustfmt", "cargo-fmt"), ("clippy", "cargo-clippy")] {
        if exists(command) {
            continue;
        }
        if !exists("rustup") {
            bail!("{component} is missing: install it with the Rust toolchain's own package manager");
        }
        process::run(program("rustup").args(["component", "add", component]))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn node_versions_are_read_as_node_prints_them() {
        assert_eq!(major("v20.19.1\n"), Some(20));
        assert_eq!(major("v8.0.0"), Some(8));
        assert_eq!(major(""), None);
        assert_eq!(major("node 20"), None);
    }

    #[test]
    fn only_brew_goes_without_sudo() {
        assert_eq!(sudo("brew install nasm"), "brew install nasm");
    }
}
