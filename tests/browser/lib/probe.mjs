// `telestage shot` at a reported camera: a layer over the stage that adds exactly that camera.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "./server.mjs";

const sub = (a, b) => a.map((value, i) => value - b[i]);
const cross = ([a, b, c], [d, e, f]) => [b * f - c * e, c * d - a * f, a * e - b * d];
const unit = (v) => v.map((value) => value / Math.hypot(...v));

/** The PNG of `stage` as `camera` (a `cameraStateChanged`) sees it. */
export async function shotAt(stage, camera, { upAxis = "Y", size = "1280x720" } = {}) {
  const folder = await mkdtemp(join(tmpdir(), "telestage-probe-"));
  try {
    const [layer, picture] = [join(folder, "probe.usda"), join(folder, "probe.png")];
    await writeFile(layer, probe(stage, camera, upAxis, size));
    await run(["shot", layer, "-o", picture, "--size", size, "--camera", "/TelestageProbe"]);
    return await readFile(picture);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function probe(stage, { eye, target, up, fov_y, near, far }, upAxis, size) {
  const back = unit(sub(eye, target));
  const right = unit(cross(up, back));
  const rows = [[...right, 0], [...cross(back, right), 0], [...back, 0], [...eye, 1]];
  const [width, height] = size.split("x").map(Number);
  const aperture = 20;
  return `#usda 1.0
(
    subLayers = [@${stage}@]
    upAxis = "${upAxis}"
    metersPerUnit = 1
)

def Camera "TelestageProbe"
{
    float2 clippingRange = (${near}, ${far})
    float focalLength = ${aperture / 2 / Math.tan((fov_y * Math.PI) / 360)}
    float horizontalAperture = ${(aperture * width) / height}
    float verticalAperture = ${aperture}
    matrix4d xformOp:transform = ( ${rows.map((row) => `(${row.join(", ")})`).join(", ")} )
    uniform token[] xformOpOrder = ["xformOp:transform"]
}
`;
}
