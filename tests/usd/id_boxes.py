#!/usr/bin/env python3
"""Does every prim appear where OpenUSD says it is? Needs TELESTAGE_BIN and pxr; `cargo xtask test` gives both.

For each stage: the box of a prim's pixels in `telestage shot --aov id` must equal, within TOLERANCE pixels, the box
of the projection of its points (from OpenUSD) through the camera that `shot` reports.

Compared are prims that nothing occludes: at each of the four points that make the sides of the box, no triangle of
another prim is nearer to the camera, or in the same place (either may win). Also left out: prims that reach out of the
picture or of the clipping range, prims of less than two pixels, and prims whose opacity may cut pixels out.
"""

import json
import math
import os
import pathlib
import subprocess
import sys
import tempfile

import picture
import shapes

ROOT = pathlib.Path(__file__).resolve().parents[2]
STAGES = ROOT.parent / "shared/stages"
SIZE = (640, 360)
TOLERANCE = 2
# Each with the fewest prims that must be compared, so that a test which compares nothing fails.
CASES = [
    ("full_assets/SubdivisionSurfaces/Creases_SpinningPyramids.usda", 3),
    ("full_assets/Teapot/DrawModes.usd", 30),
    ("intent-vfx/scenes/simpleAssetScene.usd", 150),
    ("test_assets/NormalsTextureBiasAndScale/NormalsTextureBiasAndScale.usda", 3),
    ("test_assets/RelationshipEncapsulationTests/SublayeredInternalReferenceTest/hardware.modeling.usda", 2),
    ("test_assets/TextureCoordinateTest/TextureCoordinateTest.usda", 1),
    ("test_assets/TextureFileFormatTests/all_files.usda", 6),
    ("test_assets/USDZ/InterpolationTest/InterpolationTest.usdz", 6),
    ("test_assets/foundation/stage_composition/inherit_and_specialize.usda", 3),
    ("test_assets/schemaTests/usdGeom/meshes/normals_types/normalsTypes.usda", 10),
    ("test_assets/schemaTests/usdGeom/primitives/all_primitives.usda", 2),
    ("test_assets/schemaTests/usdGeom/transforms/complex_transform.usda", 1),
    ("test_assets/schemaTests/usdGeom/transforms/xforms_nested.usda", 1),
]
OWN = [(ROOT / "assets/robot_cell/robot_cell.usda", 10)]


def sub(a, b):
    return (a[0] - b[0], a[1] - b[1], a[2] - b[2])


def dot(a, b):
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def cross(a, b):
    return (a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0])


def unit(a):
    length = math.sqrt(dot(a, a))
    return (a[0] / length, a[1] / length, a[2] / length)


class Camera:
    """The `camera` that `shot` prints: a `cameraStateChanged` payload."""

    def __init__(self, state):
        self.eye = state["eye"]
        self.back = unit(sub(state["eye"], state["target"]))
        self.right = unit(cross(state["up"], self.back))
        self.up = cross(self.back, self.right)
        self.clip = (state["near"], state["far"])
        self.parallel = state["projection"] == "orthographic"
        # The picture's height in stage units, at distance 1 or everywhere.
        self.height = state["ortho_height"] if self.parallel else 2 * math.tan(math.radians(state["fov_y"]) / 2)
        self.shift = state.get("shift") or (0, 0)

    def seen(self, point):
        """(right, up, distance along the view axis)."""
        ray = sub(point, self.eye)
        return (dot(ray, self.right), dot(ray, self.up), -dot(ray, self.back))

    def pixel(self, seen):
        """(x, y, distance): from the top left, in pixels."""
        x, y, depth = seen
        height = self.height if self.parallel else self.height * depth
        width, rows = SIZE
        return (width / 2 + (x / height - self.shift[0]) * rows, rows / 2 - (y / height - self.shift[1]) * rows, depth)


class Part:
    """Points and triangles as the camera sees them."""

    def __init__(self, points, triangles, camera):
        self.triangles, self.camera = triangles, camera
        self.seen = [camera.seen(point) for point in points]
        self.whole = all(camera.clip[0] < p[2] < camera.clip[1] for p in self.seen)
        if self.whole:
            self.pixels = [camera.pixel(p) for p in self.seen]
        else:
            self.pixels = [corner for triangle in triangles for corner in self.corners(triangle)]
        if self.pixels:
            # The points that make the left, top, right and bottom side.
            by_x, by_y = (lambda p: p[0]), (lambda p: p[1])
            ends = [(min, by_x), (min, by_y), (max, by_x), (max, by_y)]
            self.extremes = [best(self.pixels, key=key) for best, key in ends]
            self.box = box_of(self.extremes)

    def corners(self, triangle):
        """A triangle's corners in pixels, or those of what lies beyond the near plane."""
        if self.whole:
            return [self.pixels[i] for i in triangle]
        ends, near, out = [self.seen[i] for i in triangle], self.camera.clip[0], []
        for a, b in zip(ends, ends[1:] + ends[:1]):
            if a[2] >= near:
                out.append(a)
            if (a[2] >= near) != (b[2] >= near):
                t = (near - a[2]) / (b[2] - a[2])
                out.append(tuple(p + (q - p) * t for p, q in zip(a, b)))
        return [self.camera.pixel(p) for p in out]

    def covers(self, point):
        """Whether a triangle lies in front of this point."""
        x, y, depth = point
        if not self.pixels or not (self.box[0] <= x <= self.box[2] and self.box[1] <= y <= self.box[3]):
            return False
        for triangle in self.triangles:
            corners = self.corners(triangle)
            for i in range(1, len(corners) - 1):
                if nearer(corners[0], corners[i], corners[i + 1], x, y, depth, self.camera.parallel):
                    return True
        return False


class Outline:
    """A shape as the camera sees it."""

    def __init__(self, shape, camera):
        self.holes = shape.holes
        self.parts = [Part(points, triangles, camera) for points, triangles in shape.parts]
        self.whole = all(part.whole for part in self.parts)
        if self.whole:
            ends = [part.extremes for part in self.parts]
            choose = [lambda i: min(ends, key=lambda e: e[i][i % 2]), lambda i: max(ends, key=lambda e: e[i][i % 2])]
            self.extremes = [choose[i // 2](i)[i] for i in range(4)]
            self.box = box_of(self.extremes)


def box_of(extremes):
    return tuple(point[i % 2] for i, point in enumerate(extremes))


def nearer(a, b, c, x, y, depth, parallel):
    area = (b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1])
    if area == 0:
        return False
    u = ((b[0] - x) * (c[1] - y) - (c[0] - x) * (b[1] - y)) / area
    v = ((c[0] - x) * (a[1] - y) - (a[0] - x) * (c[1] - y)) / area
    w = 1 - u - v
    slack = -1e-6
    if u < slack or v < slack or w < slack:
        return False
    # One over the distance is linear on the picture; with a parallel projection the distance itself is.
    here = u * a[2] + v * b[2] + w * c[2] if parallel else 1 / (u / a[2] + v / b[2] + w / c[2])
    return here <= depth * (1 + 1e-5)


def shot(stage, folder):
    file = os.path.join(folder, "id.png")
    binary = os.environ["TELESTAGE_BIN"]
    command = [binary, "shot", str(stage), "-o", file, "--aov", "id", "--size", f"{SIZE[0]}x{SIZE[1]}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(done.stderr.strip())
    report = json.loads(done.stdout)
    return Camera(report["camera"]), {report["ids"][str(n)]: box for n, box in picture.boxes(file).items()}


def compare(stage, folder):
    """(number of prims compared, what is wrong)."""
    camera, drawn = shot(stage, folder)
    outlines = {path: Outline(shape, camera) for path, shape in shapes.of_stage(str(stage)).items()}
    wrong = [f"{path} is drawn, and OpenUSD has no visible surface there" for path in drawn if path not in outlines]
    compared = 0
    for path, outline in outlines.items():
        if not outline.whole or outline.holes:
            continue
        left, top, right, bottom = box = outline.box
        if left < 0 or top < 0 or right > SIZE[0] or bottom > SIZE[1] or min(right - left, bottom - top) < 2:
            continue
        others = [part for name, other in outlines.items() if name != path for part in other.parts]
        if any(other.covers(point) for other in others for point in outline.extremes):
            continue
        compared += 1
        pixels = drawn.get(path)
        if pixels is None:
            wrong.append(f"{path} is not drawn, expected at {rounded(box)}")
        elif max(abs(a - b) for a, b in zip(box, pixels)) > TOLERANCE:
            wrong.append(f"{path} is drawn at {rounded(pixels)}, expected at {rounded(box)}")
    return compared, wrong


def rounded(box):
    return "({:.1f}, {:.1f})-({:.1f}, {:.1f})".format(*box)


def main():
    passed = failed = 0
    with tempfile.TemporaryDirectory(prefix="telestage-boxes-") as folder:
        for stage, fewest in [(STAGES / name, fewest) for name, fewest in CASES] + OWN:
            try:
                compared, wrong = compare(stage, folder)
            except (RuntimeError, OSError, ValueError, KeyError) as error:
                compared, wrong = 0, [f"{type(error).__name__}: {error}"]
            if compared < fewest:
                wrong.append(f"only {compared} prims could be compared, {fewest} expected")
            passed, failed = passed + (not wrong), failed + bool(wrong)
            print(f"{'ok  ' if not wrong else 'FAIL'} {compared:4} prims  {stage}", flush=True)
            for line in wrong[:20]:
                print(f"       {line}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
