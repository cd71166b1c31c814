// Recordings: made with the page's own button, and played by a browser, also when nobody finished them.
import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, it } from "node:test";
import { launch, open } from "./lib/browser.mjs";
import { play } from "./lib/movie.mjs";
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

    const movie = await play(browser, await readFile(join(folder, name)));
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
      const movie = await play(browser, torn).catch((error) => Promise.reject(new Error(`${torn.length} of ${file.length} bytes, fragments at ${moofs}: ${error.message}`)));
      assert.ok(movie.duration > 0.5 && movie.colours > 10, JSON.stringify(movie));
    }
  } finally {
    await server.kill();
  }
});
