// Opening stages from the page: what is there, what cannot be opened, and what the address asks for.
import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { launch, open, PATIENCE, stillPicture, videoPixels } from "./lib/browser.mjs";
import { colour } from "./lib/pictures.mjs";
import { serve, stage } from "./lib/server.mjs";

let browser;
before(async () => (browser = await launch()));
after(() => browser?.close());

const title = (page, text) => page.waitForFunction((text) => document.querySelector("header .title")?.textContent === text, text);

it("a server that cannot open its stage says why, and opens another from the list", async () => {
  const server = await serve([stage("missing.usda")]);
  const context = await browser.newContext({ viewport: { width: 1280, height: 720 } });
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE);
    await page.goto(server.url);
    await page.getByRole("heading", { name: "Cannot open missing.usda" }).waitFor();
    await page.getByRole("button", { name: "blue_cube.usda" }).click();
    await title(page, "blue_cube.usda");
    await page.locator(".veil").waitFor({ state: "detached" });
  } finally {
    await context.close();
    await server.stop();
  }
});

it("a stage that cannot be opened leaves the old one there, and the notice can be put away", async () => {
  const server = await serve([stage("red_cube.usda")]);
  try {
    const page = await open(browser, server.url);
    for (const path of ["nowhere.usda", "/etc/passwd.usda"]) {
      await page.keyboard.press("o");
      await page.getByRole("textbox").fill(path);
      await page.getByRole("button", { name: "Open", exact: true }).click();
      await page.getByRole("alert").waitFor();
      await page.getByRole("button", { name: "Put away" }).click();
      await page.getByRole("alert").waitFor({ state: "detached" });
      await title(page, "red_cube.usda");
    }
    await stillPicture(page);
    assert.ok(colour(await videoPixels(page), 0).share > 0.05);
    await page.context().close();
  } finally {
    await server.stop();
  }
});

it("the page's address may ask for a stage", async () => {
  const server = await serve([stage("red_cube.usda")]);
  try {
    const page = await open(browser, `${server.url}?stage=blue_cube.usda`);
    await title(page, "blue_cube.usda");
    await stillPicture(page);
    assert.ok(colour(await videoPixels(page), 2).share > 0.05);
    await page.context().close();
  } finally {
    await server.stop();
  }
});
