// From a click on the picture to the first picture that shows the outline of what was hit, in the page.
//
//   node pick-to-outline.mjs [STAGE] [TRIALS]    one JSON line
//
// TELESTAGE_BIN names the program, CHROMIUM the browser. Without STAGE: the sample stage.
import { fileURLToPath } from "node:url";
import { setTimeout as sleep } from "node:timers/promises";
import { launch, open, stillPicture } from "../lib/browser.mjs";
import { ranks } from "../lib/ranks.mjs";
import { serve } from "../lib/server.mjs";

const stage = process.argv[2] ?? fileURLToPath(new URL("../../../assets/robot_cell/robot_cell.usda", import.meta.url));
const trials = Number(process.argv[3] ?? 50);
/** Between two clicks: long enough to be no double click, and for the picture to rest. */
const REST_MS = 450;
/** A grid of places, each far from the last one: what is hit changes most times. */
const PLACES = [[0.5, 0.42], [0.44, 0.6], [0.5, 0.72], [0.6, 0.48], [0.76, 0.86], [0.39, 0.35], [0.88, 0.5]];

/** Runs in the page before its own scripts. */
function note() {
  const noted = (window.noted = { up: 0, echo: null, selection: "", isOther: false, seen: null });
  const { createDataChannel } = RTCPeerConnection.prototype;
  RTCPeerConnection.prototype.createDataChannel = function (...args) {
    const channel = createDataChannel.apply(this, args);
    channel.addEventListener("message", ({ data }) => {
      const { event_type, payload } = JSON.parse(data);
      if (event_type !== "stageSelectionChanged") return;
      const selection = payload.prims.join();
      Object.assign(noted, { echo: performance.now(), isOther: selection !== noted.selection, selection });
    });
    return channel;
  };
  addEventListener(
    "pointerup",
    ({ timeStamp }) => {
      Object.assign(noted, { up: timeStamp, echo: null, seen: null });
      const video = document.querySelector("video");
      // Nothing moves: the first picture after the answer is the one with the outline.
      const next = () => {
        if (noted.echo === null) video.requestVideoFrameCallback(next);
        else noted.seen ??= performance.now();
      };
      video.requestVideoFrameCallback(next);
    },
    true,
  );
}

let server, browser;
const seen = [];
try {
  server = await serve([stage, "--size", "1280x720", "--no-announce", "--log", "error"]);
  browser = await launch();
  const page = await open(browser, server.url, { prepare: note });
  await stillPicture(page);
  for (let n = 0; n < trials; n += 1) {
    await sleep(REST_MS);
    const [x, y] = PLACES[n % PLACES.length];
    await page.mouse.click(1280 * x, 720 * y);
    await page.waitForFunction(() => window.noted.echo !== null && (window.noted.seen !== null || !window.noted.isOther));
    const { up, echo, seen: at } = await page.evaluate(() => window.noted);
    if (at !== null) seen.push({ echo: echo - up, outline: at - up });
  }
} finally {
  await browser?.close();
  await server?.stop();
}
console.log(JSON.stringify({ trials, counted: seen.length, answer_ms: ranks(seen.map(({ echo }) => echo)), outline_ms: ranks(seen.map(({ outline }) => outline)) }));
