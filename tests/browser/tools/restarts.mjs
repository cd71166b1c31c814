// A server that is killed and comes back, again and again, with one page that looks on: how soon the page says so, and how
// soon after the port listens again it has a picture.
//
//   node restarts.mjs [TIMES]    one JSON line
//
// TELESTAGE_BIN names the program, CHROMIUM the browser.
import net from "node:net";
import { launch, open } from "../lib/browser.mjs";
import { ranks } from "../lib/ranks.mjs";
import { start } from "../lib/server.mjs";

const times = Number(process.argv[2] ?? 10);
const ARGS = ["--source", "pattern", "--size", "640x360", "--fps", "30", "--no-announce"];
/** How long the server stays away, in turn: a crash that a supervisor mends at once, and a machine that starts anew. */
const AWAY_MS = [0, 500, 1000, 2000, 4000, 7000, 12000];
const PATIENCE = 60_000;

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Resolves when somebody accepts connections there. */
async function listens(port) {
  for (;;) {
    const is = await new Promise((resolve) => {
      const socket = net.connect(port, "127.0.0.1");
      socket.on("connect", () => resolve(true)).on("error", () => resolve(false));
      socket.on("connect", () => socket.destroy());
    });
    if (is) return;
    await sleep(5);
  }
}

/** Runs in the page: it shows a picture of a server that it has heard of since `heard` was wiped. */
function isBack() {
  const video = document.querySelector("video");
  const still = document.querySelector("#still");
  const isShown = !still || still.hidden || getComputedStyle(still).display === "none";
  return window.heard.info !== null && window.heard.camera !== null && video.readyState >= 2 && isShown && !document.querySelector(".veil");
}

const browser = await launch();
let server = start(ARGS);
const seen = { times, came_back: 0, noticed_ms: [], picture_ms: [], failures: [] };
try {
  const url = await server.ready;
  const port = Number(new URL(url).port);
  const page = await open(browser, url);
  const watch = { polling: 20, timeout: PATIENCE };
  await page.evaluate(() => (window.loadedOnce = true));
  for (let time = 0; time < times; time += 1) {
    const away = AWAY_MS[time % AWAY_MS.length];
    try {
      const noticing = page.waitForFunction(() => [...document.querySelectorAll("h1, h2, h3")].some((heading) => heading.textContent.trim() === "Reconnecting"), undefined, watch);
      const killed = Date.now();
      await server.kill();
      await noticing;
      seen.noticed_ms.push(Date.now() - killed);
      await page.evaluate(() => (window.heard.camera = window.heard.info = null));
      await sleep(away);
      server = start(ARGS, { port });
      server.ready.catch(() => {});
      await listens(port);
      const listening = Date.now();
      await page.waitForFunction(isBack, undefined, watch);
      seen.picture_ms.push(Date.now() - listening);
      if (!(await page.evaluate(() => window.loadedOnce))) throw new Error("the page was loaded again");
      await server.ready;
      seen.came_back += 1;
    } catch (error) {
      seen.failures.push(`${time + 1}, away for ${away} ms: ${error.message.split("\n")[0]}`);
      break;
    }
  }
} finally {
  await browser.close();
  await server.kill();
}
const { noticed_ms, picture_ms, ...rest } = seen;
console.log(JSON.stringify({ ...rest, noticed_ms: ranks(noticed_ms), picture_ms: ranks(picture_ms), pictures_ms: picture_ms }));
