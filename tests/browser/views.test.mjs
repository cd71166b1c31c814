// Views: links that bring them back elsewhere, sides and projections, lenses, other programs' hands, what an orbit is around.
import assert from "node:assert/strict";
import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { camera, drag, launch, open, say, stillPicture, videoPixels } from "./lib/browser.mjs";
import { ssim } from "./lib/pictures.mjs";
import { serve, stage } from "./lib/server.mjs";

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

/** Keeps what the server says of stage, time and selection, and what the page copies. */
function listen() {
  window.told = {};
  const create = RTCPeerConnection.prototype.createDataChannel;
  RTCPeerConnection.prototype.createDataChannel = function (...args) {
    const channel = create.apply(this, args);
    channel.addEventListener("message", ({ data }) => {
      const { event_type, payload } = JSON.parse(data);
      window.told[event_type] = payload;
    });
    return channel;
  };
  Object.defineProperty(navigator, "clipboard", { value: { writeText: async (text) => void (window.copied = text) } });
}
const look = (url) => open(browser, url, { prepare: listen });
/** Waits until the last message of this name has these values. */
const tells = (page, name, values) =>
  page.waitForFunction(([name, values]) => Object.entries(values).every(([key, value]) => JSON.stringify(window.told[name]?.[key]) === JSON.stringify(value)), [name, values]);
const key = async (page, name) => {
  await page.locator("#surface").focus();
  await page.keyboard.press(name);
};
const apart = (a, b) => Math.hypot(...a.map((value, i) => value - b[i]));
/** Both see the same, to nine digits. */
function assertSame(a, b) {
  for (const part of ["eye", "target", "up"]) assert.ok(apart(a[part], b[part]) < 1e-9, `${part}: ${a[part]} is not ${b[part]}`);
  assert.ok(Math.abs(a.fov_y - b.fov_y) < 1e-9);
  assert.deepEqual([a.path, a.projection], [b.path, b.projection]);
  assert.ok(Math.abs((a.ortho_height ?? 0) - (b.ortho_height ?? 0)) < 1e-9);
}
const copiedLink = async (page) => {
  await page.evaluate(() => (window.copied = null));
  await key(page, "Shift+L");
  await page.waitForFunction(() => window.copied !== null);
  return page.evaluate(() => window.copied);
};

describe("the link to a view", () => {
  let server;
  before(async () => {
    server = await serve([stage("moving.usda"), "--asset-root", dirname(stage("moving.usda"))]);
  });
  after(() => server?.stop());

  it("brings stage, time, selection and camera back in another browser", async () => {
    const ada = await look(server.url);
    await drag(ada, 160, 40);
    await say(ada, { event_type: "timelineControlRequest", payload: { action: "seek", time: 20.25 } });
    await say(ada, { event_type: "selectPrimsRequest", payload: { paths: ["/World/Slides", "/World/Waves"] } });
    await tells(ada, "stageSelectionChanged", { prims: ["/World/Slides", "/World/Waves"] });
    await tells(ada, "timelineStatus", { time: 20.25 });
    const [wanted, picture] = [await camera(ada), await videoPixels(ada)];
    const link = await copiedLink(ada);
    await ada.getByText("Copied the link to this view").waitFor();
    // Elsewhere altogether by then.
    await say(ada, { event_type: "openStageRequest", payload: { url: stage("blue_cube.usda") } });
    await tells(ada, "openStageResult", { url: stage("blue_cube.usda"), result: "success" });
    await ada.context().close();

    const bob = await look(link);
    await tells(bob, "openStageResult", { url: stage("moving.usda"), result: "success" });
    await tells(bob, "timelineStatus", { time: 20.25, playing: false });
    await tells(bob, "stageSelectionChanged", { prims: ["/World/Slides", "/World/Waves"] });
    await bob.waitForFunction((eye) => Math.hypot(...window.heard.camera.eye.map((value, i) => value - eye[i])) < 1e-9, wanted.eye);
    assertSame(await camera(bob), wanted);
    assert.ok(ssim(await videoPixels(bob), picture) > 0.97, "and it is the same picture");
    assert.equal(await bob.getByRole("alert").count(), 0);
    await bob.context().close();
  });

  it("brings a camera of the stage back by its name", async () => {
    const ada = await look(server.url);
    await say(ada, { event_type: "set_camera", payload: { path: "/World/Rides" } });
    await ada.waitForFunction(() => window.heard.camera.path === "/World/Rides");
    const link = await copiedLink(ada);
    assert.match(link, /&camera=\/World\/Rides&/);
    const wanted = await camera(ada);
    await say(ada, { event_type: "fitCameraRequest", payload: {} });
    await ada.waitForFunction(() => window.heard.camera.path === null);
    await ada.context().close();
    const bob = await look(link);
    await bob.waitForFunction(() => window.heard.camera.path === "/World/Rides");
    assertSame(await camera(bob), wanted);
    await bob.context().close();
  });

  it("is followed in a view of one's own where somebody else drives, who is not disturbed", async () => {
    const ada = await look(`${server.url}?name=Ada`);
    await say(ada, { event_type: "timelineControlRequest", payload: { action: "seek", time: 30 } });
    await tells(ada, "timelineStatus", { time: 30 });
    await drag(ada, -90, 20);
    const wanted = await camera(ada);
    const link = await copiedLink(ada);
    await say(ada, { event_type: "timelineControlRequest", payload: { action: "seek", time: 5 } });
    await drag(ada, 200, 30);
    const hers = await camera(ada);
    const bob = await look(link);
    await bob.getByRole("status", { name: "Control" }).getByText("Your own view").waitFor();
    await bob.waitForFunction((eye) => Math.hypot(...window.heard.camera.eye.map((value, i) => value - eye[i])) < 1e-9, wanted.eye);
    assertSame(await camera(bob), wanted);
    await bob.getByText("This view could not be restored as a whole").waitFor();
    assertSame(await camera(ada), hers);
    assert.equal(await ada.evaluate(() => window.told.timelineStatus.time), 5);
    await bob.context().close();
    await ada.context().close();
  });
});

describe("where one looks from", () => {
  let server, page;
  before(async () => {
    server = await serve([stage("shapes.usda")]);
    page = await look(server.url);
  });
  after(() => server?.stop());

  const minus = (a, b) => a.map((value, i) => value - b[i]);
  const dot = (a, b) => a.reduce((sum, value, i) => sum + value * b[i], 0);
  const cross = (a, b) => [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
  const unit = (a) => a.map((value) => value / Math.hypot(...a));
  /** Where a point is in the picture, in picture heights from its middle. */
  const seen = ({ eye, target, up, fov_y }, point) => {
    const [forward, arm] = [unit(minus(target, eye)), minus(point, eye)];
    const height = 2 * dot(arm, forward) * Math.tan((fov_y * Math.PI) / 360);
    return [dot(arm, unit(cross(forward, up))) / height, dot(arm, up) / height];
  };
  const height = ({ eye, target, fov_y, ortho_height }) => ortho_height ?? 2 * Math.hypot(...minus(target, eye)) * Math.tan((fov_y * Math.PI) / 360);
  const menu = () => page.getByRole("dialog", { name: "Cameras and views" });
  const openMenu = async () => {
    await key(page, "c");
    await menu().waitFor();
  };
  const shuts = async () => {
    await page.keyboard.press("Escape");
    await menu().waitFor({ state: "detached" });
  };

  it("goes along the axes in parallel by number keys, and back into perspective with the same size", async () => {
    const start = await camera(page);
    await key(page, "7");
    await page.waitForFunction(() => window.heard.camera.projection === "orthographic" && window.heard.camera.up[2] < -1 + 1e-9);
    const top = await camera(page);
    assert.ok(apart(unit(minus(top.target, top.eye)), [0, -1, 0]) < 1e-9);
    assert.ok(Math.abs(height(top) / height(start) - 1) < 1e-6 && apart(top.target, start.target) < 1e-6);
    await key(page, "5");
    await page.waitForFunction(() => window.heard.camera.projection === "perspective");
    const back = await camera(page);
    assert.ok(Math.abs(back.fov_y - start.fov_y) < 1e-9 && Math.abs(height(back) / height(start) - 1) < 1e-6);
    await openMenu();
    await menu().getByRole("button", { name: "Right view" }).click();
    await page.waitForFunction(() => window.heard.camera.eye[0] - window.heard.camera.target[0] > Math.hypot(...window.heard.camera.eye.map((value, i) => value - window.heard.camera.target[i])) - 1e-6);
    await menu().getByRole("checkbox", { name: "Orthographic" }).uncheck();
    await page.waitForFunction(() => window.heard.camera.projection === "perspective");
    await shuts();
  });

  it("has a lens by its focal length, and the eye stays", async () => {
    const before = await camera(page);
    await openMenu();
    const field = menu().getByRole("spinbutton", { name: "Focal length in millimetres" });
    await field.fill("50");
    await field.press("Enter");
    await page.waitForFunction(() => Math.abs(window.heard.camera.fov_y - (Math.atan(0.24) * 360) / Math.PI) < 1e-9);
    assert.ok(apart((await camera(page)).eye, before.eye) < 1e-9);
    await menu().getByText("27°").waitFor();
    await menu().getByRole("slider", { name: "Focal length" }).fill("0");
    await page.waitForFunction(() => Math.abs(window.heard.camera.fov_y - (Math.atan(1.2) * 360) / Math.PI) < 1e-9);
    await shuts();
  });

  it("orbits around what is under the cursor, from the moment that it is known, without a jump", async () => {
    await say(page, { event_type: "setCameraRequest", payload: { eye: [4, 3, 7], target: [0, 0, 0], up: [0, 1, 0], fov_y: 45 } });
    await page.waitForFunction(() => window.heard.camera.eye[0] === 4);
    const box = await page.locator("#surface").boundingBox();
    // On the red box, which lies left of the middle.
    const point = [-1.6, 0.5, 0.4];
    const [right, up] = seen(await camera(page), point);
    const [x, y] = [box.x + box.width / 2 + right * box.height, box.y + box.height / 2 - up * box.height];
    await page.evaluate(() => delete window.told.pickResult);
    await page.mouse.move(x, y);
    await page.mouse.down();
    await page.mouse.move(x + 6, y);
    await page.waitForFunction(() => window.told.pickResult !== undefined);
    const { position, path } = await page.evaluate(() => window.told.pickResult);
    assert.equal(path, "/World/Box");
    const begun = await camera(page);
    for (let step = 1; step <= 20; step += 1) await page.mouse.move(x + 6 + 12 * step, y + 2 * step);
    await page.mouse.up();
    const turned = await camera(page);
    assert.ok(apart(turned.eye, begun.eye) > 1, "it did turn");
    const [before, after] = [seen(begun, position), seen(turned, position)];
    assert.ok(apart(before, after) < 1e-6, `${before} is not ${after}`);
    assert.ok(Math.abs(Math.hypot(...minus(begun.eye, position)) - Math.hypot(...minus(turned.eye, position))) < 1e-6);
  });

  it("orbits around the middle where that is wished, and remembers the wish", async () => {
    await openMenu();
    await menu().getByRole("checkbox", { name: "Orbit around what is under the cursor" }).uncheck();
    await shuts();
    await say(page, { event_type: "setCameraRequest", payload: { eye: [4, 3.5, 7], target: [0, 0, 0], up: [0, 1, 0], fov_y: 45 } });
    await page.waitForFunction(() => window.heard.camera.eye[1] === 3.5);
    const before = await camera(page);
    await drag(page, 200, 30);
    const after = await camera(page);
    assert.ok(apart(before.target, after.target) < 1e-9 && apart(before.eye, after.eye) > 0.5);
    assert.equal(await page.evaluate(() => localStorage.getItem("telestage.orbit")), "middle");
  });

  it("moves by another program's drags, which help shows and the next visit finds again", async () => {
    await openMenu();
    await menu().getByRole("combobox", { name: "Drags as in" }).selectOption("blender");
    await shuts();
    const before = await camera(page);
    await drag(page, 150, 60);
    assert.ok(apart((await camera(page)).eye, before.eye) < 1e-9, "the left button draws a rectangle");
    await drag(page, 150, 0, { button: "middle" });
    const turned = await camera(page);
    assert.ok(apart(turned.eye, before.eye) > 0.5 && apart(turned.target, before.target) < 1e-9, "the middle one orbits");
    await page.reload();
    await page.waitForFunction(() => window.heard?.camera);
    await page.locator("#surface").focus();
    await page.keyboard.press("?");
    await page.getByRole("complementary", { name: "Hands and keys" }).getByText("Mouse, as in Blender").waitFor();
    await page.getByText("Middle drag, Alt + left drag").waitFor();
  });
});

describe("what a camera of the stage frames", () => {
  it("is marked in a picture of another shape, and the mark can be put away", async () => {
    const server = await serve([stage("moving.usda")]);
    const page = await look(server.url);
    await say(page, { event_type: "set_camera", payload: { path: "/World/Rides" } });
    const frame = page.locator(".frame");
    await frame.waitFor();
    const { x, width, height } = await frame.boundingBox();
    // USD's apertures of 35 mm film, in a picture of 16 to 9 that fills the window.
    const wanted = 720 * (20.955 / 15.2908);
    assert.ok(Math.abs(width - wanted) < 1 && Math.abs(height - 720) < 1 && Math.abs(x - (1280 - wanted) / 2) < 1, `${x} ${width} x ${height}`);
    await key(page, "c");
    await page.getByRole("checkbox", { name: "Show the frame" }).uncheck();
    await frame.waitFor({ state: "detached" });
    await page.context().close();
    await server.stop();
  });
});

describe("bookmarks", () => {
  let data;
  before(async () => {
    data = await mkdtemp(join(tmpdir(), "telestage-bookmarks-"));
  });
  after(() => rm(data, { recursive: true, force: true }));

  it("are kept by whoever watches, seen by all, there after a restart, and lead back exactly", async () => {
    const folder = dirname(stage("moving.usda"));
    const before = await Promise.all((await readdir(folder)).map(async (name) => [name, (await stat(join(folder, name))).mtimeMs]));
    let server = await serve([stage("moving.usda")], { data });
    const ada = await look(server.url);
    const bob = await look(server.url);
    await say(ada, { event_type: "timelineControlRequest", payload: { action: "seek", time: 33 } });
    await drag(ada, 140, -30);
    const wanted = await camera(ada);
    await camera(bob);
    await key(bob, "Shift+B");
    const menu = (page) => page.getByRole("dialog", { name: "Cameras and views" });
    await bob.keyboard.type("Green ball");
    await bob.keyboard.press("Enter");
    await menu(bob).getByText("Green ball").waitFor();
    await key(ada, "c");
    await menu(ada).getByText("Green ball").waitFor();
    await Promise.all([ada.context().close(), bob.context().close()]);
    await server.stop();

    server = await serve([stage("moving.usda")], { data });
    const eve = await look(server.url);
    await camera(eve);
    await key(eve, "c");
    await menu(eve).getByText("Green ball").click();
    await tells(eve, "timelineStatus", { time: 33 });
    await eve.waitForFunction((eye) => Math.hypot(...window.heard.camera.eye.map((value, i) => value - eye[i])) < 1e-9, wanted.eye);
    assertSame(await camera(eve), wanted);
    // Deleting asks once.
    await menu(eve).getByRole("button", { name: "Delete Green ball" }).click();
    await menu(eve).getByRole("button", { name: "Really delete Green ball" }).click();
    await tells(eve, "bookmarkList", { bookmarks: [] });
    await eve.context().close();
    await server.stop();
    const after = await Promise.all((await readdir(folder)).map(async (name) => [name, (await stat(join(folder, name))).mtimeMs]));
    assert.deepEqual(after, before, "and nothing is written beside the stage");
  });
});
