"""What `/openapi.json` allows is accepted and what it forbids is refused, as schemathesis makes it up.

`rest.py [EXAMPLES]`: so many for each operation.
"""

import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

from server import Server

HERE = Path(__file__).parent
STAGE = HERE.parent.parent / "assets/robot_cell/conveyor.usda"
# Pictures without end; bodies and upgrades that schemathesis cannot make. `telestage-tests` has a program for those.
ELSEWHERE = r"^/(stream|stream/\{id\}(/mjpeg)?|ws|whep(/\{id\})?)$"
# The same in every run.
SEED = "1"

examples = sys.argv[1] if len(sys.argv) > 1 else "25"
with Server(stage=STAGE) as server, tempfile.TemporaryDirectory() as scratch:
    command = [Path(sys.executable).parent / "schemathesis", "--config-file", HERE / "schemathesis.toml"]
    command += ["run", f"{server.url}openapi.json", "--exclude-path-regex", ELSEWHERE, "--phases", "coverage,fuzzing"]
    command += ["--max-examples", examples, "--seed", SEED, "--generation-database", "none", "--no-color"]
    # It keeps files in the working directory.
    done = subprocess.run(command, cwd=scratch, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    with urllib.request.urlopen(f"{server.url}healthz") as health:
        assert health.status == 200, health.status
    cases = next(line.strip() for line in done.stdout.splitlines() if "generated" in line)
    print(f"the API keeps to its description: {cases}")
