// Recordings: made with the page's own button, and played by a browser, also when nobody finished them.
import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, it } from "node:test";
import { launch, open, PATIENCE } from "./lib/browser.mjs";
import { serve } from "./lib/server.mjs";

let browser;
let folder;
before(async () => {
  browser = await launch();
  folder = await mkdtemp(join(tmpdir(), "telestage-record-"));
});
after(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
});

/** A web server with one file on it, as any would serve it: whole or in ranges. */
async function host(file) {
  const server = createServer((request, response) => {
    if (request.url !== "/movie.mp4") return void response.setHeader("Content-Type", "text/html").end("<video muted></video>");
    const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "bytes=0-") ?? [];
    const [start, end] = [Number(first), Math.min(Number(last || file.length - 1), file.length - 1)];
    response.writeHead(request.headers.range ? 206 : 200, {
      "Content-Type": "video/mp4",
      "Accept-Ranges": "bytes",
      "Content-Length": end + 1 - start,
      ...(request.headers.range && { "Content-Range": `bytes ${start}-${end}/${file.length}` }),
    });
    response.end(file.subarray(start, end + 1));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${server.address().port}/`, close: () => server.close() };
}

/** What a browser makes of a file: its length and size, whether it plays to its end, and how a picture in the middle looks. */
async function play(file) {
  const site = await host(file);
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE);
    await page.goto(site.url);
    return await page.evaluate(async () => {
      const video = document.querySelector("video");
      const happens = (name) =>
        new Promise((resolve, reject) => {
          video.addEventListener(name, resolve, { once: true });
          video.addEventListener("error", () => reject(new Error(`${video.error.code} ${video.error.message}`)), { once: true });
        });
      const loaded = happens("loadeddata");
      video.src = "/movie.mp4";
      await loaded;
      const { duration, videoWidth: width, videoHeight: height } = video;
      const sought = happens("seeked");
      video.currentTime = duration / 2;
      await sought;
      const context = Object.assign(document.createElement("canvas"), { width, height }).getContext("2d");
      context.drawImage(video, 0, 0);
      const { data } = context.getImageData(0, 0, width, height);
      const colours = new Set();
      for (let at = 0; at < data.length; at += 4) colours.add((data[at] >> 5) * 64 + (data[at + 1] >> 5) * 8 + (data[at + 2] >> 5));
      const ended = happens("ended");
      video.playbackRate = 4;
      await video.play();
      await ended;
      return { duration, width, height, colours: colours.size, at: video.currentTime };
    });
  } finally {
    await context.close();
    site.close();
  }
}

const shownFrames = (page) => page.evaluate(() => document.querySelector("video").getVideoPlaybackQuality().totalVideoFrames);
const waitForFrames = (page, count) => page.waitForFunction((count) => document.querySelector("video").getVideoPlaybackQuality().totalVideoFrames >= count, count);

it("what the button records plays in a browser, to its end and from its middle", async () => {
  const server = await serve(["--source", "pattern", "--size", "640x360", "--fps", "30", "--record-dir", folder]);
  try {
    const page = await open(browser, server.url);
    await page.getByRole("button", { name: "Record what is shown" }).click();
    const stop = page.getByRole("button", { name: "Stop recording" });
    await stop.waitFor();
    await waitForFrames(page, (await shownFrames(page)) + 75);
    assert.match(await stop.innerText(), /^\d+:\d\d$/, "it shows for how long it runs");
    await stop.click();
    await page.getByRole("button", { name: "Record what is shown" }).waitFor();
    const [name, ...others] = await readdir(folder);
    assert.deepEqual(others, []);
    assert.match(name, /^telestage \d{4}-\d\d-\d\d \d\d-\d\d-\d\dZ\.mp4$/);
    await page.context().close();

    const movie = await play(await readFile(join(folder, name)));
    assert.deepEqual([movie.width, movie.height], [640, 360]);
    assert.ok(movie.duration > 1.5 && Number.isFinite(movie.duration), `${movie.duration} s`);
    assert.ok(movie.colours > 10, `${movie.colours} colours in the middle`);
    assert.ok(movie.at > movie.duration - 0.5, `it ended at ${movie.at} of ${movie.duration} s`);
    await rm(join(folder, name));
  } finally {
    await server.stop();
  }
});

it("what a killed server leaves plays in a browser up to its last second", async () => {
  const server = await serve(["--source", "pattern", "--size", "640x360", "--fps", "30", "--record-dir", folder]);
  try {
    const page = await open(browser, server.url);
    await page.keyboard.press("Shift+V");
    await page.getByRole("button", { name: "Stop recording" }).waitFor();
    // Two fragments at least are in the file before the third one is torn off.
    await waitForFrames(page, (await shownFrames(page)) + 120);
    await server.kill();
    await page.context().close();
    const [name] = await readdir(folder);
    const file = await readFile(join(folder, name));
    const moofs = [];
    for (let at = file.indexOf("moof"); at > 0; at = file.indexOf("moof", at + 4)) moofs.push(at - 4);
    assert.ok(moofs.length >= 2, `${moofs.length} fragments`);
    // A fragment that was not written to its end is an empty box that is larger than what is left of it.
    const empty = Buffer.from("\0\x04\0\0free", "latin1");
    const halved = Buffer.concat([file.subarray(0, moofs[1]), empty, file.subarray(moofs[1] + 8, moofs[1] + 300)]);
    for (const torn of [file, file.subarray(0, moofs[1]), halved]) {
      const movie = await play(torn).catch((error) => Promise.reject(new Error(`${torn.length} of ${file.length} bytes, fragments at ${moofs}: ${error.message}`)));
      assert.ok(movie.duration > 0.5 && movie.colours > 10, JSON.stringify(movie));
    }
  } finally {
    await server.kill();
  }
});
