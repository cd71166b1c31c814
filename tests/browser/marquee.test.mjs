// A marquee selects what the id picture of the same view shows within it: by hand, and by message on several stages.
import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { launch, open, stillPicture } from "./lib/browser.mjs";
import { ask, idPicture, sequence, SIZE, STAGES } from "./lib/ids.mjs";
import { serve } from "./lib/server.mjs";

const RECTANGLES = 60;

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

/** The paths within, sorted: of whole pixels, those that the rectangle touches. */
function within(path, [x0, y0, x1, y1]) {
  const span = (a, b, size) => [Math.max(0, Math.floor(Math.min(a, b))), Math.min(size, Math.ceil(Math.max(a, b)))];
  const [left, right] = span(x0, x1, SIZE[0]);
  const [top, bottom] = span(y0, y1, SIZE[1]);
  const paths = new Set();
  for (let y = top; y < bottom; y += 1) for (let x = left; x < right; x += 1) paths.add(path(y * SIZE[0] + x));
  paths.delete(null);
  return [...paths].sort();
}

/** The same rectangles each time: small ones and large ones, some of which reach beyond the picture. */
function rectangles(seed) {
  const random = sequence(seed);
  return Array.from({ length: RECTANGLES }, (_, n) => {
    const size = n % 3 === 0 ? 900 : n % 3 === 1 ? 120 : 9;
    const [x, y] = [random(SIZE[0]), random(SIZE[1])];
    return [x, y, x + random(2 * size) - size, y + random(2 * size) - size];
  });
}

for (const [index, file] of STAGES.entries()) {
  it(`by message on ${file.split("/").at(-1)}`, async () => {
    const server = await serve([file, "--size", SIZE.join("x")]);
    try {
      const page = await open(browser, server.url);
      await stillPicture(page);
      const { path } = await idPicture(page, file);
      const drawn = rectangles(index + 1);
      const wanted = drawn.map((rectangle) => within(path, rectangle));
      assert.ok(wanted.filter((paths) => paths.length > 0).length > 5, "there is something to select");
      const answers = await ask(
        page,
        "marqueeRequest",
        drawn.map(([x0, y0, x1, y1]) => ({ x0, y0, x1, y1, mode: "replace" })),
      );
      assert.deepEqual(
        answers.map(({ payload }) => payload.prims?.sort() ?? payload),
        wanted,
      );
      await page.context().close();
    } finally {
      await server.stop();
    }
  });
}

it("by hand: Shift and a drag draws it, Ctrl takes out, Esc leaves it", async () => {
  const server = await serve([STAGES[0], "--size", SIZE.join("x")]);
  try {
    const page = await open(browser, server.url);
    await page.keyboard.press("b");
    await stillPicture(page);
    const eye = await page.evaluate(() => window.heard.camera.eye);
    const { path } = await idPicture(page, STAGES[0]);
    const selected = (paths) =>
      page.waitForFunction((paths) => {
        const lines = [...document.querySelectorAll('[role="treeitem"][aria-selected="true"]')].map((line) => line.title).sort();
        return lines.join() === paths.join();
      }, paths);
    await page.getByRole("treeitem", { name: "Ball" }).waitFor();
    const overlay = page.locator(".marquee");
    /** The picture fills the page, one to one. */
    const draw = async ([x0, y0, x1, y1], { keys = ["Shift"], leave = false } = {}) => {
      for (const key of keys) await page.keyboard.down(key);
      await page.mouse.move(x0, y0);
      await page.mouse.down();
      await page.mouse.move((x0 + x1) / 2, (y0 + y1) / 2);
      await page.mouse.move(x1, y1);
      await overlay.waitFor();
      const box = await overlay.boundingBox();
      if (leave) await page.keyboard.press("Escape");
      await page.mouse.up();
      for (const key of keys) await page.keyboard.up(key);
      await overlay.waitFor({ state: "detached" });
      return box;
    };
    // Right of the stage browser, below the bar.
    const all = [400, 80, 1278, 680];
    const box = await draw(all);
    assert.deepEqual([box.x, box.y, box.width, box.height], [400, 80, 878, 600]);
    const everything = within(path, all);
    assert.ok(everything.length > 2, everything.join());
    await selected(everything);

    // Less by what a small one holds, drawn from the lower right.
    let small = null;
    for (let x = 420; !small && x < 1200; x += 20) {
      for (let y = 100; !small && y < 640; y += 20) {
        const paths = within(path, [x + 20, y + 20, x, y]);
        if (paths.length === 1) small = { rectangle: [x + 20, y + 20, x, y], path: paths[0] };
      }
    }
    await draw(small.rectangle, { keys: ["Shift", "Control"] });
    const rest = everything.filter((other) => other !== small.path);
    await selected(rest);

    // One that was left asks for nothing: the next answer is that of the one after it.
    await draw(small.rectangle, { leave: true });
    await selected(rest);
    await draw(small.rectangle);
    await selected([small.path]);
    await draw([1240, 420, 1278, 440]);
    await selected([]);
    assert.deepEqual(await page.evaluate(() => window.heard.camera.eye), eye, "the camera stays");
  } finally {
    await server.stop();
  }
});

it("Alt and arrows go up and down the hierarchy from what was picked", async () => {
  const server = await serve([STAGES[0], "--size", SIZE.join("x")]);
  try {
    const page = await open(browser, server.url);
    await page.keyboard.press("b");
    await stillPicture(page);
    const eye = await page.evaluate(() => window.heard.camera.eye);
    const only = (path) =>
      page.waitForFunction((path) => {
        const lines = [...document.querySelectorAll('[role="treeitem"][aria-selected="true"]')];
        return lines.length === 1 && lines[0].title === path;
      }, path);
    await page.getByRole("treeitem", { name: "Ball" }).click();
    await only("/World/Ball");
    await page.locator("#surface").focus();
    await page.keyboard.press("Alt+ArrowUp");
    await only("/World");
    await page.keyboard.press("Alt+ArrowUp");
    await page.keyboard.press("Alt+ArrowDown");
    await only("/World/Ball");
    await page.getByRole("treeitem", { name: "World" }).click();
    await only("/World");
    // From within the tree as well, and to the first where no way leads back.
    await page.keyboard.press("Alt+ArrowDown");
    await only("/World/Floor");
    await stillPicture(page);
    assert.deepEqual(await page.evaluate(() => window.heard.camera.eye), eye, "the camera stays");
  } finally {
    await server.stop();
  }
});
