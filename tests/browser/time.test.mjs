// The timeline: what is animated moves, all see one time, and a time is the picture that the stage has at that time.
import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { filePixels, launch, open, say, stillPicture, videoPixels } from "./lib/browser.mjs";
import { changed } from "./lib/pictures.mjs";
import { serve, stage } from "./lib/server.mjs";

let browser, server, page;
before(async () => {
  browser = await launch();
  server = await serve([stage("moving.usda")]);
  page = await open(browser, server.url, { prepare: listen });
  await stillPicture(page);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** Keeps what the server says about time. */
function listen() {
  window.times = [];
  const create = RTCPeerConnection.prototype.createDataChannel;
  RTCPeerConnection.prototype.createDataChannel = function (...args) {
    const channel = create.apply(this, args);
    channel.addEventListener("message", ({ data }) => {
      const { event_type, payload } = JSON.parse(data);
      if (event_type === "timelineStatus") window.times.push(payload);
    });
    return channel;
  };
}
const status = (page) => page.evaluate(() => window.times.at(-1));
/** Waits until the server has said this of time, and the picture rests. */
async function standsAt(page, time) {
  await page.waitForFunction((time) => window.times.at(-1)?.time === time && !window.times.at(-1).playing, time);
  await stillPicture(page);
}
const snapshot = async (query = "") => Buffer.from(await (await fetch(`${server.url}snapshot.png${query}`)).arrayBuffer());
const bar = (page) => page.getByRole("group", { name: "Timeline" });

it("shows the start of the range first, and the bar says so", async () => {
  const { time, start, end, fps, playing } = await status(page);
  assert.deepEqual({ time, start, end, fps, playing }, { time: 1, start: 1, end: 49, fps: 24, playing: false });
  await bar(page).getByRole("slider", { name: "Time" }).waitFor();
  assert.equal(await bar(page).getByRole("slider").inputValue(), "1");
});

it("shows at a time what the stage is at that time", async () => {
  const at = {};
  for (const time of [13, 25, 37, 49, 1]) {
    await say(page, { event_type: "timelineControlRequest", payload: { action: "seek", time } });
    await standsAt(page, time);
    // What is shown after changes is what another worker reads anew.
    const [moved, anew] = [await filePixels(page, await snapshot("?width=640&height=360")), await filePixels(page, await snapshot(`?width=640&height=360&time=${time}`))];
    assert.ok(changed(moved, anew, 2) === 0, `at ${time} ${changed(moved, anew, 2)} of the picture is another`);
    at[time] = moved;
  }
  assert.ok(changed(at[1], at[49], 24) > 0.01, "and another at another time");
  assert.ok(changed(at[25], at[37], 24) > 0.01, "the sphere is back");
});

it("plays and pauses by key, with pictures, and loops", async () => {
  await page.locator("#surface").focus();
  const before = await page.evaluate(() => document.querySelector("video").getVideoPlaybackQuality().totalVideoFrames);
  await page.keyboard.press("Space");
  await page.waitForFunction(() => window.times.at(-1).playing);
  await page.waitForFunction((before) => document.querySelector("video").getVideoPlaybackQuality().totalVideoFrames > before + 40, before);
  // Around: a time that is earlier than one before it.
  await page.waitForFunction(() => window.times.some((status, at) => at > 0 && status.playing && window.times[at - 1].playing && status.time < window.times[at - 1].time));
  await page.keyboard.press("Space");
  await page.waitForFunction(() => !window.times.at(-1).playing);
});

it("scrubs, steps and stops by the bar; a second viewer sees the same time", async () => {
  const other = await open(browser, server.url, { prepare: listen });
  await bar(page).getByRole("button", { name: "To the start" }).click();
  await standsAt(page, 1);
  await bar(page).getByRole("button", { name: "One frame on" }).click();
  await standsAt(page, 2);
  await standsAt(other, 2);
  const slider = bar(page).getByRole("slider");
  const box = await slider.boundingBox();
  await page.mouse.move(box.x + 2, box.y + box.height / 2);
  await page.mouse.down();
  for (let step = 1; step <= 10; step += 1) await page.mouse.move(box.x + (box.width * step) / 20, box.y + box.height / 2);
  await page.mouse.up();
  await page.waitForFunction(() => window.times.at(-1).time > 20 && window.times.at(-1).time < 30);
  const { time } = await status(page);
  await standsAt(other, time);
  // The second viewer does not drive.
  await say(other, { event_type: "timelineControlRequest", id: "no", payload: { action: "play" } });
  await other.waitForFunction(() => window.heard.refused === 1);
  assert.equal((await status(page)).playing, false);
  await other.context().close();
});

it("carries along who looks through a camera that moves", async () => {
  await say(page, { event_type: "set_camera", payload: { path: "/World/Rides" } });
  for (const [time, x] of [[1, -2], [49, 2]]) {
    await say(page, { event_type: "timelineControlRequest", payload: { action: "seek", time } });
    await standsAt(page, time);
    await page.waitForFunction((x) => Math.abs(window.heard.camera.eye[0] - x) < 1e-9, x);
  }
});

it("refuses what makes no sense, and nothing changes", async () => {
  await stillPicture(page);
  const before = await videoPixels(page);
  const refused = await page.evaluate(() => window.heard.refused);
  for (const payload of [{ action: "seek" }, { action: "rewind" }, { action: "play", rate: 0 }, { action: "seek", time: 1e300 }, {}]) await say(page, { event_type: "timelineControlRequest", payload });
  await page.waitForFunction((refused) => window.heard.refused === refused + 5, refused);
  assert.equal(changed(before, await videoPixels(page), 8), 0);
});
