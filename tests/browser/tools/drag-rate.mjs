// How many pictures a browser shows while a hand drags, with and without a script that reads each picture back: what
// part of a measured frame rate is the measurement's own.
//
//   node drag-rate.mjs STAGE [SECONDS]    one JSON line for each way
//
// TELESTAGE_BIN names the program, CHROMIUM the browser.
import { launch, open } from "../lib/browser.mjs";
import { serve } from "../lib/server.mjs";

const [stage, seconds = "8"] = process.argv.slice(2);
const MOVE_MS = 16;

/** Counts inputs and pictures in the page; `readBack` draws each picture to a small canvas and reads its pixels. */
function count(readBack) {
  const seen = (window.seen = { inputs: 0, callbacks: 0, presented: 0, readback_ms: 0, canvas: null });
  addEventListener("pointermove", () => (seen.inputs += 1), true);
  const video = document.querySelector("video");
  const next = (_, { presentedFrames }) => {
    seen.callbacks += 1;
    seen.presented = presentedFrames;
    if (readBack) {
      const start = performance.now();
      seen.canvas ??= Object.assign(document.createElement("canvas"), { width: 160, height: 90 }).getContext("2d", { willReadFrequently: true });
      seen.canvas.drawImage(video, 0, 0, 160, 90);
      seen.canvas.getImageData(0, 0, 160, 90);
      seen.readback_ms += performance.now() - start;
    }
    video.requestVideoFrameCallback(next);
  };
  video.requestVideoFrameCallback(next);
}

/** Moves the pointer in circles, one step each 16 ms if the browser keeps up. */
async function circle(page, secs) {
  const start = Date.now();
  for (let step = 1; Date.now() - start < secs * 1000; step += 1) {
    const angle = ((Date.now() - start) / 1000) * 2.2;
    await page.mouse.move(640 + 216 * Math.cos(angle), 360 + 151 * Math.sin(angle));
    const early = start + step * MOVE_MS - Date.now();
    if (early > 0) await new Promise((resolve) => setTimeout(resolve, early));
    else step = Math.floor((Date.now() - start) / MOVE_MS);
  }
}

const figures = (page) =>
  page.evaluate(() => {
    const { canvas: _, ...figures } = window.seen;
    return { ...figures, decoded: document.querySelector("video").getVideoPlaybackQuality().totalVideoFrames };
  });

for (const readBack of [false, true]) {
  const server = await serve([stage]);
  const browser = await launch();
  try {
    const page = await open(browser, server.url);
    await page.evaluate(count, readBack);
    await page.mouse.move(640, 360);
    await page.mouse.down();
    await circle(page, 1.5);
    const before = await figures(page);
    await circle(page, Number(seconds));
    const after = await figures(page);
    const rate = (name) => Math.round(((after[name] - before[name]) / Number(seconds)) * 10) / 10;
    const each = (after.readback_ms - before.readback_ms) / Math.max(1, after.callbacks - before.callbacks);
    console.log(JSON.stringify({ readBack, inputs: rate("inputs"), presented: rate("presented"), callbacks: rate("callbacks"), readback_ms_each: Math.round(each * 10) / 10 }));
  } finally {
    await browser.close();
    await server.stop();
  }
}
