// How pictures look is everybody's: changed by one, seen by all, there again after a restart; what makes no sense is refused.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, it } from "node:test";
import axe from "axe-core";
import { filePixels, launch, open, say, stillPicture } from "./lib/browser.mjs";
import { changed } from "./lib/pictures.mjs";
import { serve, stage } from "./lib/server.mjs";

const folder = mkdtempSync(join(tmpdir(), "telestage-looks-"));
const file = join(folder, "server.toml");
const OWN = "# mine\nfps = 60\n";
let browser, server;
before(async () => (browser = await launch()));
// A server for each: whoever leaves may keep control for a while, and the next one waits for it.
beforeEach(async () => {
  writeFileSync(file, OWN);
  server = await start();
});
afterEach(async () => {
  await Promise.all(browser.contexts().map((context) => context.close()));
  await server.stop();
});
after(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});
const start = (args = [stage("shapes.usda")]) => serve([...args, "--settings", file]);

/** Keeps what the server says about how pictures look. */
function listen() {
  window.looks = { settings: null, aov: null, errors: [], changes: 0, frame: -1 };
  const create = RTCPeerConnection.prototype.createDataChannel;
  RTCPeerConnection.prototype.createDataChannel = function (...args) {
    const channel = create.apply(this, args);
    channel.addEventListener("message", ({ data }) => {
      const { event_type, payload } = JSON.parse(data);
      if (event_type === "renderSettingsChanged") {
        window.looks.settings = payload;
        window.looks.changes += payload.applied ? 1 : 0;
        if (payload.applied) window.looks.frame = window.heard.info?.frame;
      }
      if (event_type === "activeAOVState") {
        window.looks.aov = payload;
        if (payload.result === "success" && payload.active !== payload.previous) window.looks.frame = window.heard.info?.frame;
      }
      if (event_type === "viewerError") window.looks.errors.push(payload);
    });
    return channel;
  };
}
const view = async () => {
  const page = await open(browser, server.url, { prepare: listen });
  await stillPicture(page);
  return page;
};
/** Waits until a picture shows what was said last, and rests: each change is drawn twice at least, moving and at rest. */
async function seen(page) {
  await page.waitForFunction(() => window.heard.info?.frame > window.looks.frame);
  await stillPicture(page);
}
/** Waits until the server has said that this holds, and it is seen. */
async function holds(page, key, value) {
  await page.waitForFunction(([key, value]) => window.looks.settings?.settings.find((row) => row.key === key)?.value === value, [key, value]);
  await seen(page);
}
async function shows(page, aov) {
  await page.waitForFunction((aov) => window.looks.aov?.active === aov, aov);
  await seen(page);
}
/** The picture that the server has now. */
async function picture(page, query = "") {
  const answer = await fetch(`${server.url}snapshot.png${query}`);
  assert.equal(answer.status, 200);
  return filePixels(page, Buffer.from(await answer.arrayBuffer()));
}
const panel = (page) => page.getByRole("complementary", { name: "Settings" });
const openPanel = async (page) => {
  await page.getByRole("button", { name: "Settings", exact: true }).click();
  await panel(page).waitFor();
};
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
async function faults(page) {
  await page.evaluate(axe.source);
  await page.evaluate(() => Promise.allSettled(document.getAnimations().map(({ finished }) => finished)));
  const { violations } = await page.evaluate((values) => window.axe.run(document, { runOnly: { type: "tag", values }, rules: { "target-size": { enabled: true } } }), RULES);
  return violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id}: ${target.join(" ")}: ${failureSummary}`));
}

it("each way of shading and each plane is another picture, by menu and by key", async () => {
  const page = await view();
  const pictures = { shaded: await picture(page) };
  const menu = page.getByRole("dialog", { name: "Shading and AOV" });
  for (const [name, key] of [["Wireframe", "wireframe"], ["Shaded wireframe", "shaded_wireframe"], ["Points", "points"]]) {
    await page.getByRole("button", { name: "Shading and AOV" }).click();
    await menu.getByRole("button", { name, exact: true }).click();
    await holds(page, "shading", key);
    pictures[key] = await picture(page);
  }
  for (const [name, aov] of [["Depth", "depth"], ["Normals", "normal"], ["Prims by colour", "id"]]) {
    await page.getByRole("button", { name: "Shading and AOV" }).click();
    await menu.getByRole("button", { name, exact: true }).click();
    await shows(page, aov);
    pictures[aov] = await picture(page);
  }
  const names = Object.keys(pictures);
  for (const a of names) for (const b of names) if (a < b) assert.ok(changed(pictures[a], pictures[b]) > 0.005, `${a} and ${b} differ by ${changed(pictures[a], pictures[b])}`);
  // Surfaces are back by one key, whatever plane was shown.
  await page.locator("#surface").focus();
  await page.keyboard.press("6");
  await holds(page, "shading", "shaded");
  await shows(page, "color");
  assert.ok(changed(await picture(page), pictures.shaded) < 0.001);
});

it("what one changes in the panel, all see, in picture and panel; who does not drive is refused", async () => {
  const [page, other] = [await view(), await view()];
  const before = await picture(page);
  await openPanel(page);
  await openPanel(other);
  await panel(page).getByRole("switch", { name: "Grid" }).check();
  await panel(page).getByRole("combobox", { name: "Background" }).selectOption("white");
  const slider = panel(page).getByRole("slider", { name: "Exposure" });
  await slider.focus();
  for (let step = 0; step < 4; step += 1) await page.keyboard.press("ArrowRight");
  for (const one of [page, other]) {
    await holds(one, "exposure", 1);
    await holds(one, "grid", true);
    assert.equal(await panel(one).getByRole("combobox", { name: "Background" }).inputValue(), "white");
    assert.equal(await panel(one).getByRole("switch", { name: "Grid" }).isChecked(), true);
  }
  const bright = await picture(page);
  assert.ok(changed(before, bright) > 0.5);
  const refused = await other.evaluate(() => window.heard.refused);
  await panel(other).getByRole("switch", { name: "Guide purpose" }).click();
  await other.waitForFunction((refused) => window.heard.refused === refused + 1, refused);
  await other.waitForFunction(() => !document.querySelector("#setting-purpose_guide").checked);
  await panel(page).getByRole("button", { name: "Reset all to defaults" }).click();
  await holds(other, "background", "stage");
  await holds(other, "exposure", 0);
  assert.ok(changed(before, await picture(page)) < 0.001, "as it was");
});

it("holds after a restart, in a file whose other lines stay; nothing is kept of what is as it was made", async () => {
  const page = await view();
  await say(page, { event_type: "setRenderSettingRequest", payload: { key: "shading", value: "wireframe" } });
  await say(page, { event_type: "setRenderSettingRequest", payload: { key: "exposure", value: -1.5 } });
  await holds(page, "exposure", -1.5);
  const before = await picture(page);
  await server.stop();
  const text = readFileSync(file, "utf8");
  assert.ok(text.startsWith(OWN) && text.includes('shading = "wireframe"') && text.includes("exposure = -1.5"), text);
  server = await start();
  const again = await view();
  await holds(again, "shading", "wireframe");
  assert.ok(changed(before, await picture(again)) < 0.001, "the same picture");
  await openPanel(again);
  await panel(again).getByRole("button", { name: "Reset Shading" }).click();
  await panel(again).getByRole("button", { name: "Reset Exposure" }).click();
  await holds(again, "shading", "shaded");
  await holds(again, "exposure", 0);
  await server.stop();
  assert.equal(readFileSync(file, "utf8"), OWN);
  server = await start();
});

it("a picture with fewer pixels has the same size and looks the same from afar", async () => {
  const page = await view();
  const whole = await picture(page);
  await say(page, { event_type: "setRenderSettingRequest", payload: { key: "resolution_scale", value: 0.3 } });
  await holds(page, "resolution_scale", 0.3);
  const coarse = await picture(page);
  assert.deepEqual([coarse.width, coarse.height], [whole.width, whole.height]);
  const share = changed(whole, coarse);
  assert.ok(share > 0.0005 && share < 0.15, `${share} is another`);
  await say(page, { event_type: "setRenderSettingRequest", payload: { key: "resolution_scale", value: 1 } });
  await holds(page, "resolution_scale", 1);
  assert.equal(changed(whole, await picture(page)), 0);
});

it("unknown keys and senseless values are refused with what there is, and change nothing", async () => {
  const page = await view();
  const before = await picture(page);
  const wrong = [{ key: "shaders", value: 1 }, { key: "shading", value: "plaid" }, { key: "grid", value: 1 }, { key: "exposure", value: 99 }, { key: "samples", value: 1.5 }, { key: "grid" }, { key: "grid", value: [] }, {}];
  for (const payload of wrong) await say(page, { event_type: "setRenderSettingRequest", payload });
  await page.waitForFunction((count) => window.looks.errors.length === count, wrong.length);
  const [unknown, choice] = await page.evaluate(() => window.looks.errors);
  assert.equal(unknown.code, "not_found");
  assert.match(unknown.message, /shaders.*shading, purpose_render/);
  assert.match(choice.message, /shaded, wireframe, shaded_wireframe, points/);
  await say(page, { event_type: "changeAOVRequest", payload: { name: "beauty" } });
  await page.waitForFunction(() => window.looks.aov?.result === "error");
  assert.equal(await page.evaluate(() => window.looks.changes), 0);
  assert.equal(changed(before, await picture(page)), 0);
  await say(page, { event_type: "changeAOVRequest", payload: { name: "normal" } });
  await shows(page, "normal");
});

it("the test card offers none of it", async () => {
  await server.stop();
  server = await start(["--source", "pattern"]);
  const page = await open(browser, server.url, { prepare: listen });
  assert.deepEqual(await page.evaluate(() => [window.looks.settings, window.looks.aov]), [null, null]);
  assert.equal(await page.getByRole("button", { name: "Settings", exact: true }).count(), 0);
  await say(page, { event_type: "getRenderSettingsRequest", payload: {} });
  await page.waitForFunction(() => window.looks.errors[0]?.code === "unsupported");
});

it("axe finds nothing wrong in panel and menu, dark and light, and keys reach all of it", async () => {
  const page = await view();
  for (const theme of ["dark", "light"]) {
    await page.evaluate((theme) => (document.documentElement.dataset.theme = theme), theme);
    await page.getByRole("button", { name: "Shading and AOV" }).click();
    await page.getByRole("dialog", { name: "Shading and AOV" }).waitFor();
    assert.deepEqual(await faults(page), []);
    await page.keyboard.press("Escape");
    await openPanel(page);
    assert.deepEqual(await faults(page), []);
    await page.keyboard.press("Escape");
    await panel(page).waitFor({ state: "detached" });
  }
  await page.locator("#surface").focus();
  await page.keyboard.press("p");
  await panel(page).waitFor();
  const reached = new Set();
  await panel(page).focus();
  for (let step = 0; step < 60; step += 1) {
    await page.keyboard.press("Tab");
    const id = await page.evaluate(() => document.activeElement?.closest("aside") && document.activeElement.id);
    if (!id) continue;
    reached.add(id);
  }
  const all = await panel(page).locator("input, select").evaluateAll((fields) => fields.map(({ id }) => id));
  assert.deepEqual([...reached].sort(), all.sort());
});
