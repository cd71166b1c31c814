// Several people at one stage: control goes from hand to hand, views of one's own, and coming back after a loss.
import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { camera, drag, launch, open, stillPicture, videoPixels } from "./lib/browser.mjs";
import { changed, ssim } from "./lib/pictures.mjs";
import { serve, stage } from "./lib/server.mjs";

let browser, server;
before(async () => {
  browser = await launch();
  server = await serve([stage("shapes.usda")]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const at = (name) => `${server.url}?name=${name}`;
const distance = (a, b) => Math.hypot(...a.map((value, i) => value - b[i]));
const bar = (page) => page.getByRole("status", { name: "Control" });
const press = (page, name) => page.getByRole("button", { name, exact: true }).click();
/** Waits until the camera that this page sees is another one. */
const moves = (page, eye) => page.waitForFunction((eye) => Math.hypot(...window.heard.camera.eye.map((value, i) => value - eye[i])) > 0.05, eye);

it("control goes from hand to hand, and everybody sees who drives", async () => {
  const ada = await open(browser, at("Ada"));
  const bob = await open(browser, at("Bob"));
  await bar(bob).getByText("Ada drives").waitFor();
  const start = await camera(bob);

  await drag(bob, 150, 30);
  await bob.waitForFunction(() => window.heard.refused === 1);
  assert.ok(distance((await camera(bob)).eye, start.eye) < 1e-9, "whoever only watches moves nothing");
  assert.equal(await bob.getByRole("alert").count(), 0, "and is not shouted at");

  await press(bob, "Ask for control");
  await bar(ada).getByText("Bob asks for control").waitFor();
  await press(ada, "Give");
  await bar(ada).getByText("Bob drives").waitFor();
  await drag(bob, 150, 30);
  await moves(ada, start.eye);
  const mine = await camera(ada);
  await drag(ada, -150, 0);
  await ada.waitForFunction(() => window.heard.refused === 1);
  assert.ok(distance((await camera(ada)).eye, mine.eye) < 1e-9);

  // Who has control can keep it.
  await press(ada, "Ask for control");
  await bar(bob).getByText("Ada asks for control").waitFor();
  await bob.getByRole("button", { name: /^Keep/ }).click();
  await ada.getByRole("button", { name: "Ask for control" }).waitFor();

  // Who leaves gives it back.
  await bob.context().close();
  await bar(ada).waitFor({ state: "detached" });
  await drag(ada, -150, 0);
  await moves(ada, mine.eye);
  await ada.context().close();
});

it("a view of one's own moves alone, and the shared one is still there afterwards", async () => {
  const ada = await open(browser, at("Ada"));
  const bob = await open(browser, at("Bob"));
  const shared = await camera(ada);
  await stillPicture(bob);
  const before = await videoPixels(bob);
  await press(bob, "Own view");
  await bar(bob).getByText("Your own view").waitFor();
  assert.ok(ssim(before, await videoPixels(bob)) > 0.95, "it begins where the shared one is");
  await drag(bob, 200, 40);
  const own = await camera(bob);
  assert.ok(distance(own.eye, shared.eye) > 0.5);
  const seen = await videoPixels(bob);
  assert.ok(changed(before, seen) > 0.05, "and its picture follows its own hand");
  assert.ok(distance((await camera(ada)).eye, shared.eye) < 1e-9, "nobody else's does");

  // Both at once, each its own.
  await drag(ada, -120, 0);
  const theirs = await camera(ada);
  assert.ok(distance(theirs.eye, shared.eye) > 0.3);
  assert.ok(distance((await camera(bob)).eye, own.eye) < 1e-9);

  await press(bob, "Back to the shared view");
  await bar(bob).getByText("Ada drives").waitFor();
  await bob.waitForFunction((eye) => Math.hypot(...window.heard.camera.eye.map((value, i) => value - eye[i])) < 1e-6, theirs.eye);
  await stillPicture(bob);
  await stillPicture(ada);
  assert.ok(ssim(await videoPixels(ada), await videoPixels(bob)) > 0.95);
  await ada.context().close();
  await bob.context().close();
});

it("a page that loses its connection finds its own view and its name again", async () => {
  const ada = await open(browser, at("Ada"));
  const bob = await open(browser, at("Bob"));
  await press(bob, "Own view");
  await bar(bob).getByText("Your own view").waitFor();
  await drag(bob, 200, 40);
  const own = await camera(bob);
  await bob.evaluate(() => window.heard.control.close());
  await bob.waitForFunction(() => window.heard.welcomes === 2);
  await bar(bob).getByText("Your own view").waitFor();
  assert.ok(distance((await camera(bob)).eye, own.eye) < 1e-9);
  await ada.keyboard.press("v");
  await ada.getByRole("dialog", { name: "Who is here" }).getByText("Bob", { exact: true }).waitFor();
  assert.equal(await ada.getByRole("dialog").locator("li").count(), 2, "and is there once");
  await ada.context().close();
  await bob.context().close();
});

it("a page that is hidden gets no pictures, and the newest one when it is seen again", async () => {
  const ada = await open(browser, at("Ada"));
  const bob = await open(browser, at("Bob"));
  const frames = () => bob.evaluate(() => document.querySelector("video").getVideoPlaybackQuality().totalVideoFrames);
  const show = (state) =>
    bob.evaluate((state) => {
      Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }, state);
  await stillPicture(bob);
  await show("hidden");
  await bob.waitForFunction(() => window.heard.view?.result === "success");
  const count = await frames();
  const start = await camera(ada);
  await drag(ada, 180, 0);
  await moves(ada, start.eye);
  await stillPicture(ada);
  assert.equal(await frames(), count, "nothing came while nobody looked");
  await show("visible");
  await bob.waitForFunction((count) => document.querySelector("video").getVideoPlaybackQuality().totalVideoFrames > count, count);
  await stillPicture(bob);
  assert.ok(ssim(await videoPixels(ada), await videoPixels(bob)) > 0.95);
  await ada.context().close();
  await bob.context().close();
});
