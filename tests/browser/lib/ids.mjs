// What selection is held against: the id pictures that `telestage shot` writes of what a page shows first.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { filePixels } from "./browser.mjs";
import { run, stage } from "./server.mjs";

const above = (path) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

/** Stages of several kinds: references, instances, subdivision, a range of times. */
export const STAGES = [
  stage("shapes.usda"),
  above("assets/robot_cell/robot_cell.usda"),
  above("../shared/stages/full_assets/Teapot/Teapot.usd"),
  above("../shared/stages/full_assets/SubdivisionSurfaces/Creases_SpinningPyramids.usda"),
  above("../shared/stages/test_assets/_common/teapot.usda"),
];
/** The picture's width and height in pixels. */
export const SIZE = [1280, 720];

/** The page's first view of `file`: `ids` by pixel, row after row, 0 where nothing is; `path` of the prim at an index, or null. */
export async function idPicture(page, file) {
  const folder = mkdtempSync(join(tmpdir(), "telestage-ids-"));
  try {
    const picture = join(folder, "ids.png");
    // A server shows a stage that has a range at its start.
    const { startTimeCode, endTimeCode } = JSON.parse(await run(["inspect", file]));
    const time = startTimeCode < endTimeCode ? ["--time", String(startTimeCode)] : [];
    const { ids: names } = JSON.parse(await run(["shot", file, "-o", picture, "--size", SIZE.join("x"), "--aov", "id", ...time]));
    const { data } = await filePixels(page, picture);
    const ids = new Uint32Array(SIZE[0] * SIZE[1]).map((_, at) => data[4 * at] + 256 * data[4 * at + 1] + 65_536 * data[4 * at + 2]);
    return { ids, path: (at) => names[ids[at]] ?? null };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Numbers from 0 to `end`, the same ones each time for a seed. */
export function sequence(seed) {
  let state = seed;
  return (end) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state / 2 ** 32) * end;
  };
}

/** Sends one request after the other; the answers, in that order. */
export function ask(page, event_type, payloads) {
  return page.evaluate(askAll, { event_type, payloads });
}

/** Runs in the page. */
async function askAll({ event_type, payloads }) {
  const control = window.heard.control;
  const answers = [];
  for (const payload of payloads) {
    const id = `here-${answers.length}`;
    const answer = new Promise((resolve) => {
      const listen = ({ data }) => {
        const message = JSON.parse(data);
        if (message.id !== id) return;
        control.removeEventListener("message", listen);
        resolve(message);
      };
      control.addEventListener("message", listen);
    });
    control.send(JSON.stringify({ event_type, id, payload }));
    answers.push(await answer);
  }
  return answers;
}
