//! Players and callers that are not the project's own: a virtual environment with aiortc (WebRTC), PyAV (ffmpeg's
//! libraries) and schemathesis (whatever `/openapi.json` allows and forbids), and the scripts of `tests/interop` in it.
//!
//! They are tools of the tests; the product never needs them. They come as binaries for the usual systems: where there
//! are none, or no way to fetch them, the step is left out with a word.

use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::process::{exists, output, program, run};
use crate::product;
use crate::root::{root, target};

/// What is installed from PyPI, with all that it needs, as wheels alone: nothing is compiled.
const PACKAGES: [&str; 3] = ["aiortc==1.16.0", "av==18.1.0", "schemathesis==4.32.5"];
const SCRIPTS: [&str; 4] = ["whep.py", "mjpeg.py", "recording.py", "rest.py"];

/// Lets the players play.
pub fn test() -> Result<()> {
    let python = match environment() {
        Ok(python) => python,
        Err(error) => {
            println!("left out: players that are not the project's own ({error:#})");
            return Ok(());
        }
    };
    for script in SCRIPTS {
        run(program(&python)
            .arg(root().join("tests/interop").join(script))
            .env("TELESTAGE_BIN", product::test_binary())
            .env("PYTHONDONTWRITEBYTECODE", "1"))?;
    }
    Ok(())
}

/// The Python of the virtual environment, which is made if it is missing.
fn environment() -> Result<String> {
    let folder: PathBuf = target().join("interop-venv");
    let python = folder.join("bin/python").to_string_lossy().into_owned();
    if output(&python, &["-c", "import aiortc, av, schemathesis"]).is_ok() {
        return Ok(python);
    }
    if !exists("python3") || output("python3", &["-c", "import ensurepip, venv"]).is_err() {
        bail!("Python with venv and pip is needed: sudo apt-get install -y python3-venv python3-pip");
    }
    run(program("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
    let mut install = program(&python);
    install.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--only-binary",
        ":all:",
    ]);
    run(install.args(PACKAGES))?;
    Ok(python)
}
