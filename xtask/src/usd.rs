//! The test against OpenUSD's own words: a virtual environment with `usd-core`, and the scripts of `tests/usd` in it.
//!
//! OpenUSD is a tool of the tests; the product never needs it.

use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::process::{exists, output, program, run};
use crate::product;
use crate::root::{root, target};

/// What is installed from PyPI.
const PACKAGE: &str = "usd-core==26.11";

/// Compares where prims are drawn, and what they are at other times, with what OpenUSD says.
pub fn test() -> Result<()> {
    let python = environment()?;
    ["id_boxes.py", "times.py"].into_iter().try_for_each(|script| {
        run(program(&python)
            .arg(root().join("tests/usd").join(script))
            .env("TELESTAGE_BIN", product::test_binary())
            .env("PYTHONDONTWRITEBYTECODE", "1"))
    })
}

/// The Python of the virtual environment, which is made if it is missing.
fn environment() -> Result<String> {
    let folder: PathBuf = target().join("usd-venv");
    let python = folder.join("bin/python").to_string_lossy().into_owned();
    if output(&python, &["-c", "import pxr.Usd"]).is_ok() {
        return Ok(python);
    }
    if !exists("python3") || output("python3", &["-c", "import ensurepip, venv"]).is_err() {
        bail!(
            "Python with venv and pip is needed; run this, then the same command again:\n\n  \
             sudo apt-get install -y python3-venv python3-pip   (elsewhere: install Python 3 from python.org)\n"
        );
    }
    run(program("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
    run(program(&python).args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", PACKAGE]))?;
    Ok(python)
}
