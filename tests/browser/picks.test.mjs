// A pick names what the id picture of the same view shows there: at random pixels of several stages.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, it } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { filePixels, launch, open, stillPicture } from "./lib/browser.mjs";
import { BIN, serve, stage } from "./lib/server.mjs";

const above = (path) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const STAGES = [
  stage("shapes.usda"),
  above("assets/robot_cell/robot_cell.usda"),
  above("../shared/stages/full_assets/Teapot/Teapot.usd"),
  above("../shared/stages/full_assets/SubdivisionSurfaces/Creases_SpinningPyramids.usda"),
  above("../shared/stages/test_assets/_common/teapot.usda"),
];
const PIXELS = 200;
const SIZE = [1280, 720];

let browser, folder;
before(async () => {
  browser = await launch();
  folder = mkdtempSync(join(tmpdir(), "telestage-picks-"));
});
after(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The same pixels each time, those on things as likely as those beside them. */
function places(seed, ids) {
  let state = seed;
  const random = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  const hits = [];
  for (let at = 0; at < ids.length; at += 1) if (ids[at] !== 0) hits.push(at);
  assert.ok(hits.length > 1000, "the stage is in the picture");
  return Array.from({ length: PIXELS }, (_, n) => (n % 2 === 0 ? hits[Math.floor(random() * hits.length)] : Math.floor(random() * ids.length)));
}

/** Runs in the page: asks for one pick after the other. */
async function pickAll(places) {
  const control = window.heard.control;
  const paths = [];
  for (const [x, y] of places) {
    const id = `here-${paths.length}`;
    const answer = new Promise((resolve) => {
      const listen = ({ data }) => {
        const message = JSON.parse(data);
        if (message.id !== id) return;
        control.removeEventListener("message", listen);
        resolve(message.event_type === "pickResult" ? (message.payload.path ?? null) : message.payload.message);
      };
      control.addEventListener("message", listen);
    });
    control.send(JSON.stringify({ event_type: "pickRequest", id, payload: { x, y, mode: "none" } }));
    paths.push(await answer);
  }
  return paths;
}

for (const [index, file] of STAGES.entries()) {
  it(file.split("/").at(-1), async () => {
    const server = await serve([file, "--size", SIZE.join("x")]);
    try {
      const page = await open(browser, server.url);
      await stillPicture(page);
      const picture = join(folder, `${index}.png`);
      const run = promisify(execFile);
      // A server shows a stage that has a range at its start.
      const { startTimeCode, endTimeCode } = JSON.parse((await run(BIN, ["inspect", file], { maxBuffer: 1 << 28 })).stdout);
      const time = startTimeCode < endTimeCode ? ["--time", String(startTimeCode)] : [];
      const { stdout } = await run(BIN, ["shot", file, "-o", picture, "--size", SIZE.join("x"), "--aov", "id", ...time], { maxBuffer: 1 << 26 });
      const { ids: names } = JSON.parse(stdout);
      const { data } = await filePixels(page, picture);
      const ids = new Uint32Array(SIZE[0] * SIZE[1]).map((_, at) => data[4 * at] + 256 * data[4 * at + 1] + 65_536 * data[4 * at + 2]);
      const at = places(index + 1, ids);
      const picked = await page.evaluate(
        pickAll,
        at.map((place) => [(place % SIZE[0]) + 0.5, Math.floor(place / SIZE[0]) + 0.5]),
      );
      const wanted = at.map((place) => names[ids[place]] ?? null);
      assert.deepEqual(picked, wanted);
      await page.context().close();
    } finally {
      await server.stop();
    }
  });
}
