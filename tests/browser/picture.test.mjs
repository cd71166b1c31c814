// The picture: it plays, it is the stage's, in the right colours and the right way up.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { camera, filePixels, launch, open, stillPicture, videoPixels } from "./lib/browser.mjs";
import { colour, ssim } from "./lib/pictures.mjs";
import { shotAt } from "./lib/probe.mjs";
import { serve, stage } from "./lib/server.mjs";

let browser;
before(async () => (browser = await launch()));
after(() => browser?.close());

/** What the browser shows of a stage, finished. */
async function shown(name) {
  const server = await serve([stage(name)]);
  try {
    const page = await open(browser, server.url);
    await stillPicture(page);
    const picture = await videoPixels(page);
    await page.context().close();
    return picture;
  } finally {
    await server.stop();
  }
}

it("the video plays: a moving source keeps moving", async () => {
  const server = await serve(["--source", "pattern"]);
  try {
    const page = await open(browser, server.url);
    const frames = () => page.evaluate(() => document.querySelector("video").getVideoPlaybackQuality().totalVideoFrames);
    const first = await frames();
    await page.waitForFunction((first) => document.querySelector("video").getVideoPlaybackQuality().totalVideoFrames > first + 30, first);
    assert.deepEqual(await page.evaluate(() => [document.querySelector("video").videoWidth, document.querySelector("video").videoHeight]), [1280, 720]);
    assert.equal(await page.locator(".veil").count(), 0, "nothing lies over a source that has no stage");
    await page.context().close();
  } finally {
    await server.stop();
  }
});

it("the video is what shot draws of the same stage through the same camera", async () => {
  const server = await serve([stage("shapes.usda")]);
  try {
    const page = await open(browser, server.url);
    const seen = await camera(page);
    const [video, shot] = [await videoPixels(page), await filePixels(page, await shotAt(stage("shapes.usda"), seen))];
    const likeness = ssim(video, shot);
    assert.ok(likeness >= 0.95, `structural similarity ${likeness}`);
    await page.context().close();
  } finally {
    await server.stop();
  }
});

describe("colours", () => {
  it("a red cube is red", async () => {
    const picture = await shown("red_cube.usda");
    assert.ok(colour(picture, 0).share > 0.05, JSON.stringify(colour(picture, 0)));
    assert.ok(colour(picture, 2).share < 0.001, JSON.stringify(colour(picture, 2)));
  });

  it("a blue cube is blue", async () => {
    const picture = await shown("blue_cube.usda");
    assert.ok(colour(picture, 2).share > 0.05, JSON.stringify(colour(picture, 2)));
    assert.ok(colour(picture, 0).share < 0.001, JSON.stringify(colour(picture, 0)));
  });
});

for (const axis of ["y", "z"]) {
  it(`up is up where ${axis.toUpperCase()} is`, async () => {
    const picture = await shown(`up_${axis}.usda`);
    const [below, onTop] = [colour(picture, 0), colour(picture, 1)];
    assert.ok(onTop.share > 0.01 && below.share > 0.01, JSON.stringify({ below, onTop }));
    assert.ok(onTop.y < below.y - 0.1, `the upper cube is at ${onTop.y}, the lower at ${below.y}`);
    assert.ok(Math.abs(onTop.x - below.x) < 0.1, `the cubes stand over each other: ${onTop.x}, ${below.x}`);
  });
}
