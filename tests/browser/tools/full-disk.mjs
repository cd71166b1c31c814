// A disk that becomes full while a recording runs: the stream's rate before, meanwhile and after, what viewers are told, and
// whether the file plays. Needs the right to make a mount namespace (root, or unprivileged user namespaces); prints JSON.
//   node tests/browser/tools/full-disk.mjs [MEBIBYTES]
import { spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rmdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { launch, open } from "../lib/browser.mjs";
import { play } from "../lib/movie.mjs";

const BIN = process.env.TELESTAGE_BIN ?? fileURLToPath(new URL("../../../target/debug/telestage", import.meta.url));
const FPS = 30;
const room = Number(process.argv[2] ?? 4);
const folder = await mkdtemp(join(tmpdir(), "telestage-full-"));
const serve = `mount -t tmpfs -o size=${room}m tmpfs ${folder} && exec ${BIN} serve --port 0 --source pattern --size 640x360 --fps ${FPS} --record-dir ${folder} --record-reserve 0`;
const server = spawn("unshare", ["--user", "--map-root-user", "--mount", "sh", "-c", serve], { stdio: ["ignore", "pipe", "inherit"] });
const url = await new Promise((resolve, reject) => {
  server.stdout.on("data", (text) => resolve(/ready: (\S+)/.exec(text)?.[1]));
  server.on("exit", (code) => reject(new Error(`the server ended with ${code}`)));
});
const browser = await launch();
try {
  const page = await open(browser, url);
  await page.evaluate(() => {
    window.states = [];
    window.heard.control.addEventListener("message", ({ data }) => {
      const { event_type, payload } = JSON.parse(data);
      if (event_type === "recordState") window.states.push(payload);
    });
  });
  /** Pictures a second over `secs`. */
  const rate = (secs) =>
    page.evaluate(async (secs) => {
      const frames = () => document.querySelector("video").getVideoPlaybackQuality().totalVideoFrames;
      const [first, start] = [frames(), performance.now()];
      await new Promise((resolve) => setTimeout(resolve, secs * 1000));
      return (1000 * (frames() - first)) / (performance.now() - start);
    }, secs);
  const before = await rate(5);
  await page.evaluate(() => window.heard.control.send(JSON.stringify({ event_type: "recordRequest", payload: { action: "start", name: "full" } })));
  const rates = [];
  while (!(await page.evaluate(() => window.states.some(({ error }) => error)))) rates.push(await rate(1));
  const after = await rate(5);
  const states = await page.evaluate(() => window.states);
  const inside = join(`/proc/${server.pid}/root`, folder);
  const files = await readdir(inside);
  const file = await readFile(join(inside, files[0]));
  const movie = await play(browser, file);
  console.log(JSON.stringify({ fps: { before, whileRecording: rates, after }, end: states.at(-1), files, bytes: file.length, movie }, null, 2));
} finally {
  await browser.close();
  server.kill("SIGTERM");
  await rmdir(folder).catch(() => {});
}
