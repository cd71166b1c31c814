// Everything is found without a manual: palette, menu, help, first hints; by keys alone, in both themes, for everybody.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, it } from "node:test";
import axe from "axe-core";
import { launch, open, stillPicture } from "./lib/browser.mjs";
import { serve, stage } from "./lib/server.mjs";

const folder = mkdtempSync(join(tmpdir(), "telestage-help-"));
let browser, server;
before(async () => {
  // Shapes as elsewhere, with a camera to look through.
  const shapes = readFileSync(stage("shapes.usda"), "utf8");
  const end = shapes.lastIndexOf("}");
  writeFileSync(join(folder, "seen.usda"), `${shapes.slice(0, end)}def Camera "Cam" { double3 xformOp:translate = (0, 2, 12) uniform token[] xformOpOrder = ["xformOp:translate"] }\n${shapes.slice(end)}`);
  browser = await launch();
});
// A server for each: whoever leaves may keep control for a while, and the next one waits for it.
beforeEach(async () => {
  server = await serve([join(folder, "seen.usda")]);
});
afterEach(async () => {
  await Promise.all(browser.contexts().map((context) => context.close()));
  await server.stop();
});
after(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
/** What axe finds wrong, as lines. */
async function faults(page) {
  await page.evaluate(axe.source);
  // Colours on their way to others are no colours yet.
  await page.evaluate(() => Promise.allSettled(document.getAnimations().map(({ finished }) => finished)));
  const { violations } = await page.evaluate((values) => window.axe.run(document, { runOnly: { type: "tag", values }, rules: { "target-size": { enabled: true } } }), RULES);
  return violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id}: ${target.join(" ")}: ${failureSummary}`));
}
const field = (page) => page.getByRole("combobox", { name: "Search actions" });
const options = (page) => page.getByRole("option");
const complementary = (page, name) => page.getByRole("complementary", { name });
/** Waits until this element has the focus. */
const focused = (page, selector) => page.waitForFunction((selector) => document.activeElement?.matches(selector), selector);
const moves = (page, eye) => page.waitForFunction((eye) => Math.hypot(...window.heard.camera.eye.map((value, i) => value - eye[i])) > 0.05, eye);
const eye = (page) => page.evaluate(() => window.heard.camera.eye);
/** The page, once its picture rests. */
async function ready(page) {
  await stillPicture(page);
  return page;
}
/** Runs an action by its name, with keys alone. */
async function byName(page, query) {
  await page.keyboard.press("Control+K");
  await focused(page, "[role=combobox]");
  await page.keyboard.type(query);
  await page.keyboard.press("Enter");
  await field(page).waitFor({ state: "detached" });
}

it("axe finds nothing wrong, whatever is open, dark and light", async () => {
  const page = await ready(await open(browser, server.url));
  // It would notice.
  await page.evaluate(() => document.body.append(Object.assign(document.createElement("img"), { id: "bad" })));
  assert.match((await faults(page)).join(), /image-alt: #bad/);
  await page.evaluate(() => document.querySelector("#bad").remove());

  const panels = {
    "nothing but the hints": async () => complementary(page, "First steps").waitFor(),
    "stage browser": async () => {
      await byName(page, "stage browser");
      await page.getByRole("treeitem", { name: "Ball" }).waitFor();
    },
    stages: async () => {
      await byName(page, "open a stage");
      await page.getByRole("dialog", { name: "Open a stage" }).getByRole("button", { name: "seen.usda" }).waitFor();
    },
    cameras: async () => {
      await byName(page, "cameras");
      await page.getByRole("dialog", { name: "Cameras" }).waitFor();
    },
    viewers: async () => {
      await byName(page, "who is here");
      await page.getByRole("dialog", { name: "Who is here" }).waitFor();
    },
    report: async () => {
      await byName(page, "latency");
      await complementary(page, "Connection and latency").waitFor();
    },
    diagnostics: async () => {
      await byName(page, "diagnostics");
      await complementary(page, "Diagnostics").waitFor();
    },
    help: async () => {
      await byName(page, "help");
      await complementary(page, "Hands and keys").waitFor();
    },
    menu: async () => {
      await byName(page, "all actions");
      await page.getByRole("menu").waitFor();
    },
    palette: async () => {
      await page.keyboard.press("Escape");
      await page.keyboard.press("Control+K");
      await field(page).fill("camera");
    },
  };
  for (const theme of ["dark", "light"]) {
    for (const [name, show] of Object.entries(panels)) {
      await show();
      assert.deepEqual(await faults(page), [], `${name}, ${theme}`);
    }
    // The palette, then the panel under it.
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");
    if (theme === "dark") {
      await byName(page, "stage browser");
      await byName(page, "light theme");
      assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), "light");
    }
  }
});

it("axe finds nothing wrong where two people are, nor where no stage is open", async () => {
  const ada = await ready(await open(browser, server.url));
  await ada.keyboard.press("ArrowRight");
  const bob = await open(browser, server.url);
  await bob.getByRole("status", { name: "Control" }).getByText("drives", { exact: false }).waitFor();
  await bob.keyboard.press("v");
  await bob.getByRole("button", { name: "Take control" }).waitFor();
  assert.deepEqual(await faults(bob), []);

  const idle = await serve(["--asset-root", folder]);
  try {
    const page = await browser.newPage();
    await page.goto(idle.url);
    await page.getByRole("button", { name: "seen.usda" }).waitFor();
    assert.deepEqual(await faults(page), []);
    await byName(page, "light theme");
    assert.deepEqual(await faults(page), []);
  } finally {
    await idle.stop();
  }
});

it("the focus goes through everything in its order and is always seen, and nothing moves for whoever wants that", async () => {
  const page = await ready(await open(browser, server.url));
  await page.keyboard.press("b");
  await page.getByRole("treeitem", { name: "Ball" }).waitFor();
  await page.keyboard.press("?");
  await complementary(page, "Hands and keys").waitFor();
  const stops = [];
  for (let count = 0; count < 20; count += 1) {
    await page.keyboard.press("Tab");
    const { name, isSeen } = await page.evaluate(() => {
      const { outlineStyle, boxShadow } = getComputedStyle(document.activeElement);
      const { ariaLabel, title, id } = document.activeElement;
      return { name: ariaLabel ?? (title.split("\n")[0] || id), isSeen: outlineStyle !== "none" || boxShadow !== "none" };
    });
    assert.ok(isSeen, `the focus on ${name} is not seen`);
    stops.push(name);
  }
  const order = ["Viewport: drag to orbit, arrow keys turn", "Stage browser", "Search actions (Ctrl+K)", "All actions", "Connection and latency (L)", "Close the stage browser", "Search the prims", "Prims", "Close"];
  assert.deepEqual(stops.filter((name) => order.includes(name)), order);

  const button = page.getByRole("button", { name: "Frame all", exact: true });
  const moves = () => button.evaluate((button) => parseFloat(getComputedStyle(button).transitionDuration));
  assert.ok((await moves()) > 0.1);
  await page.emulateMedia({ reducedMotion: "reduce" });
  assert.ok((await moves()) < 0.01);
});

it("the palette finds every action by a few letters, runs it, says why it cannot, and gives the keys back", async () => {
  const page = await ready(await open(browser, server.url));
  await page.keyboard.press("Control+K");
  await field(page).waitFor();
  assert.ok((await options(page).count()) > 30);
  await page.keyboard.type("fa");
  const current = page.locator('[role=option][aria-selected="true"]');
  assert.match(await current.innerText(), /Frame all[^]*A$/);
  const marked = await field(page).getAttribute("aria-activedescendant");
  assert.equal(await current.getAttribute("id"), marked);
  await page.keyboard.press("ArrowDown");
  assert.notEqual(await field(page).getAttribute("aria-activedescendant"), marked);
  await page.keyboard.press("Escape");
  await field(page).waitFor({ state: "detached" });
  await focused(page, "#surface");

  await page.keyboard.press("Meta+K");
  await field(page).fill("clear sel");
  assert.match(await current.innerText(), /Clear the selection[^]*Nothing is selected/);
  assert.equal(await current.getAttribute("aria-disabled"), "true");
  await page.keyboard.press("Enter");
  await field(page).fill("xyzzy");
  await page.getByText("No action is called like this.").waitFor();
  await field(page).fill("orbit right");
  const before = await eye(page);
  await page.keyboard.press("Enter");
  await field(page).waitFor({ state: "detached" });
  await moves(page, before);
  await focused(page, "#surface");

  await page.getByRole("button", { name: "Search actions" }).click();
  await field(page).waitFor();
  // The key that opens it closes it.
  await page.keyboard.press("Control+K");
  await field(page).waitFor({ state: "detached" });
  await focused(page, "#surface");
});

it("the menu has every action by group, and is driven by keys alone", async () => {
  const page = await ready(await open(browser, server.url));
  const button = page.getByRole("button", { name: "All actions" });
  await button.focus();
  await page.keyboard.press("Enter");
  const menu = page.getByRole("menu");
  await menu.waitFor();
  assert.deepEqual(await menu.getByRole("group").evaluateAll((groups) => groups.map((group) => group.ariaLabel)), ["View", "Look", "Camera", "Selection", "Edit", "Time", "Stage", "Panels", "Session", "Move", "Help"]);
  assert.equal(await button.getAttribute("aria-expanded"), "true");
  const here = () => page.evaluate(() => document.activeElement.dataset.title);
  assert.equal(await here(), "Light theme");
  await page.keyboard.press("ArrowDown");
  assert.equal(await here(), "Shaded");
  await page.keyboard.press("End");
  assert.equal(await here(), "Show the first steps");
  await page.keyboard.press("ArrowDown");
  assert.equal(await here(), "Light theme");
  await page.keyboard.press("d");
  assert.equal(await here(), "Darker by half a stop");
  await page.keyboard.press("c");
  const unavailable = page.getByRole("menuitem", { name: "Clear the selection" });
  assert.equal(await unavailable.getAttribute("aria-disabled"), "true");
  await unavailable.focus();
  await page.keyboard.press("Enter");
  assert.equal(await menu.count(), 1, "what cannot be done does nothing");
  await page.keyboard.press("Escape");
  await menu.waitFor({ state: "detached" });
  await focused(page, '[aria-label="All actions"]');

  await page.keyboard.press("Enter");
  await page.getByRole("menuitemcheckbox", { name: "Diagnostics" }).focus();
  await page.keyboard.press("Enter");
  await menu.waitFor({ state: "detached" });
  await complementary(page, "Diagnostics").waitFor();
  await focused(page, "[aria-label=Diagnostics]");
  // Elsewhere is the way out, the button another.
  await button.click();
  await menu.waitFor();
  await button.click();
  await menu.waitFor({ state: "detached" });
  await button.click();
  await page.mouse.click(640, 400);
  await menu.waitFor({ state: "detached" });
});

it("a key is remapped where keys are shown, conflicts are told, and a reload forgets nothing", async () => {
  const page = await ready(await open(browser, server.url));
  const help = complementary(page, "Hands and keys");
  await page.keyboard.press("?");
  await help.getByText("Left drag, Alt + left drag").waitFor();
  const row = (title) => help.getByRole("button", { name: new RegExp(`key of ${title}:`) });
  await row("Frame all").focus();
  await page.keyboard.press("Enter");
  await help.getByText("Press a key", { exact: true }).waitFor();
  await page.keyboard.press("Control+G");
  await help.getByRole("status").getByText("cannot be chosen", { exact: false }).waitFor();
  await page.keyboard.press("t");
  await help.getByText("T is the key of “Light theme”.").waitFor();
  await help.getByRole("button", { name: "Leave it" }).focus();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Enter");
  await page.keyboard.press("k");
  await help.getByRole("status").getByText("“Frame all” has the key K now.").waitFor();
  await row("Orbit left").focus();
  await page.keyboard.press("Enter");
  await page.keyboard.press("t");
  await page.keyboard.press("Enter");
  await help.getByRole("status").getByText("“Orbit left” has the key T now.").waitFor();
  assert.match(await row("Light theme").getAttribute("aria-label"), /none$/);

  await page.reload();
  await ready(page);
  assert.match(await page.getByRole("button", { name: "Frame all" }).getAttribute("title"), /\(K\)$/);
  let before = await eye(page);
  await page.keyboard.press("t");
  await moves(page, before);
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), "dark");
  for (let notch = 0; notch < 6; notch += 1) await page.keyboard.press("+");
  await stillPicture(page);
  before = await eye(page);
  await page.keyboard.press("a");
  await page.keyboard.press("k");
  await moves(page, before);

  // Off, they do nothing; the rest goes on.
  await byName(page, "single keys");
  await page.keyboard.press("b");
  await page.keyboard.press("?");
  await byName(page, "reset all keys");
  assert.match(await page.getByRole("button", { name: "Frame all" }).getAttribute("title"), /\(A\)$/);
  assert.equal(await page.getByRole("tree").count(), 0);
  assert.equal(await help.count(), 0);
  await page.keyboard.press("b");
  await page.getByRole("tree").waitFor();
});

it("single keys do nothing while somebody types or a list has the focus, Ctrl+K does", async () => {
  const page = await ready(await open(browser, server.url));
  await page.keyboard.press("/");
  await focused(page, '[aria-label="Search the prims"]');
  await page.keyboard.type("tlcB?");
  assert.equal(await page.getByRole("textbox", { name: "Search the prims" }).inputValue(), "tlcB?");
  await page.getByRole("textbox", { name: "Search the prims" }).fill("");
  await page.getByRole("tree").focus();
  for (const key of ["t", "l", "c", "?"]) await page.keyboard.press(key);
  await page.getByRole("button", { name: "Frame all" }).focus();
  for (const key of ["t", "l", "c", "?"]) await page.keyboard.press(key);
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), "dark");
  assert.equal(await complementary(page, "Connection and latency").count(), 0);
  assert.equal(await page.getByRole("dialog").count(), 0);
  assert.equal(await complementary(page, "Hands and keys").count(), 0);
  await page.getByRole("textbox", { name: "Search the prims" }).focus();
  await page.keyboard.press("Control+K");
  await focused(page, "[role=combobox]");
  await page.keyboard.press("Escape");
  await focused(page, '[aria-label="Search the prims"]');
});

it("what is done leaves the page: the picture as a file, a path on the clipboard", async () => {
  const page = await ready(await open(browser, server.url));
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  const [download] = await Promise.all([page.waitForEvent("download"), page.keyboard.press("Shift+S")]);
  assert.equal(download.suggestedFilename(), "seen.usda.png");
  const file = readFileSync(await download.path());
  assert.equal(file.toString("latin1", 1, 4), "PNG");

  await page.keyboard.press("Shift+C");
  const word = page.getByRole("status", { name: "What was done" });
  await word.getByText("Copy the path: Nothing is selected.").waitFor();
  await byName(page, "search prims");
  await page.keyboard.insertText("cone");
  await page.locator('.found button[title="/World/Cone"]').waitFor();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.locator(".found button.selected").waitFor();
  await byName(page, "copy path");
  await word.getByText("Copied /World/Cone").waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), "/World/Cone");
  // Over plain http there is no clipboard: the old way is taken.
  await page.evaluate(() => Object.defineProperty(navigator, "clipboard", { value: undefined }));
  await page.evaluate(() => addEventListener("copy", () => (window.copied = document.activeElement.value)));
  await byName(page, "copy connection report");
  await word.getByText("Copied the connection report").waitFor();
  assert.match(await page.evaluate(() => window.copied), /^Telestage connection report/);
});

it("the first hints are put away for good, and are there for whoever wants them back", async () => {
  const page = await ready(await open(browser, server.url));
  const hints = complementary(page, "First steps");
  await hints.getByText("finds everything", { exact: false }).waitFor();
  await hints.getByRole("button", { name: "Got it" }).focus();
  await page.keyboard.press("Enter");
  await hints.waitFor({ state: "detached" });
  await page.reload();
  await ready(page);
  assert.equal(await hints.count(), 0);
  await byName(page, "first steps");
  await hints.waitFor();
});

it("a stage is explored with keys alone: browse, search, select, frame, look through a camera, close", async () => {
  const page = await ready(await open(browser, server.url));
  await byName(page, "stage browser");
  await focused(page, '[aria-label="Stage browser"]');
  await page.getByRole("treeitem", { name: "Ball" }).waitFor();
  await byName(page, "search prims");
  await focused(page, '[aria-label="Search the prims"]');
  await page.keyboard.insertText("cone");
  await page.locator(".found button").first().waitFor();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.locator('.found button.selected[title="/World/Cone"]').waitFor();
  let before = await eye(page);
  await page.keyboard.press("f");
  await moves(page, before);
  await stillPicture(page);
  before = await eye(page);
  await byName(page, "look through cam");
  await page.waitForFunction(() => window.heard.camera.path !== null);
  await byName(page, "stage browser");
  await page.getByRole("tree").waitFor({ state: "detached" });
  await focused(page, "#surface");
  await byName(page, "clear selection");
  await page.keyboard.press("Control+K");
  await field(page).fill("copy path");
  await page.getByText("Nothing is selected").first().waitFor();
});
