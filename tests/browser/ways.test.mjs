// Where WebRTC does not come through: pictures and messages over a WebSocket, as H.264 or JPEG; in the end MJPEG.
import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { camera, drag, filePixels, launch, open, PATIENCE, videoPixels } from "./lib/browser.mjs";
import { ssim } from "./lib/pictures.mjs";
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

const withoutWebRtc = () => delete window.RTCPeerConnection;
const withoutDecoder = () => {
  delete window.RTCPeerConnection;
  delete window.VideoDecoder;
};

for (const [coding, prepare, flag] of [
  ["H.264", withoutWebRtc, 0],
  ["JPEG", withoutDecoder, 2],
]) {
  it(`a page without WebRTC looks and drives over a WebSocket, pictures as ${coding}`, async () => {
    const page = await open(browser, server.url, { prepare });
    const start = await camera(page);
    await drag(page, 180, -60);
    const end = await camera(page);
    assert.ok(Math.hypot(...end.eye.map((value, i) => value - start.eye[i])) > 0.5, "the camera follows");
    const likeness = ssim(await videoPixels(page), await filePixels(page, await shotAt(STAGE, end)));
    assert.ok(likeness >= 0.95, `structural similarity ${likeness}`);
    assert.match(await page.locator("footer").innerText(), /WS/);
    const heads = await page.evaluate(() => window.heard.pictures.map((head) => [...head]));
    assert.ok(heads.length > 3 && heads.every((head) => head[0] === 1 && (head[1] & 2) === flag), `all are ${coding}`);
    const seqs = heads.map((head) => new DataView(Uint8Array.from(head).buffer).getUint32(12, true));
    assert.ok(seqs.at(-1) > 0 && seqs.every((seq, i) => i === 0 || seq >= seqs[i - 1]), "each says which input it shows");
    const numbers = heads.map((head) => new DataView(Uint8Array.from(head).buffer).getUint32(4, true));
    assert.ok(numbers.every((number, i) => i === 0 || number >= numbers[i - 1]), "the newest picture, never an older one");
    await page.context().close();
  });
}

it("a page without WebRTC and WebSocket watches, and says that it only does", async () => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 720 } });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  await page.addInitScript(() => {
    delete window.RTCPeerConnection;
    const Real = WebSocket;
    // What a proxy does that knows no upgrade.
    window.WebSocket = class extends Real {
      constructor(url) {
        super(url.replace("/ws?", "/no-such-place?"));
      }
    };
  });
  await page.goto(server.url);
  await page.waitForFunction(() => document.querySelector("#canvas").width === 1280 && !document.querySelector(".veil"));
  await page.getByText("MJPEG, watching only").waitFor();
  await context.close();
});

it("a page that fell back to a WebSocket goes back to WebRTC when that works", async () => {
  const page = await open(browser, server.url, {
    prepare: () => {
      // No packet comes through, until the test lets it.
      window.blocked = true;
      const real = RTCPeerConnection.prototype.setRemoteDescription;
      RTCPeerConnection.prototype.setRemoteDescription = function (description) {
        const sdp = window.blocked ? description.sdp.replace(/^a=candidate.*\r\n/gm, "") : description.sdp;
        return real.call(this, { ...description, sdp });
      };
    },
  });
  await page.getByText("WS", { exact: true }).waitFor();
  await page.evaluate(() => (window.blocked = false));
  await page.getByText("UDP", { exact: true }).waitFor({ timeout: 60_000 });
  assert.equal(await page.evaluate(() => document.querySelector("video").hidden), false);
  await page.context().close();
});
