// A server that is killed and comes back, and one that cannot be reached: the page copes without a reload.
import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { camera, drag, firstPicture, launch, open, stillPicture, videoPixels, PATIENCE } from "./lib/browser.mjs";
import { colour, ssim } from "./lib/pictures.mjs";
import { children, serve, stage } from "./lib/server.mjs";

let browser;
before(async () => (browser = await launch()));
after(() => browser?.close());

it("a killed server is noticed, its last picture stays, and picture, stage and camera come back by themselves", async () => {
  const args = [stage("shapes.usda")];
  let server = await serve(args);
  try {
    const page = await open(browser, server.url);
    await drag(page, 150, -50);
    const end = await camera(page);
    const before = await videoPixels(page);
    await page.evaluate(() => (window.loadedOnce = true));

    await server.kill();
    await page.getByRole("heading", { name: "Reconnecting" }).waitFor();
    const still = page.locator("#still");
    assert.equal(await still.isVisible(), true);
    assert.deepEqual(await still.evaluate(({ width, height }) => [width, height]), [1280, 720]);

    await page.evaluate(() => (window.heard.camera = window.heard.info = null));
    server = await serve(args, { port: server.port });
    await firstPicture(page);
    await page.waitForFunction((eye) => window.heard.camera && Math.hypot(...window.heard.camera.eye.map((value, i) => value - eye[i])) < 1e-4, end.eye);
    await stillPicture(page);
    assert.equal(await page.evaluate(() => window.loadedOnce), true);
    assert.equal(await still.isVisible(), false);
    const likeness = ssim(before, await videoPixels(page));
    assert.ok(likeness >= 0.95, `structural similarity ${likeness}`);
    await page.context().close();
  } finally {
    await server.stop();
  }
});

it("a server that is told to stop says so, and is found again when it is back", async () => {
  const args = [stage("red_cube.usda")];
  let server = await serve(args);
  try {
    const page = await open(browser, server.url);
    const ended = server.stop();
    await page.getByText("The server was stopped.").waitFor();
    assert.deepEqual(await ended, { code: 0, signal: null });
    await page.evaluate(() => (window.heard.camera = window.heard.info = null));
    server = await serve(args, { port: server.port });
    await firstPicture(page);
    await page.context().close();
  } finally {
    await server.stop();
  }
});

it("a stage that the user opened is opened again on a server that was started with another", async () => {
  const args = [stage("red_cube.usda")];
  let server = await serve(args);
  try {
    const page = await open(browser, server.url);
    await page.keyboard.press("o");
    await page.getByRole("button", { name: "up_y.usda" }).click();
    await page.getByRole("button", { name: /up_y\.usda/ }).first().waitFor();
    await camera(page);

    await server.kill();
    await page.getByRole("heading", { name: "Reconnecting" }).waitFor();
    await page.evaluate(() => (window.heard.camera = window.heard.info = null));
    server = await serve(args, { port: server.port });
    await firstPicture(page);
    await page.waitForFunction(() => document.querySelector("header .title")?.textContent === "up_y.usda");
    await page.context().close();
  } finally {
    await server.stop();
  }
});

it("a scene process that is killed is told, the picture stays, and the next open works", { skip: process.platform !== "linux" }, async () => {
  const server = await serve([stage("red_cube.usda")]);
  try {
    const page = await open(browser, server.url);
    const workers = await children(server.pid);
    assert.equal(workers.length, 1, "one process for the one open stage");
    process.kill(workers[0], "SIGKILL");
    await page.getByRole("alert").waitFor();
    assert.match(await page.getByRole("alert").innerText(), /process that read/);
    assert.equal(await page.locator("header .title").innerText(), "red_cube.usda");
    await page.keyboard.press("o");
    await page.getByRole("button", { name: "blue_cube.usda" }).click();
    await page.waitForFunction(() => document.querySelector("header .title")?.textContent === "blue_cube.usda");
    await stillPicture(page);
    assert.ok(colour(await videoPixels(page), 2).share > 0.05);
    await page.context().close();
  } finally {
    await server.stop();
  }
});

it("a page without a server says which hop failed, why, and what to do", async () => {
  const server = await serve([stage("red_cube.usda")]);
  const context = await browser.newContext({ viewport: { width: 1280, height: 720 } });
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE);
    await page.route("**/whep", (route) => route.abort("connectionrefused"));
    await page.goto(server.url);
    await page.getByRole("heading", { name: "The server does not answer" }).waitFor();
    assert.match(await page.locator("li.failed").innerText(), /Reach host/);
    await page.unroute("**/whep");
    await page.locator("section").waitFor({ state: "detached" });
  } finally {
    await context.close();
    await server.stop();
  }
});
