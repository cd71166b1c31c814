// The client library in pages of somebody else's: the package, the ten lines, and a viewer that speaks the Kit dialect.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, afterEach, before, it } from "node:test";
import { promisify } from "node:util";
import { launch, overhear, PATIENCE, stillPicture, videoPixels } from "./lib/browser.mjs";
import { install, serveExamples, TSC } from "./lib/package.mjs";
import { changed } from "./lib/pictures.mjs";
import { serve, stage } from "./lib/server.mjs";

let browser, pack, pages, server;
before(async () => {
  [browser, pack] = await Promise.all([launch(), install()]);
  pages = await serveExamples(pack);
  server = await serve([stage("shapes.usda"), "--allow-origin", pages.origin]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
  pages?.close();
  await pack?.remove();
});

/** What a test leaves behind would watch on in the next one, and drive. A page that is left says goodbye. */
afterEach(async () => {
  for (const context of browser.contexts()) {
    await Promise.all(context.pages().map((page) => page.goto("about:blank")));
    await context.close();
  }
  await viewers(server, 0);
});

/** Opens an example; `prepare` runs in it before anything else. */
async function visit(example, { prepare, ...context } = {}) {
  const page = await (await browser.newContext({ viewport: { width: 1280, height: 720 }, ...context })).newPage();
  page.setDefaultTimeout(PATIENCE);
  if (prepare) await page.addInitScript(prepare);
  await page.addInitScript(overhear);
  await page.addInitScript(() => addEventListener("unhandledrejection", ({ reason }) => (window.unhandled ??= []).push(String(reason?.info ?? reason))));
  await page.goto(`${pages.origin}/example/${example}`);
  return page;
}
const address = (server, more = "") => `viewer.html?server=127.0.0.1&port=${server.port}${more}`;
/** A viewer whose picture is there. */
async function viewer(server, { more, ...options } = {}) {
  const page = await visit(address(server, more), options);
  await event(page, "start", "success");
  await plays(page);
  return page;
}
const plays = (page) => page.waitForFunction(() => document.querySelector("video").videoWidth > 0 && document.querySelector("video").readyState >= 2);
/** Waits for an event of a callback's; `from` leaves out those before. */
const event = (page, callback, status, from = 0) =>
  page.waitForFunction(([callback, status, from]) => window.viewer?.events.slice(from).find((one) => one.callback === callback && one.status === status), [callback, status, from]).then((found) => found.jsonValue());
/** How many messages were heard so far. */
const count = (page) => page.evaluate(() => window.viewer.messages.length);
/** Waits for a message from the `from`th on whose payload contains `part`. */
const message = (page, type, part = {}, from = 0) =>
  page
    .waitForFunction(
      ([type, part, from]) => window.viewer.messages.slice(from).find((one) => one.event_type === type && Object.entries(part).every(([key, value]) => JSON.stringify(one.payload[key]) === JSON.stringify(value))),
      [type, part, from],
    )
    .then((found) => found.jsonValue());
/** Says something and waits for what it is answered with. */
async function ask(page, request, payload, type, part) {
  const from = await count(page);
  await page.evaluate(([request, payload]) => window.viewer.say(request, payload), [request, payload]);
  return (await message(page, type, part, from)).payload;
}
const names = (page) => page.locator("#tree button").evaluateAll((all) => all.map(({ title }) => title));
const line = (page, path) => page.locator(`#tree button[title="${path}"]`);
const pressed = (page, paths) => page.waitForFunction((paths) => JSON.stringify([...document.querySelectorAll('#tree [aria-pressed="true"]')].map(({ title }) => title)) === JSON.stringify(paths), paths);
const camera = async (page) => {
  await stillPicture(page);
  return page.evaluate(() => window.heard.camera);
};
/** The camera at rest after something that moves it. */
async function moved(page, act) {
  const before = await page.evaluate(() => JSON.stringify([window.heard.camera.eye, window.heard.camera.target]));
  await act();
  await page.waitForFunction((before) => JSON.stringify([window.heard.camera.eye, window.heard.camera.target]) !== before, before);
  await page.evaluate(() => delete window.still);
  return camera(page);
}
const distance = (a, b) => Math.hypot(...a.map((value, i) => value - b[i]));

/** Where the server sees `path`, on the page. */
async function place(page, path) {
  const found = await page.evaluate(async (path) => {
    const [width, height] = [document.querySelector("video").videoWidth, document.querySelector("video").videoHeight];
    const { messages, say } = window.viewer;
    for (let y = height / 16; y < height; y += height / 8) {
      for (let x = width / 32; x < width; x += width / 16) {
        const from = messages.length;
        await say("pickRequest", { x, y, mode: "none" });
        let answer;
        while (!(answer = messages.slice(from).find((one) => one.event_type === "pickResult"))) await new Promise(requestAnimationFrame);
        if (answer.payload.path === path) return [x / width, y / height];
      }
    }
    return null;
  }, path);
  assert.ok(found, `${path} is in the picture`);
  return page.evaluate(([across, down]) => {
    const video = document.querySelector("video");
    const { left, top, width, height } = video.getBoundingClientRect();
    const scale = Math.min(width / video.videoWidth, height / video.videoHeight);
    return [left + width / 2 + (across - 0.5) * video.videoWidth * scale, top + height / 2 + (down - 0.5) * video.videoHeight * scale];
  }, found);
}

/** Drags from the middle of the video. */
async function drag(page, dx, dy, button = "left") {
  const box = await page.locator("video").boundingBox();
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  await page.mouse.move(x, y);
  await page.mouse.down({ button });
  for (let step = 1; step <= 8; step += 1) await page.mouse.move(x + (dx * step) / 8, y + (dy * step) / 8);
  await page.mouse.up({ button });
}

it("the package has what it needs, and its types say what they should to whoever installs it", async () => {
  assert.deepEqual([...pack.files].sort(), [
    "README.md",
    "dist/LICENSE-APACHE",
    "dist/LICENSE-MIT",
    "dist/appstreamer.js",
    "dist/client.js",
    "dist/index.js",
    "dist/types/lib/src/appstreamer.d.ts",
    "dist/types/lib/src/index.d.ts",
    "dist/types/lib/src/messages.d.ts",
    "dist/types/lib/src/stream.d.ts",
    "dist/types/lib/src/streamer.d.ts",
    "dist/types/lib/src/telestage-client.d.ts",
    "dist/types/src/core/click.d.ts",
    "dist/types/src/protocol/index.d.ts",
    "package.json",
  ]);
  const good = `
    import { TelestageClient, type PrimRow } from "telestage-client";
    import { AppStreamer, StreamType, type DirectConfig, type GFNConfig, type StreamEvent, type StreamProps } from "telestage-client/appstreamer";
    export async function rows(video: HTMLVideoElement): Promise<PrimRow[]> {
      const client = new TelestageClient({ server: "http://localhost:49100/", video });
      client.on("stageSelectionChanged", ({ prims }) => prims.map((path) => path.length));
      await client.connect();
      return (await client.ask("getChildrenRequest", { prim_path: "/" })).children;
    }
    const streamConfig: DirectConfig = { videoElementId: "v", mediaPort: 1, onStart: (message: StreamEvent) => void (message.status === "success"), onCustomEvent: ({ event_type }) => void event_type.length };
    const props: StreamProps = { streamSource: StreamType.DIRECT, streamConfig };
    export const started: Promise<StreamEvent> = AppStreamer.connect(props);
    export const other = (streamConfig: GFNConfig) => AppStreamer.connect({ streamSource: StreamType.GFN, streamConfig });
    export const terse = () => AppStreamer.connect({ streamSource: StreamType.DIRECT, streamConfig: { server: "h", onStart: (message) => message.info, onCustomEvent: (message) => message.payload } });`;
  const bad = good.replace('prim_path: "/"', 'path: "/"');
  const check = async (name, text, resolution) => {
    await writeFile(join(pack.folder, name), text);
    const args = ["--noEmit", "--strict", "--skipDefaultLibCheck", "--target", "es2022", "--lib", "es2022,dom,dom.iterable", "--module", resolution === "bundler" ? "esnext" : "nodenext", "--moduleResolution", resolution, name];
    return promisify(execFile)(process.execPath, [TSC, ...args], { cwd: pack.folder }).then(
      () => "",
      ({ stdout }) => stdout,
    );
  };
  assert.equal(await check("good.mts", good, "bundler"), "");
  assert.equal(await check("good.mts", good, "nodenext"), "");
  assert.match(await check("bad.mts", bad, "bundler"), /'path' does not exist in type 'GetChildrenRequest'/);
});

it("ten lines show the picture, hear the selection and are answered; disconnecting leaves the video as it was", async () => {
  const page = await visit(`client.html?server=${encodeURIComponent(server.url)}`);
  await page.waitForFunction(() => window.client?.connection.phase === "live");
  await plays(page);
  const { children } = await page.evaluate(() => window.client.ask("getChildrenRequest", { prim_path: "/World" }));
  assert.ok(children.some(({ path }) => path === "/World/Ball"));
  const refused = await page.evaluate(() => window.client.ask("getChildrenRequest", { prim_path: "/Gone" }).catch(({ name, code }) => ({ name, code })));
  assert.deepEqual(refused, { name: "RequestRefused", code: "not_found" });
  await page.evaluate(() => window.client.send("selectPrimsRequest", { paths: ["/World/Box"] }));
  await page.getByText("/World/Box").waitFor();
  await page.evaluate(() => window.client.send("selectPrimsRequest", { paths: [] }));

  await page.evaluate(() => window.client.disconnect());
  await viewers(server, 0);
  const left = await page.evaluate(async () => ({
    attributes: [...document.querySelector("video").attributes].map(({ name }) => name).sort(),
    source: document.querySelector("video").srcObject,
    phase: window.client.connection.phase,
    answer: await window.client.ask("ping", { t: 1 }).catch(({ name }) => name),
  }));
  assert.equal(left.source, null);
  assert.deepEqual([left.phase, left.answer], ["off", "NotConnected"]);
  assert.ok(!left.attributes.includes("tabindex"), String(left.attributes));
  await page.evaluate(() => window.client.connect());
  await plays(page);
});

/** Waits until so many watch. */
async function viewers(server, wanted) {
  const end = Date.now() + PATIENCE;
  for (;;) {
    const health = await (await fetch(`${server.url}health`)).json();
    if (health.viewers === wanted) return;
    assert.ok(Date.now() < end, `${health.viewers} viewers, not ${wanted}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

it("a viewer for Kit applications speaks every message of the dialect with this server", async () => {
  const idle = await serve(["--asset-root", stage("."), "--allow-origin", pages.origin]);
  try {
    // No stage: an empty url makes it open one.
    const page = await viewer(idle, { more: "&stage=groups.usda" });
    await message(page, "loadingStateResponse", { url: "" });
    const opened = await message(page, "openedStageResult", { result: "success" });
    assert.equal(opened.payload.error, "");
    assert.match(opened.payload.url, /groups\.usda$/);
    await message(page, "updateProgressAmount");
    await message(page, "updateProgressActivity");
    const { loading_state } = (await message(page, "loadingStateResponse", { url: opened.payload.url })).payload;
    assert.equal(loading_state, "idle");

    // The tree: a root that is not there, groups that open on a click, leaves that do not.
    await line(page, "/rig").click();
    await line(page, "/rig/arm").click();
    await line(page, "/rig/arm/hand").click();
    await line(page, "/rig/arm/hand/finger").waitFor();
    assert.deepEqual(await names(page), ["/rig", "/rig/arm", "/rig/arm/hand", "/rig/arm/hand/finger", "/rig/arm/elbow", "/rig/looks"]);
    assert.equal(await line(page, "/rig/looks").textContent(), "looks");
    await message(page, "makePrimsPickableResponse", { result: "success", error: "" });

    // A selection of its own is not echoed; one in the picture is told.
    const from = await count(page);
    const before = await videoPixels(page);
    await line(page, "/rig/arm/elbow").click();
    await outlined(page, before);
    await ask(page, "ping", { t: 7 }, "pong");
    assert.deepEqual(await page.evaluate((from) => window.viewer.messages.slice(from).map(({ event_type }) => event_type), from), ["pong"]);
    await pressed(page, ["/rig/arm/elbow"]);
    await page.mouse.click(...(await place(page, "/rig/arm/hand/finger")));
    await message(page, "stageSelectionChanged", { prims: ["/rig/arm/hand/finger"] }, from);
    await pressed(page, ["/rig/arm/hand/finger"]);
    await page.getByText("Select nothing").click();
    await pressed(page, []);

    // The camera goes back, and the stage is not loaded again.
    const start = await camera(page);
    assert.ok(distance((await moved(page, () => drag(page, 150, 40))).eye, start.eye) > 0.5);
    const loads = await count(page);
    assert.deepEqual(await ask(page, "resetStage", {}, "resetStageResponse"), { result: "success", error: "" });
    await back(page, start);
    assert.ok(!(await page.evaluate((from) => window.viewer.messages.slice(from).some(({ event_type }) => event_type === "openedStageResult"), loads)));

    assert.deepEqual(await ask(page, "changeResolutionRequest", { width: 960, height: 540 }, "changeResolutionConfirmation"), { result: "success", width: 960, height: 540, resolution: "960x540" });
    await page.waitForFunction(() => document.querySelector("video").videoWidth === 960);

    const failed = await ask(page, "openStageRequest", { url: "gone.usda" }, "openedStageResult");
    assert.deepEqual([failed.url, failed.result], ["gone.usda", "error"]);
    assert.match(failed.error, /gone\.usda/);

    // Where the server has a timeline it answers; where it has none, the console says so.
    const said = page.waitForEvent("console", (one) => /timeline/i.test(one.text()));
    await page.evaluate(() => Promise.all([window.viewer.say("timelineControl", { action: "play" }), window.viewer.say("getTimelineStatus")]));
    await Promise.any([said, message(page, "timelineStatusResponse")]);
    said.catch(() => {});
    assert.deepEqual(await page.evaluate(() => window.unhandled ?? []), []);
  } finally {
    await idle.stop();
  }
});

/** Waits until the camera is where it was. */
const back = (page, { eye, target }) =>
  page.waitForFunction(
    (wanted) => [...window.heard.camera.eye, ...window.heard.camera.target].every((value, at) => Math.abs(value - wanted[at]) < 1e-6),
    [...eye, ...target],
  );

/** Waits until the picture is another one than `before`. */
async function outlined(page, before) {
  const end = Date.now() + PATIENCE;
  for (;;) {
    await stillPicture(page);
    if (changed(before, await videoPixels(page), 24) > 0.0005) return;
    assert.ok(Date.now() < end, "no outline came");
  }
}

it("hands work in the video: orbit, pan, zoom, two fingers, keys; and what others select is told", async () => {
  const page = await viewer(server, { hasTouch: true });
  const start = await camera(page);
  const reset = async () => {
    await ask(page, "resetStage", {}, "resetStageResponse");
    await back(page, start);
  };
  const span = ({ eye, target }) => distance(eye, target);

  const orbit = await moved(page, () => drag(page, 120, 0));
  // Around what was under the hand, so the point of interest may be another one now.
  assert.ok(distance(orbit.eye, start.eye) > 0.3);
  await reset();
  assert.ok(distance((await moved(page, () => drag(page, 120, 0, "middle"))).target, start.target) > 0.1);
  await reset();
  assert.ok(span(await moved(page, () => page.mouse.wheel(0, -300))) < 0.9 * span(start));
  await reset();
  await page.locator("video").focus();
  assert.ok(distance((await moved(page, () => page.keyboard.press("ArrowLeft"))).eye, start.eye) > 0.05);
  await reset();

  const touch = await page.context().newCDPSession(page);
  const box = await page.locator("video").boundingBox();
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  const fingers = (spread) => [{ x: x - spread, y, id: 0 }, { x: x + spread, y, id: 1 }];
  const pinched = await moved(page, async () => {
    await touch.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: fingers(40) });
    for (const spread of [60, 90, 120]) await touch.send("Input.dispatchTouchEvent", { type: "touchMove", touchPoints: fingers(spread) });
    await touch.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
  });
  assert.ok(span(pinched) < 0.8 * span(start), "a pinch comes closer");
  await reset();

  const other = await visit(`client.html?server=${encodeURIComponent(server.url)}`);
  await other.waitForFunction(() => window.client?.connection.phase === "live");
  await page.evaluate(() => window.viewer.say("controlRequest", { action: "release" }));
  await other.waitForFunction(() => window.client.ask("selectPrimsRequest", { paths: ["/World/Cone"] }).then(() => true, () => false));
  await message(page, "stageSelectionChanged", { prims: ["/World/Cone"] });
  await pressed(page, ["/World/Cone"]);
});

it("a server that comes back is found again, the tree and the messages with it; terminate closes everything", async () => {
  const args = [stage("shapes.usda"), "--allow-origin", pages.origin];
  let own = await serve(args);
  const { port } = own;
  const page = await viewer(own);
  await line(page, "/World/Ball").waitFor();
  const seen = await page.evaluate(() => window.viewer.events.length);
  await own.kill();
  const lost = await event(page, "update", "warning", seen);
  assert.equal(lost.action, "update");
  assert.notEqual(lost.info, "");
  const refused = await page.evaluate(() => window.viewer.say("loadingStateQuery").catch((event) => event));
  assert.deepEqual([refused.action, refused.status], ["message", "error"]);

  own = await serve(args, { port });
  try {
    await event(page, "update", "success", seen);
    await plays(page);
    const { url } = await ask(page, "loadingStateQuery", {}, "loadingStateResponse");
    assert.match(url, /shapes\.usda$/);
    assert.ok((await names(page)).includes("/World/Ball"));
    assert.equal(await page.evaluate(() => document.querySelector("video").hasAttribute("poster")), false);
    const { frame } = await page.evaluate(() => window.heard.info);
    await drag(page, 60, 0);
    await page.waitForFunction((frame) => window.heard.info.frame > frame, frame);

    await page.evaluate(() => window.viewer.AppStreamer.terminate(false));
    const over = await event(page, "terminate", "success");
    assert.equal(over.action, "terminate");
    await viewers(own, 0);
    const after = await page.evaluate(async () => ({
      source: document.querySelector("video").srcObject,
      status: window.viewer.AppStreamer.streamStatus,
      channel: window.heard.control.readyState,
      answer: await window.viewer.AppStreamer.sendMessage({ event_type: "loadingStateQuery", payload: {} }).catch(({ status }) => status),
    }));
    assert.deepEqual(after, { source: null, status: 0, channel: "closed", answer: "error" });
    // Nothing comes back by itself: a connection would be made at once.
    const made = await page.evaluate(() => {
      let count = 0;
      window.RTCPeerConnection = class extends RTCPeerConnection {
        constructor(...args) {
          super(...args);
          count += 1;
        }
      };
      window.made = () => count;
      dispatchEvent(new Event("online"));
      document.dispatchEvent(new Event("visibilitychange"));
      return count;
    });
    await drag(page, 60, 0);
    assert.deepEqual([made, await page.evaluate(() => window.made())], [0, 0]);
  } finally {
    await own.stop();
  }
});

it("without WebRTC the same video shows what comes over a WebSocket, and hands work all the same", async () => {
  const page = await viewer(server, { prepare: () => delete window.RTCPeerConnection });
  await page.waitForFunction(() => window.heard.pictures.length > 0 && document.querySelector("video").videoWidth === 1280);
  const start = await camera(page);
  const before = await videoPixels(page);
  assert.ok(new Set(before.data).size > 50, "it is a picture");
  assert.ok(distance((await moved(page, () => drag(page, 150, 30))).eye, start.eye) > 0.3);
  await outlined(page, before);
  await ask(page, "resetStage", {}, "resetStageResponse");
});

it("without either it watches MJPEG, and says that nobody hears it", async () => {
  const page = await viewer(server, {
    prepare: () => {
      delete window.RTCPeerConnection;
      window.WebSocket = class extends WebSocket {
        constructor(url) {
          super(url.replace("/ws?", "/no-such-place?"));
        }
      };
    },
  });
  await page.waitForFunction(() => document.querySelector("video").videoWidth === 1280);
  assert.ok(new Set((await videoPixels(page)).data).size > 50, "it is a picture");
  const answer = await page.evaluate(() => window.viewer.say("loadingStateQuery").catch(({ status }) => status));
  assert.equal(answer, "error");
});

it("a page that the server does not allow is told which option would", async () => {
  const closed = await serve([stage("red_cube.usda")]);
  try {
    const page = await visit(address(closed, "&reconnects=1"));
    const { action, info } = await event(page, "start", "error");
    assert.equal(action, "start");
    assert.ok(info.includes(`--allow-origin ${pages.origin}`), info);
    assert.equal(await page.evaluate(() => window.viewer.AppStreamer.streamStatus), 4);
    assert.equal(await page.evaluate(() => document.querySelector("#status").value), info);
  } finally {
    await closed.stop();
  }
});

it("what cannot be connected is refused in words, and a second stream takes the first one's place", async () => {
  const page = await viewer(server);
  const refused = await page.evaluate(async () => {
    const { AppStreamer } = window.viewer;
    const connect = (streamSource, videoElementId) => AppStreamer.connect({ streamSource, streamConfig: { videoElementId } }).catch((event) => event);
    return [await connect("gfn", "remote-video"), await connect("direct", "gone"), await AppStreamer.sendMessage("{").catch((event) => event)];
  });
  assert.deepEqual(refused.map(({ action, status }) => `${action} ${status}`), ["start error", "start error", "message error"]);
  assert.match(refused[0].info, /DIRECT/);
  assert.match(refused[1].info, /gone/);
  const again = await page.evaluate((port) => window.viewer.AppStreamer.connect({ streamSource: "direct", streamConfig: { signalingServer: "127.0.0.1", signalingPort: port } }), server.port);
  assert.deepEqual([again.action, again.status], ["start", "success"]);
  await viewers(server, 1);
  await page.evaluate(() => window.viewer.AppStreamer.stop());
  await viewers(server, 0);
});
