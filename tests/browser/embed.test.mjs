// Other pages show the picture: in a frame where the server allows it, as an image, and not for longer than the session.
import assert from "node:assert/strict";
import http from "node:http";
import { after, before, it } from "node:test";
import { launch, PATIENCE } from "./lib/browser.mjs";
import { serve, stage } from "./lib/server.mjs";

let browser;
let friend;
let stranger;
let server;
before(async () => {
  browser = await launch();
  [friend, stranger] = await Promise.all([elsewhere(), elsewhere()]);
  server = await serve([stage("red_cube.usda"), "--allow-origin", friend.origin]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
  for (const other of [friend, stranger]) other?.close();
});

/** A web server of somebody else's: an empty page. */
async function elsewhere() {
  const other = http.createServer((_, response) => response.setHeader("content-type", "text/html").end("<!doctype html><title>elsewhere</title>"));
  await new Promise((resolve) => other.listen(0, "127.0.0.1", resolve));
  return { origin: `http://127.0.0.1:${other.address().port}`, close: () => other.close() };
}

/** A page of `other`. */
async function visit(other) {
  const page = await (await browser.newContext({ viewport: { width: 1400, height: 800 } })).newPage();
  page.setDefaultTimeout(PATIENCE);
  await page.goto(`${other.origin}/`);
  return page;
}

/** A session, created as a front end's own server would. */
async function session(url = server.url) {
  const response = await fetch(`${url}session/create`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ userId: "u", stage: "red_cube" }) });
  assert.equal(response.status, 200);
  return response.json();
}

const ask = async (id, url = server.url) => fetch(`${url}session/${id}`);
const connections = async (id) => (await (await ask(id)).json()).session.connections;

/** Asks again until it is so. */
async function until(what, isSo) {
  const end = Date.now() + PATIENCE;
  while (!(await isSo())) {
    assert.ok(Date.now() < end, `never ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Puts a frame into the page. */
const frame = (page, url) =>
  page.evaluate((src) => {
    const iframe = Object.assign(document.createElement("iframe"), { src, width: 1280, height: 720, allow: "autoplay; fullscreen" });
    document.body.append(iframe);
  }, url);

it("a page on the list shows a session in a frame: the picture alone, over WebRTC, until the session ends", async () => {
  const { sessionId, embedUrl } = await session();
  const page = await visit(friend);
  await frame(page, embedUrl);
  const inside = page.frameLocator("iframe");
  await inside.locator("#video").waitFor();
  const embedded = await embeddedFrame(page);
  await embedded.waitForFunction(() => {
    const video = document.querySelector("video");
    return !video.hidden && video.videoWidth === 1280 && video.readyState >= 2;
  });
  await inside.locator("[role=status]").waitFor({ state: "detached" });
  assert.equal(await inside.locator("header").count(), 0, "no bar");
  assert.equal(await connections(sessionId), 1);
  const red = await embedded.evaluate(() => {
    const video = document.querySelector("video");
    const context = Object.assign(document.createElement("canvas"), { width: 1280, height: 720 }).getContext("2d");
    context.drawImage(video, 0, 0);
    const { data } = context.getImageData(0, 0, 1280, 720);
    let count = 0;
    for (let at = 0; at < data.length; at += 4) count += Number(data[at] > 60 && data[at] > 2 * Math.max(data[at + 1], data[at + 2]));
    return count / (1280 * 720);
  });
  assert.ok(red > 0.02, `the cube is there: ${red}`);

  const destroyed = await fetch(`${server.url}session/${sessionId}`, { method: "DELETE" });
  assert.equal(destroyed.status, 200);
  await inside.getByText("This session is over").waitFor();
  await page.context().close();
});

/** The embedded document. */
async function embeddedFrame(page) {
  let found;
  await until("framed", () => (found = page.frames().find((one) => one.url().includes("/embed"))) !== undefined);
  return found;
}

it("a page that is not on the list shows no frame", async () => {
  const { sessionId, embedUrl } = await session();
  const page = await visit(stranger);
  const refused = page.waitForEvent("console", (message) => /frame/i.test(message.text()) && /ancestors|Content Security/i.test(message.text()));
  await frame(page, embedUrl);
  await refused;
  assert.equal(page.frames().some((one) => one.url().startsWith(server.url)), false);
  assert.equal(await connections(sessionId), 0);
  await page.context().close();
});

it("nobody frames the page itself", async () => {
  const page = await visit(friend);
  const refused = page.waitForEvent("console", (message) => /frame/i.test(message.text()));
  await frame(page, server.url);
  await refused;
  assert.equal(page.frames().some((one) => one.url().startsWith(server.url)), false);
  await page.context().close();
});

it("a session's picture is an image for any page that knows it, the server's own is none", async () => {
  const { sessionId, httpStreamUrl } = await session();
  const page = await visit(stranger);
  const load = (src) =>
    page.evaluate(
      (url) =>
        new Promise((resolve) => {
          const image = Object.assign(new Image(), { src: url });
          document.body.append(image);
          image.addEventListener("error", () => resolve("refused"));
          // A stream never ends: what counts is that a picture is there.
          const look = () => (image.naturalWidth > 0 ? resolve(`${image.naturalWidth}x${image.naturalHeight}`) : requestAnimationFrame(look));
          look();
        }),
      src,
    );
  assert.equal(await load(httpStreamUrl), "1280x720");
  assert.equal(await connections(sessionId), 1);
  assert.equal(await load(`${server.url}snapshot.png`), "refused");
  assert.equal(await load(`${server.url}stream`), "refused");
  await page.context().close();
  await until("let go", async () => (await connections(sessionId)) === 0);
});

it("a page on the list may use the API, another may not", async () => {
  const create = (url) =>
    fetch(`${url}session/create`, { method: "POST", headers: { "content-type": "application/json" }, body: "{}" }).then(
      async (response) => (await response.json()).success,
      () => "no answer",
    );
  const [friendly, strange] = await Promise.all([visit(friend), visit(stranger)]);
  assert.equal(await friendly.evaluate(create, server.url), true);
  assert.equal(await strange.evaluate(create, server.url), "no answer");
  await Promise.all([friendly, strange].map((page) => page.context().close()));
});

it("frames over a WebSocket are JPEGs in JSON, as existing front ends expect them", async () => {
  const { wsUrl } = await session();
  const page = await visit(friend);
  const seen = await page.evaluate(
    (url) =>
      new Promise((resolve, reject) => {
        const socket = new WebSocket(url);
        const types = [];
        socket.onerror = () => reject(new Error("no socket"));
        socket.onmessage = ({ data }) => {
          const message = JSON.parse(data);
          types.push(message.type);
          if (message.type !== "frame") return;
          const image = new Image();
          image.onload = () => resolve({ types, size: [image.naturalWidth, image.naturalHeight] });
          image.src = `data:image/jpeg;base64,${message.data}`;
        };
      }),
    wsUrl,
  );
  assert.deepEqual([seen.types[0], seen.size], ["status", [1280, 720]]);
  await page.context().close();
});

it("a session that nobody shows is forgotten, one in a frame is not", async () => {
  const hasty = await serve([stage("red_cube.usda"), "--allow-origin", friend.origin, "--session-timeout", "2"]);
  try {
    const [shown, unused] = [await session(hasty.url), await session(hasty.url)];
    const page = await visit(friend);
    await frame(page, shown.embedUrl);
    await until("shown", async () => (await (await ask(shown.sessionId, hasty.url)).json()).session?.connections === 1);
    await until("forgotten", async () => (await ask(unused.sessionId, hasty.url)).status === 404);
    assert.equal((await ask(shown.sessionId, hasty.url)).status, 200);
    // The page leaves the frame behind, which says goodbye.
    await page.goto("about:blank");
    await until("forgotten too", async () => (await ask(shown.sessionId, hasty.url)).status === 404);
    await page.context().close();
    assert.match(hasty.log(), /session expired/);
  } finally {
    await hasty.stop();
  }
});
