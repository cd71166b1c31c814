//! Starts programs in the repository's root and fails with what was run.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::root::root;

/// A cargo call. All pass `--locked` and `--ignore-rust-version`: openusd 0.8.0 declares Rust 1.96 and builds on 1.95.
pub fn cargo(subcommand: &str) -> Command {
    let mut command = program(&std::env::var("CARGO").unwrap_or_else(|_| "cargo".into()));
    command.args([subcommand, "--locked", "--ignore-rust-version"]);
    command
}

/// `name` in the repository's root, with nothing on its standard input.
pub fn program(name: &str) -> Command {
    let mut command = Command::new(name);
    command.current_dir(root()).stdin(Stdio::null());
    // What `cargo run` tells this process about itself must not look like a change to the builds it starts.
    for (key, _) in std::env::vars_os() {
        let key = key.to_string_lossy();
        if key.starts_with("CARGO_PKG_") || key.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&*key);
        }
    }
    command
}

/// Runs to the end with inherited output.
pub fn run(command: &mut Command) -> Result<()> {
    let line = line(command);
    println!("$ {line}");
    let status = command.status().with_context(|| format!("cannot start `{line}`"))?;
    if !status.success() {
        bail!("`{line}` failed: {status}");
    }
    Ok(())
}

/// Runs to the end and returns what it printed on standard output.
pub fn output(name: &str, args: &[&str]) -> Result<String> {
    output_of(program(name).args(args))
}

/// As [`output`], for a prepared command.
pub fn output_of(command: &mut Command) -> Result<String> {
    let line = line(command);
    let done = command.stderr(Stdio::piped()).output().with_context(|| format!("cannot start `{line}`"))?;
    if !done.status.success() {
        bail!("`{line}` failed: {}\n{}", done.status, String::from_utf8_lossy(&done.stderr).trim());
    }
    String::from_utf8(done.stdout).with_context(|| format!("`{line}` printed something that is not text"))
}

/// Is there such a program on the PATH?
pub fn exists(name: &str) -> bool {
    std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|dir| is_program(&dir.join(name))))
}

fn is_program(file: &Path) -> bool {
    file.is_file() || (cfg!(windows) && file.with_extension("exe").is_file())
}

fn line(command: &Command) -> String {
    let mut words = vec![command.get_program().to_string_lossy().into_owned()];
    words.extend(command.get_args().map(|arg| arg.to_string_lossy().into_owned()));
    words.join(" ")
}
