// Hands on the picture: what a drag does, that losing motion changes nothing, that everybody sees it.
import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { camera, drag, filePixels, launch, open, say, stillPicture, videoPixels } from "./lib/browser.mjs";
import { changed, ssim } from "./lib/pictures.mjs";
import { shotAt } from "./lib/probe.mjs";
import { serve, stage } from "./lib/server.mjs";

const STAGE = stage("shapes.usda");
let browser, server;
before(async () => {
  browser = await launch();
  server = await serve([STAGE]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const distance = (a, b) => Math.hypot(...a.map((value, i) => value - b[i]));
const pose = ({ eye, target, up, fov_y }) => ({ eye, target, up, fov_y });

/** Orbits turn around the middle: where they end does not depend on when it is known what lies under the cursor. */
const aroundMiddle = { prepare: () => localStorage.setItem("telestage.orbit", "middle") };

/** Puts the shared camera back, so that tests do not depend on each other. */
async function putBack(page, to) {
  await say(page, { event_type: "setCameraRequest", payload: pose(to) });
  await page.waitForFunction((eye) => Math.hypot(...window.heard.camera.eye.map((value, i) => value - eye[i])) < 1e-6, to.eye);
  await stillPicture(page);
}

it("a drag changes the picture, and ends at what shot draws at the reported camera", async () => {
  const page = await open(browser, server.url);
  const start = await camera(page);
  const before = await videoPixels(page);
  await drag(page, 180, -60);
  const end = await camera(page);
  const video = await videoPixels(page);
  assert.ok(distance(start.eye, end.eye) > 0.5, `the eye moved by ${distance(start.eye, end.eye)}`);
  assert.ok(changed(before, video) > 0.05, `${changed(before, video)} of the picture changed`);
  const likeness = ssim(video, await filePixels(page, await shotAt(STAGE, end)));
  assert.ok(likeness >= 0.95, `structural similarity ${likeness}`);
  const unlike = ssim(before, await filePixels(page, await shotAt(STAGE, end)));
  assert.ok(unlike < 0.95, `another view would pass as well: ${unlike}`);
  await putBack(page, start);
  await page.context().close();
});

it("each hand does its own: orbit keeps the distance, pan the direction, wheel comes closer", async () => {
  const page = await open(browser, server.url, aroundMiddle);
  const start = await camera(page);
  const from = ({ eye, target }) => eye.map((value, i) => value - target[i]);

  await drag(page, 120, 0);
  const orbit = await camera(page);
  assert.ok(Math.abs(distance(orbit.eye, orbit.target) - distance(start.eye, start.target)) < 1e-3);
  assert.ok(distance(orbit.target, start.target) < 1e-6);
  await putBack(page, start);

  await drag(page, 120, 0, { button: "middle" });
  const pan = await camera(page);
  assert.ok(distance(from(pan), from(start)) < 1e-3, "a pan turns nothing");
  assert.ok(distance(pan.target, start.target) > 0.1);
  await putBack(page, start);

  await page.mouse.move(640, 360);
  await page.mouse.wheel(0, -300);
  await page.waitForFunction((eye) => Math.hypot(...window.heard.camera.eye.map((value, i) => value - eye[i])) > 0.1, start.eye);
  const zoom = await camera(page);
  assert.ok(distance(zoom.eye, zoom.target) < 0.7 * distance(start.eye, start.target));
  await putBack(page, start);

  await drag(page, 120, 0, { button: "right" });
  const look = await camera(page);
  assert.ok(distance(look.eye, start.eye) < 1e-6, "who looks around stays in place");
  assert.ok(distance(look.target, start.target) > 0.1);
  await putBack(page, start);
  await page.context().close();
});

it("motion that is lost on the way changes nothing about the final camera", async () => {
  const page = await open(browser, server.url, aroundMiddle);
  const start = await camera(page);
  await drag(page, 210, 90, { steps: 30 });
  const whole = pose(await camera(page));
  await putBack(page, start);
  for (const keep of [3, Infinity]) {
    const lost = await page.evaluate((keep) => {
      let count = 0;
      window.heard.losing = () => (count += 1) % keep !== 0;
      return window.heard.lost;
    }, keep === Infinity ? 1e9 : keep);
    await drag(page, 210, 90, { steps: 30 });
    const end = pose(await camera(page));
    assert.ok((await page.evaluate(() => window.heard.lost)) - lost > 10, "messages were lost");
    for (const part of ["eye", "target", "up"]) assert.ok(distance(end[part], whole[part]) < 1e-6, `${part}: ${end[part]} instead of ${whole[part]}`);
    await page.evaluate(() => (window.heard.losing = () => false));
    await putBack(page, start);
  }
  await page.context().close();
});

it("two browsers watch at once, and both see what one of them does", async () => {
  const other = await launch();
  try {
    const [one, two] = [await open(browser, server.url), await open(other, server.url)];
    const start = await camera(one);
    await stillPicture(two);
    const before = await videoPixels(two);
    await drag(one, 160, 40);
    const [mine, theirs] = [pose(await camera(one)), pose(await camera(two))];
    assert.deepEqual(theirs, mine);
    const [a, b] = [await videoPixels(one), await videoPixels(two)];
    assert.ok(changed(before, b) > 0.05, "the watcher's picture moved");
    assert.ok(ssim(a, b) > 0.98, `structural similarity ${ssim(a, b)}`);
    await putBack(one, start);
    await one.context().close();
  } finally {
    await other.close();
  }
});

it("the keyboard reaches the camera and every panel", async () => {
  const page = await open(browser, server.url);
  const start = await camera(page);
  await page.keyboard.press("o");
  await page.getByRole("dialog", { name: "Open a stage" }).waitFor();
  await page.getByRole("button", { name: "up_y.usda" }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.keyboard.press("ArrowRight");
  await page.waitForFunction((eye) => Math.hypot(...window.heard.camera.eye.map((value, i) => value - eye[i])) > 0.05, start.eye);
  await putBack(page, start);
  await page.keyboard.press("l");
  await page.getByRole("complementary", { name: "Connection and latency" }).waitFor();
  assert.match(await page.locator("footer").innerText(), /UDP/);
  await page.context().close();
});
