// A page that is opened where no UDP gets through, and UDP that is opened then: how soon there is a picture, what the
// page says of its way, and how soon it is back on UDP. The server is far away (lib/far.mjs), the browser is here.
//
//   unshare --net --mount node udp-blocked.mjs [TIMES]    one JSON line
//
// TELESTAGE_BIN names the program, CHROMIUM the browser, TELESTAGE_NETEM the emulator.
import { setTimeout as sleep } from "node:timers/promises";
import { launch, overhear } from "../lib/browser.mjs";
import { far } from "../lib/far.mjs";
import { ranks } from "../lib/ranks.mjs";

const times = Number(process.argv[2] ?? 3);
const SERVE = ["--source", "pattern", "--size", "1280x720", "--fps", "30", "--no-announce"];
/** How long UDP stays blocked once the page has said its way, in turn: while ICE still tries it, and long after it gave up. */
const BLOCKED_MS = [0, 33_000, 12_000, 50_000];
const PATIENCE = 60_000;

/** Runs in the page before its own scripts: notes when the first picture is shown, and each way that it names, in
 * milliseconds since navigation began. */
function note() {
  const noted = (window.noted = { picture: null, canvas: null, ways: [] });
  const look = () => {
    const video = document.querySelector("video");
    if (video && !video.watched) {
      video.watched = true;
      video.requestVideoFrameCallback(() => (noted.picture ??= performance.now()));
    }
    // A way without WebRTC paints here; until then it has no size.
    const canvas = document.querySelector("#canvas");
    if (noted.canvas === null && canvas && video?.hidden && canvas.width > 0) noted.canvas = performance.now();
    const way = /\b(?:UDP|TCP|WS|MJPEG)\b/.exec(document.querySelector("footer")?.innerText ?? "")?.[0] ?? null;
    if (way !== null && noted.ways.at(-1)?.way !== way) noted.ways.push({ way, at: performance.now() });
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}

const says = (page, way) => page.waitForFunction((way) => window.noted.ways.at(-1)?.way === way, way, { polling: 20, timeout: PATIENCE });
const since = (page) => page.evaluate(() => performance.now());

/** One page; all of its times in milliseconds. */
async function visit(browser, between, url, blockedMs) {
  await between.blockUdp(true);
  const context = await browser.newContext({ viewport: { width: 1280, height: 720 } });
  let isBlocked = true;
  try {
    const page = await context.newPage();
    await page.addInitScript(overhear);
    await page.addInitScript(note);
    await page.goto(url);
    await page.waitForFunction(() => (window.noted.picture ?? window.noted.canvas) !== null, undefined, { polling: 20, timeout: PATIENCE });
    await page.waitForFunction(() => window.noted.ways.length > 0, undefined, { polling: 20, timeout: PATIENCE });
    const { picture, canvas, ways } = await page.evaluate(() => window.noted);
    const welcomes = () => page.evaluate(() => window.heard.welcomes);
    const before = await welcomes();
    await sleep(blockedMs);
    const opened = await since(page);
    await between.blockUdp(false);
    isBlocked = false;
    await says(page, "UDP");
    const { at } = await page.evaluate(() => window.noted.ways.at(-1));
    return { first_picture: picture ?? canvas, blocked_way: ways[0].way, said: ways[0].at, blocked: blockedMs, back: at - opened, is_same_session: (await welcomes()) === before };
  } finally {
    await context.close();
    if (isBlocked) await between.blockUdp(false);
  }
}

const between = await far();
let server, browser;
const visits = [];
const failures = [];
try {
  server = await between.serve(SERVE);
  browser = await launch();
  for (let time = 0; time < times; time += 1) {
    try {
      visits.push(await visit(browser, between, server.url, BLOCKED_MS[time % BLOCKED_MS.length]));
    } catch (error) {
      failures.push(`${time + 1}: ${error.message.split("\n")[0]}`);
    }
  }
} finally {
  await browser?.close();
  await server?.stop();
  await between.close();
}
const of = (name) => ranks(visits.map((visit) => visit[name]));
console.log(JSON.stringify({ times, failures, first_picture_ms: of("first_picture"), said_ms: of("said"), back_on_udp_ms: of("back"), blocked_ways: visits.map(({ blocked_way }) => blocked_way), same_session: visits.filter(({ is_same_session }) => is_same_session).length, visits }));
