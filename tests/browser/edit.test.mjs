// Edits and the inspector: by eye, by menu, by key, by value; for all who watch; never in the user's files.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, it } from "node:test";
import { launch, open, say, stillPicture, videoPixels } from "./lib/browser.mjs";
import { changed } from "./lib/pictures.mjs";
import { serve, stage } from "./lib/server.mjs";

const FILES = ["editable.usda", "editable_load.usda"].map(stage);
const files = FILES.map((file) => readFileSync(file));
let browser, server, page, other, first;
before(async () => {
  browser = await launch();
  server = await serve([FILES[0]]);
  page = await open(browser, server.url);
  other = await open(browser, server.url);
  await page.locator("#surface").focus();
  await page.keyboard.press("b");
  await line(page, "World").waitFor();
  await line(page, "Box").waitFor();
  first = await rest(page);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const line = (page, name) => page.getByRole("treeitem", { name });
async function rest(page) {
  await stillPicture(page);
  return videoPixels(page);
}
/** Waits until the picture rests and is as much another one than `before` as is wanted. */
async function becomes(page, before, isOther) {
  let share = 0;
  for (let tries = 0; tries < 60; tries += 1) {
    share = changed(before, await rest(page), 24);
    if (isOther ? share > 0.004 : share < 0.0005) return;
  }
  assert.fail(`${share} of the picture is another`);
}
const select = async (page, name) => {
  await line(page, name).click();
  await page.waitForFunction((name) => document.querySelector('[role="treeitem"][aria-selected="true"]')?.title.endsWith(`/${name}`), name);
};
const nothing = async (page) => {
  await page.mouse.click(640, 700);
  await page.waitForFunction(() => !document.querySelector('[role="treeitem"][aria-selected="true"]'));
};
const property = (page, name) => page.getByRole("region", { name: "Properties" }).locator("li", { has: page.getByRole("button", { name, exact: true }) });

it("hides by the eye, for all; Ctrl+Z brings it back", async () => {
  await line(page, "Box").hover();
  await line(page, "Box").locator(".eye").click();
  await becomes(page, first, true);
  await becomes(other, first, true);
  await line(page, "Box").locator('.eye[title="Show"]').waitFor();
  await page.locator("#surface").focus();
  await page.keyboard.press("Control+z");
  await becomes(page, first, false);
  await becomes(other, first, false);
  await page.keyboard.press("Control+Shift+z");
  await becomes(page, first, true);
  await page.keyboard.press("Control+z");
  await becomes(page, first, false);
});

it("what is in something hidden says so, and its eye does nothing", async () => {
  await line(page, "World").hover();
  await line(page, "World").locator(".eye").click();
  await line(page, "Box").locator('.eye[title="Hidden with what it is in"]').waitFor();
  await line(page, "Box").locator(".eye").click();
  await page.locator("#surface").focus();
  await page.keyboard.press("Control+z");
  await line(page, "Box").locator('.eye[title="Hide"]').waitFor({ state: "attached" });
  await becomes(page, first, false);
});

it("the inspector tells types, values and links, and a value is typed in place", async () => {
  await select(page, "Box");
  await page.keyboard.press("n");
  const panel = page.getByRole("region", { name: "Properties" });
  await panel.getByText("def Cube").waitFor();
  await property(page, "size").getByRole("button", { name: /^2$/ }).click();
  const field = panel.getByRole("textbox", { name: "size, double" });
  await field.fill("much");
  await field.press("Enter");
  await property(page, "size").getByRole("button", { name: /^2$/ }).click();
  await field.fill("3");
  await field.press("Enter");
  await property(page, "size").getByRole("button", { name: /^3$/ }).waitFor();
  await nothing(page);
  await becomes(page, first, true);
  await page.locator("#surface").focus();
  await page.keyboard.press("Control+z");
  await becomes(page, first, false);
});

it("a link leads to the material, whose input changes what it looks like", async () => {
  await select(page, "Sheet");
  const panel = page.getByRole("region", { name: "Properties" });
  await panel.getByText("4 points, 1 faces").waitFor();
  await property(page, "points").getByRole("button", { name: "points", exact: true }).click();
  await panel.getByText("point3f[]").first().waitFor();
  await panel.getByRole("button", { name: "/World/Grey", exact: true }).first().click();
  await panel.getByText("def Material").waitFor();
  await say(page, { event_type: "setAttributeRequest", payload: { prim_path: "/World/Grey/Surface", name: "inputs:diffuseColor", value: [0.9, 0.05, 0.05] } });
  await nothing(page);
  await becomes(page, first, true);
  await page.locator("#surface").focus();
  await page.keyboard.press("Control+z");
  await becomes(page, first, false);
});

it("variants are listed and switched", async () => {
  await select(page, "Shape");
  const form = page.getByRole("region", { name: "Properties" }).getByLabel("form");
  assert.deepEqual(await form.locator("option").allTextContents(), ["round", "square"]);
  await form.selectOption("square");
  await page.waitForFunction(() => document.querySelector("select[id='variant-form']")?.value === "square");
  await nothing(page);
  await becomes(page, first, true);
  await page.locator("#surface").focus();
  await page.keyboard.press("Control+z");
  await becomes(page, first, false);
});

it("the menu of a line deactivates and unloads; what is gone stays listed and comes back", async () => {
  await line(page, "Box").click({ button: "right" });
  await page.getByRole("menuitem", { name: "Deactivate" }).click();
  await line(page, "Box").getByText("off", { exact: true }).waitFor();
  await becomes(other, first, true);
  const names = await page.getByRole("treeitem").evaluateAll((lines) => lines.map((line) => line.title));
  assert.ok(names.indexOf("/World/Box") < names.indexOf("/World/Shape"), "in its place");
  await line(page, "Box").click({ button: "right" });
  await page.getByRole("menuitem", { name: "Activate" }).click();
  await line(page, "Box").getByText("off", { exact: true }).waitFor({ state: "detached" });
  await nothing(page);
  await becomes(other, first, false);
  await line(page, "Heavy").click({ button: "right" });
  await page.getByRole("menuitem", { name: "Unload the payload" }).click();
  await line(page, "Heavy").getByText("unloaded").waitFor();
  await becomes(other, first, true);
  await line(page, "Heavy").click({ button: "right" });
  await page.getByRole("menuitem", { name: "Load the payload" }).click();
  await line(page, "Heavy").getByText("unloaded").waitFor({ state: "detached" });
  await nothing(page);
  await becomes(other, first, false);
});

it("what cannot be edited says why; who does not drive is refused", async () => {
  await page.getByRole("tree").focus();
  await say(page, { event_type: "setVisibilityRequest", id: "edit-x", payload: { paths: ["/World/Twin/Drum"], visible: false } });
  await page.getByText(/part of an instance/).waitFor();
  const refused = await other.evaluate(() => window.heard.refused);
  await say(other, { event_type: "setVisibilityRequest", payload: { paths: ["/World/Box"], visible: false } });
  await other.waitForFunction((refused) => window.heard.refused === refused + 1, refused);
  await becomes(page, first, false);
});

it("the edits are saved as a layer, and the files are as they were", async () => {
  await say(page, { event_type: "setVisibilityRequest", payload: { paths: ["/World/Box"], visible: false } });
  await becomes(page, first, true);
  const download = page.waitForEvent("download");
  await page.keyboard.press("Control+k");
  await page.keyboard.type("edits layer");
  await page.keyboard.press("Enter");
  const text = readFileSync(await (await download).path(), "utf8");
  assert.match(text, /^#usda 1\.0/);
  assert.match(text, /visibility = "invisible"/);
  FILES.forEach((file, at) => assert.ok(readFileSync(file).equals(files[at]), `${file} is another`));
});
