// The stage browser and the selection: by click in the picture, by tree, by key; on a stage of many prims; for all who watch.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, it } from "node:test";
import { camera, launch, open, stillPicture, videoPixels } from "./lib/browser.mjs";
import { changed } from "./lib/pictures.mjs";
import { serve, stage } from "./lib/server.mjs";

let browser, server, page;
before(async () => {
  browser = await launch();
  server = await serve([stage("shapes.usda")]);
  page = await open(browser, server.url);
  await stillPicture(page);
  await page.keyboard.press("b");
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const line = (page, name) => page.getByRole("treeitem", { name });
const selected = (page) => page.locator('[role="treeitem"][aria-selected="true"]').evaluateAll((lines) => lines.map((line) => line.title));
/** Waits until these paths, and no others, are selected in the tree. */
const selects = (page, paths) =>
  page.waitForFunction((paths) => {
    const lines = [...document.querySelectorAll('[role="treeitem"][aria-selected="true"]')];
    return lines.length === paths.length && lines.every((line) => paths.includes(line.title));
  }, paths);
/** A place where only the background is. */
const NOTHING = [1270, 400];
/** Where the middle of what a prim draws is on the page: the middle of what changes when it is outlined. */
async function middle(page, name) {
  if ((await selected(page)).length > 0) {
    const outline = await videoPixels(page);
    await page.mouse.click(...NOTHING);
    await selects(page, []);
    await outlined(page, outline);
  }
  const before = await videoPixels(page);
  await line(page, name).click();
  await outlined(page, before);
  const after = await videoPixels(page);
  let [count, across, down] = [0, 0, 0];
  for (let at = 0; at < after.data.length; at += 4) {
    if (Math.abs(after.data[at] - before.data[at]) + Math.abs(after.data[at + 2] - before.data[at + 2]) < 60) continue;
    count += 1;
    across += (at / 4) % after.width;
    down += Math.floor(at / 4 / after.width);
  }
  assert.ok(count > 50, `${name} has an outline of ${count} pixels`);
  return [across / count, down / count];
}
/** Waits until the picture is another one than `before`, and rests. */
async function outlined(page, before) {
  for (let tries = 0; tries < 100; tries += 1) {
    await stillPicture(page);
    if (changed(before, await videoPixels(page), 24) > 0.0005) return;
    await page.waitForTimeout(50);
  }
  assert.fail("no outline came");
}

it("the tree opens where the stage begins, and a prim selected there is outlined in the picture", async () => {
  await line(page, "Ball").waitFor();
  assert.equal(await line(page, "World").getAttribute("aria-expanded"), "true");
  const [x, y] = await middle(page, "Ball");
  assert.deepEqual(await selected(page), ["/World/Ball"]);

  // What is there in the picture is the same prim.
  await line(page, "World").click();
  await selects(page, ["/World"]);
  await page.mouse.click(x, y);
  await selects(page, ["/World/Ball"]);
});

it("a click into nothing clears, Ctrl takes in and out", async () => {
  const [x, y] = await middle(page, "Box");
  await page.mouse.click(...NOTHING);
  await selects(page, []);
  await page.mouse.click(x, y);
  await selects(page, ["/World/Box"]);
  await line(page, "Ball").click({ modifiers: ["Control"] });
  await selects(page, ["/World/Box", "/World/Ball"]);
  await page.keyboard.down("Control");
  await page.mouse.click(x, y);
  await page.keyboard.up("Control");
  await selects(page, ["/World/Ball"]);
});

it("others see the selection, and whoever does not drive changes nothing", async () => {
  const other = await open(browser, server.url);
  await other.keyboard.press("b");
  await line(other, "World").waitFor();
  await selects(other, ["/World/Ball"]);
  await line(page, "Box").click();
  await selects(other, ["/World/Box"]);
  await line(other, "Ball").click();
  await other.waitForFunction(() => window.heard.refused > 0);
  await selects(other, ["/World/Box"]);
  await selects(page, ["/World/Box"]);
  await other.context().close();
});

it("the tree is driven by keys alone, and F frames what is selected", async () => {
  const tree = page.getByRole("tree");
  await tree.focus();
  await page.keyboard.press("Home");
  await page.keyboard.press("ArrowLeft");
  await line(page, "Ball").waitFor({ state: "detached" });
  await page.keyboard.press("ArrowRight");
  await line(page, "Ball").waitFor();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  await selects(page, ["/World/Floor"]);
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Control+Enter");
  await selects(page, ["/World/Floor", "/World/Box"]);
  const before = await camera(page);
  await page.keyboard.press("Enter");
  await selects(page, ["/World/Box"]);
  await page.keyboard.press("f");
  await page.waitForFunction((eye) => Math.hypot(...window.heard.camera.eye.map((value, i) => value - eye[i])) > 0.5, before.eye);
});

it("a search finds prims by name and type, and says what it does not understand", async () => {
  const field = page.getByRole("textbox", { name: "Search the prims" });
  const found = page.locator(".found button");
  await field.fill("o type:c");
  await page.getByText("Nothing here fits.").waitFor();
  await field.fill("o type:cone");
  await found.first().waitFor();
  assert.deepEqual(await found.evaluateAll((rows) => rows.map((row) => row.title)), ["/World/Cone"]);
  await found.first().click();
  await field.fill("has:wings");
  await page.getByText("has:wings means nothing", { exact: false }).waitFor();
  await field.press("Escape");
  await line(page, "Cone").waitFor();
  await selects(page, ["/World/Cone"]);
});

it("ten thousand children are as many lines as fit the screen, and the last is found by a pick", async () => {
  const folder = mkdtempSync(join(tmpdir(), "telestage-many-"));
  const file = join(folder, "many.usda");
  const many = Array.from({ length: 10_000 }, (_, n) => `  def Scope "Prim_${n}" {}`).join("\n");
  writeFileSync(file, `#usda 1.0\n(defaultPrim = "World" upAxis = "Y")\ndef Xform "World"\n{\n${many}\n  def Cube "Last" {}\n}\n`);
  const big = await serve([file]);
  try {
    const page = await open(browser, big.url);
    await stillPicture(page);
    await page.keyboard.press("b");
    await line(page, "Prim_0").first().waitFor();
    const lines = await page.getByRole("treeitem").count();
    assert.ok(lines < 60, `${lines} lines in the page`);
    await page.getByRole("tree").evaluate((tree) => (tree.scrollTop = 24 * 5000));
    await line(page, "Prim_5005").waitFor();
    await page.mouse.click(640, 360);
    await selects(page, ["/World/Last"]);
    await page.context().close();
  } finally {
    await big.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});
