// Words in the picture: in MJPEG for whoever has no page over it, in snapshots on demand, and nowhere else.
import assert from "node:assert/strict";
import http from "node:http";
import { after, before, it } from "node:test";
import { filePixels, launch } from "./lib/browser.mjs";
import { serve, stage } from "./lib/server.mjs";

let server, browser, page;
before(async () => {
  server = await serve([stage("red_cube.usda")]);
  browser = await launch();
  page = await browser.newPage();
  await page.goto("about:blank");
  // At rest and refined to its last sample: from then on nothing but words makes a difference.
  while ((await (await fetch(`${server.url}health`)).json()).fps !== 0) await new Promise((resolve) => setTimeout(resolve, 50));
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const file = async (path) => {
  const response = await fetch(new URL(path, server.url));
  assert.equal(response.status, 200, path);
  return Buffer.from(await response.arrayBuffer());
};

/** The first picture of a stream. */
function first(path) {
  return new Promise((resolve, reject) => {
    const message = http.get(new URL(path, server.url), { agent: false }, (response) => {
      let buffer = Buffer.alloc(0);
      response.on("error", () => {});
      response.on("data", (chunk) => {
        buffer = Buffer.concat([buffer, chunk]);
        const end = buffer.indexOf("\r\n\r\n");
        const length = Number(/content-length: *(\d+)/i.exec(buffer.subarray(0, Math.max(end, 0)).toString())?.[1]);
        if (!(buffer.length >= end + 4 + length)) return;
        message.destroy();
        resolve(buffer.subarray(end + 4, end + 4 + length));
      });
    });
    message.on("error", reject);
  });
}

/** Pixels that differ, by where they lie: columns in quarters, rows in quarters. */
function differences(plain, other) {
  assert.deepEqual([other.width, other.height], [plain.width, plain.height]);
  const found = {};
  for (let at = 0; at < plain.data.length; at += 4) {
    if (plain.data[at] === other.data[at] && plain.data[at + 1] === other.data[at + 1] && plain.data[at + 2] === other.data[at + 2]) continue;
    const x = (at / 4) % plain.width, y = Math.floor(at / 4 / plain.width);
    const place = `${Math.floor((4 * x) / plain.width)},${Math.floor((4 * y) / plain.height)}`;
    found[place] = (found[place] ?? 0) + 1;
  }
  return found;
}

/** Words lie in two corners, and there are many of them. */
function areWords(found) {
  const corners = ["0,3", "1,3", "3,0"];
  assert.deepEqual(Object.keys(found).filter((place) => !corners.includes(place)), [], JSON.stringify(found));
  assert.ok(found["0,3"] > 1000 && found["3,0"] > 1000, JSON.stringify(found));
}

it("a snapshot has words where they are asked for, and is the picture alone without", async () => {
  const plain = await file("/snapshot.png");
  assert.deepEqual(await file("/snapshot.png?hud=0"), plain);
  areWords(differences(await filePixels(page, plain), await filePixels(page, await file("/snapshot.png?hud=1"))));
  const [small, worded] = [await file("/snapshot.png?width=640&height=360"), await file("/snapshot.png?width=640&height=360&hud=1")];
  areWords(differences(await filePixels(page, small), await filePixels(page, worded)));
  assert.deepEqual(await file("/snapshot.png"), plain, "nobody else sees them");
});

it("MJPEG has words, and with hud=0 is byte for byte the picture that everybody gets", async () => {
  const plain = await file("/snapshot.jpg");
  assert.deepEqual(await first("/stream?quality=90&hud=0"), plain);
  const worded = await first("/stream?quality=90");
  areWords(differences(await filePixels(page, plain), await filePixels(page, worded)));
  const { width, height } = await filePixels(page, await first("/stream?width=480"));
  assert.deepEqual([width, height], [480, 270]);
});

it("axes have their colours", async () => {
  const { width, data } = await filePixels(page, await file("/snapshot.png?hud=1"));
  const seen = [0, 0, 0];
  for (let y = 0; y < 120; y += 1)
    for (let x = width - 130; x < width; x += 1) {
      const [r, g, b] = data.subarray((y * width + x) * 4);
      if (r > 200 && g < 130 && b < 130) seen[0] += 1;
      if (g > 180 && r < 150 && b < 150) seen[1] += 1;
      if (b > 220 && r < 130) seen[2] += 1;
    }
  assert.ok(seen.every((count) => count > 40), seen.join());
});

it("what is no wish is refused", async () => {
  for (const path of ["/stream?hud=2", "/snapshot.png?hud=yes", "/snapshot.jpg?hud=-1"]) assert.equal((await fetch(new URL(path, server.url))).status, 400, path);
});
