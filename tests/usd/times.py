#!/usr/bin/env python3
"""Is an animated stage at a time what OpenUSD says it is then? Needs TELESTAGE_BIN and pxr; `cargo xtask test` gives both.

For every animated stage, at five times within its range: transforms, visibility, point sums, lights and cameras of
`telestage inspect --time` must equal OpenUSD's. (That a scene which was changed to a time equals one that was read at
that time is the Rust test `every_animated_stage_moves_as_if_it_were_read_anew`.)
"""

import json
import math
import os
import pathlib
import subprocess
import sys

from pxr import Usd

ROOT = pathlib.Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"
OWN = [ROOT / "tests/stages/moving.usda", ROOT / "assets/robot_cell/robot_cell.usda"]
PARTS = [0.0, 0.23, 0.5, 0.81, 1.0]
KEYS = ["meshes", "gprims", "cameras", "lights", "pointInstancers", "primCount"]
TOLERANCE = 1e-4
FEWEST = 4


def animated(path):
    """The range of a stage that has one and something that changes within it."""
    try:
        stage = Usd.Stage.Open(str(path))
    except Exception:  # What OpenUSD does not open has no times.
        return None
    start, end = stage.GetStartTimeCode(), stage.GetEndTimeCode()
    # Time codes that are no part of a second have no times: OpenUSD holds such a stage still, Telestage offers no timeline.
    if not stage.HasAuthoredTimeCodeRange() or start >= end or stage.GetTimeCodesPerSecond() <= 0:
        return None
    moves = any(a.ValueMightBeTimeVarying() for p in stage.Traverse(Usd.TraverseInstanceProxies()) for a in p.GetAttributes())
    return (start, end) if moves else None


def same(ours, theirs, key, differences):
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for name in sorted(set(ours) | set(theirs)):
            same(ours.get(name), theirs.get(name), f"{key}.{name}", differences)
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for at, (a, b) in enumerate(zip(ours, theirs)):
            same(a, b, f"{key}.{at}", differences)
    elif isinstance(ours, (int, float)) and isinstance(theirs, (int, float)) and not isinstance(ours, bool):
        if not math.isclose(ours, theirs, rel_tol=TOLERANCE, abs_tol=1e-6):
            differences.append(f"{key}: {ours} instead of {theirs}")
    elif ours != theirs:
        differences.append(f"{key}: {str(ours)[:80]} instead of {str(theirs)[:80]}")


def document(command):
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True, timeout=120).stdout)


def main():
    endings = {".usd", ".usda", ".usdc", ".usdz"}
    stages = OWN + sorted(p for p in (SHARED / "stages").rglob("*") if p.suffix in endings)
    compared, moved, differences = 0, 0, []
    for path in stages:
        span = animated(path)
        if span is None:
            continue
        compared += 1
        documents = []
        for part in PARTS:
            time = str(span[0] + part * (span[1] - span[0]))
            ours = document([os.environ["TELESTAGE_BIN"], "inspect", str(path), "--time", time])
            theirs = document([sys.executable, str(SHARED / "truth/usd_truth.py"), str(path), "--time", time])
            for key in KEYS:
                same(ours.get(key), theirs.get(key), f"{path.name} at {time}: {key}", differences)
            documents.append({key: theirs.get(key) for key in KEYS})
        moved += any(document != documents[0] for document in documents)
    print(f"{compared} animated stages at {len(PARTS)} times, {moved} of them move in what is compared; {len(differences)} differences")
    if differences or compared < FEWEST or moved < FEWEST:
        sys.exit("\n".join(differences[:40]) or "too few stages were compared")


main()
