// A real browser on the served page, and what its links say: every test looks through these.
import { readFile } from "node:fs/promises";
import { chromium } from "playwright-core";

/** Long enough for a machine that is busy with other tests. */
export const PATIENCE = 30_000;

/** Starts the browser. */
export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--headless=new", "--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--autoplay-policy=no-user-gesture-required"],
  });
}

/** Runs in the page before its own scripts: hears what the channels say, and may lose what they send. */
export function overhear() {
  const heard = { camera: null, info: null, view: null, messages: 0, welcomes: 0, refused: 0, lost: 0, losing: () => false, control: null, pictures: [] };
  window.heard = heard;
  const listen = (channel) => {
    if (channel.label === "control") heard.control = channel;
    channel.addEventListener("message", ({ data }) => hear(data));
    return channel;
  };
  const hear = (data) => {
    const { event_type, payload } = JSON.parse(data);
    heard.messages += 1;
    if (event_type === "cameraStateChanged") heard.camera = payload;
    if (event_type === "frameInfo") heard.info = payload;
    if (event_type === "viewResult") heard.view = payload;
    if (event_type === "welcome") heard.welcomes += 1;
    if (event_type === "viewerError") heard.refused += 1;
  };
  window.WebSocket = class extends WebSocket {
    constructor(...args) {
      super(...args);
      heard.control = this;
      this.addEventListener("message", ({ data }) => {
        if (typeof data === "string") return hear(data);
        heard.pictures.push(new Uint8Array(data, 0, 16).slice());
      });
    }
  };
  if (!window.RTCPeerConnection) return;
  const create = RTCPeerConnection.prototype.createDataChannel;
  RTCPeerConnection.prototype.createDataChannel = function (...args) {
    return listen(create.apply(this, args));
  };
  const send = RTCDataChannel.prototype.send;
  RTCDataChannel.prototype.send = function (data) {
    if (this.label === "motion" && heard.losing()) {
      heard.lost += 1;
      return;
    }
    send.call(this, data);
  };
}

/** Opens the page, after `prepare` has run in it, and waits for its first picture. */
export async function open(browser, url, { width = 1280, height = 720, prepare } = {}) {
  const context = await browser.newContext({ viewport: { width, height } });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  if (prepare) await page.addInitScript(prepare);
  await page.addInitScript(overhear);
  await page.goto(url);
  await firstPicture(page);
  return page;
}

/** Waits until the page shows a picture of the server. */
export async function firstPicture(page) {
  await page.waitForFunction(() => {
    const video = document.querySelector("video");
    const isThere = video.hidden ? document.querySelector("#canvas").width > 0 : video.videoWidth > 0 && video.readyState >= 2;
    return isThere && window.heard.camera !== null && !document.querySelector(".veil");
  });
}

/** Waits until the picture stands still and is finished: no frame for a while, and the last one needed no other. */
export async function stillPicture(page) {
  await page.waitForFunction(
    () => {
      const seen = (window.still ??= { frame: -1, since: performance.now() });
      const frame = `${window.heard.info?.frame}/${document.querySelector("video").getVideoPlaybackQuality().totalVideoFrames}/${window.heard.pictures.length}`;
      if (seen.frame !== frame) Object.assign(seen, { frame, since: performance.now() });
      return window.heard.info?.refining === false && performance.now() - seen.since > 600;
    },
    null,
    { polling: 50 },
  );
}

/** What the page shows, as RGBA rows. */
export const videoPixels = (page) => pixels(page, () => (document.querySelector("video").hidden ? document.querySelector("#canvas") : document.querySelector("video")));

/** A picture file, decoded by the browser. */
export async function filePixels(page, file) {
  const data = typeof file === "string" ? await readFile(file) : file;
  await page.evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    window.decoded = await createImageBitmap(new Blob([bytes]));
  }, Buffer.from(data).toString("base64"));
  return pixels(page, () => window.decoded);
}

async function pixels(page, source) {
  const { width, height, base64 } = await page.evaluate(`(() => {
    const picture = (${source})();
    const width = picture.videoWidth ?? picture.width, height = picture.videoHeight ?? picture.height;
    const context = Object.assign(document.createElement("canvas"), { width, height }).getContext("2d");
    context.drawImage(picture, 0, 0);
    const { data } = context.getImageData(0, 0, width, height);
    let text = "";
    for (let at = 0; at < data.length; at += 32768) text += String.fromCharCode(...data.subarray(at, at + 32768));
    return { width, height, base64: btoa(text) };
  })()`);
  return { width, height, data: new Uint8Array(Buffer.from(base64, "base64")) };
}

/** Drags over the picture: from its middle by `dx`, `dy` in `steps` moves. */
export async function drag(page, dx, dy, { steps = 12, button = "left" } = {}) {
  const box = await page.locator("#surface").boundingBox();
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  await page.mouse.move(x, y);
  await page.mouse.down({ button });
  for (let step = 1; step <= steps; step += 1) {
    await page.mouse.move(x + (dx * step) / steps, y + (dy * step) / steps);
    await page.evaluate(() => new Promise(requestAnimationFrame));
  }
  await page.mouse.up({ button });
}

/** Says something on the page's own control channel. */
export const say = (page, message) => page.evaluate((text) => window.heard.control.send(text), JSON.stringify(message));

/** The camera as the server reports it, once it is at rest. */
export async function camera(page) {
  await stillPicture(page);
  return page.evaluate(() => window.heard.camera);
}
