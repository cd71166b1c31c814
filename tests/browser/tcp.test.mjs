// Where no UDP gets through: the same picture and the same hands over the one TCP port.
import assert from "node:assert/strict";
import net from "node:net";
import { after, before, it } from "node:test";
import { camera, drag, filePixels, firstPicture, launch, overhear, PATIENCE, videoPixels } from "./lib/browser.mjs";
import { ssim } from "./lib/pictures.mjs";
import { shotAt } from "./lib/probe.mjs";
import { serve, stage } from "./lib/server.mjs";

let browser;
before(async () => (browser = await launch()));
after(() => browser?.close());

/** Opens the page, but the first answer loses the candidates that `drop` names: as if their packets never arrived. */
async function openWithout(url, drop) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 720 } });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  await page.addInitScript(overhear);
  await page.route("**/whep", async (route) => {
    const response = await route.fetch();
    const body = (await response.text()).split("\r\n").filter((line) => !drop.test(line)).join("\r\n");
    await route.fulfill({ response, body });
  });
  await page.goto(url);
  await firstPicture(page);
  return page;
}

/** The page shows the stage, follows the hand, and says by which way. */
async function works(page, file) {
  const before = await camera(page);
  await drag(page, 160, -60);
  const state = await camera(page);
  assert.notDeepEqual(state.eye, before.eye);
  const likeness = ssim(await videoPixels(page), await filePixels(page, await shotAt(file, state)));
  assert.ok(likeness >= 0.95, `structural similarity ${likeness}`);
  await page.keyboard.press("l");
  await page.waitForFunction(() => /\bTCP\b/.test(document.body.innerText));
}

it("without UDP the picture comes over the server's TCP port", async () => {
  const file = stage("shapes.usda");
  const server = await serve([file]);
  try {
    const page = await openWithout(server.url, /^a=candidate:\S+ 1 udp /);
    await works(page, file);
    await page.context().close();
  } finally {
    await server.stop();
  }
});

it("through a tunnel that carries one TCP port and nothing else", async () => {
  const file = stage("shapes.usda");
  const server = await serve([file]);
  const carried = { connections: 0 };
  const tunnel = net.createServer((near) => {
    carried.connections += 1;
    const far = net.connect(server.port, "127.0.0.1");
    near.on("error", () => far.destroy()).pipe(far);
    far.on("error", () => near.destroy()).pipe(near);
  });
  await new Promise((resolve) => tunnel.listen(0, "127.0.0.1", resolve));
  try {
    // None of the server's own addresses can be reached from the far side of a tunnel.
    const page = await openWithout(`http://127.0.0.1:${tunnel.address().port}/`, /^a=candidate:/);
    await works(page, file);
    assert.ok(carried.connections >= 2, "the page and the media");
    await page.context().close();
  } finally {
    tunnel.close();
    await server.stop();
  }
});

it("once UDP gets through, media goes back to it by itself, in the same session", async () => {
  const server = await serve(["--source", "pattern"]);
  try {
    // Later answers keep their candidates: from then on UDP is open.
    const page = await openWithout(server.url, /^a=candidate:\S+ 1 udp /);
    await page.keyboard.press("l");
    await page.waitForFunction(() => /\bTCP\b/.test(document.body.innerText));
    await page.waitForFunction(() => /\bUDP\b/.test(document.body.innerText), null, { timeout: 45_000 });
    const frames = () => page.evaluate(() => document.querySelector("video").getVideoPlaybackQuality().totalVideoFrames);
    const before = await frames();
    await page.waitForFunction((before) => document.querySelector("video").getVideoPlaybackQuality().totalVideoFrames > before + 30, before);
    assert.equal(server.log().match(/viewer connected/g).length, 1, "it is the same session");
    await page.context().close();
  } finally {
    await server.stop();
  }
});
