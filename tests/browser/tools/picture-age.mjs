// How old pictures are when they come over a bad link, without WebRTC: a plain client of the WebSocket or of MJPEG, and a
// server far away (lib/far.mjs). Two viewers after each other: one comes when the link is as given (`bad`), one is there
// when it turns from good to that (`turned`, counted from then on).
//
//   unshare --net --mount node --experimental-websocket picture-age.mjs ws|mjpeg SECONDS LINK    one JSON line
//
// LINK is JSON as the emulator takes it. TELESTAGE_BIN names the program, TELESTAGE_NETEM the emulator.
import { setTimeout as sleep } from "node:timers/promises";
import { far } from "../lib/far.mjs";
import { ranks, tenth } from "../lib/ranks.mjs";
import { overMjpeg, overWebSocket } from "../lib/watch.mjs";

const [way, seconds, link] = process.argv.slice(2);
const SERVE = ["--source", "pattern", "--size", "1280x720", "--fps", "30", "--no-announce", "--log", "error"];
const GOOD_MS = 4000;
/** Until then the sender may still find out what the link carries. */
const SETTLED_MS = 5000;

/** What pictures looked like, second by second. */
function bySecond(pictures, from) {
  const seconds = [];
  for (const { at, age, bytes, isJpeg, width } of pictures) {
    const second = (seconds[Math.floor((at - from) / 1000)] ??= { pictures: 0, jpegs: 0, kbytes: 0, oldest_ms: 0, widths: [] });
    second.pictures += 1;
    second.jpegs += isJpeg ? 1 : 0;
    second.kbytes += bytes / 1000;
    second.oldest_ms = Math.max(second.oldest_ms, age);
    if (width !== null && !second.widths.includes(width)) second.widths.push(width);
  }
  return Array.from(seconds, (second) => second && { ...second, kbytes: tenth(second.kbytes), oldest_ms: tenth(second.oldest_ms) });
}

const now = () => performance.timeOrigin + performance.now();
const watch = way === "ws" ? overWebSocket : overMjpeg;
const between = await far();
let server;
/** Watches until the time is over or the connection is; `turn` is when the link turns bad. */
async function watched(turn) {
  const all = [];
  const joined = now();
  let viewer;
  try {
    if (turn === "before") await between.set(JSON.parse(link));
    viewer = await watch(server, (picture) => all.push(picture));
    const over = viewer.over.then((why) => `over: ${why}`);
    if (turn !== "before") await sleep(GOOD_MS);
    const good = turn === "before" ? [] : all.slice();
    if (turn === "later") await between.set(JSON.parse(link));
    const from = turn === "later" ? now() : joined;
    const ending = turn === "never" ? "watched" : await Promise.race([over, sleep(Number(seconds) * 1000, "watched")]);
    return { good, from, ending, to: now(), pictures: all.filter(({ at }) => at >= from) };
  } finally {
    viewer?.close();
    await between.set({});
  }
}

try {
  server = await between.serve(SERVE);
  const { good } = await watched("never");
  if (good.length === 0) throw new Error("no picture came over the good link");
  // The media clock has a beginning of its own: the quickest picture over a link without delay stands for no age at all.
  const quickest = way === "ws" ? Math.min(...good.map(({ at, finished }) => at - finished)) : 0;
  const described = ({ from, to, ending, pictures }) => {
    const aged = pictures.map((picture) => ({ ...picture, age: picture.at - picture.finished - quickest }));
    const times = [from, ...aged.map(({ at }) => at), to];
    return {
      ending,
      age_ms: ranks(aged.map(({ age }) => age)),
      settled_age_ms: ranks(aged.filter(({ at }) => at >= from + SETTLED_MS).map(({ age }) => age)),
      gap_ms: ranks(times.slice(1).map((at, i) => at - times[i])),
      fps: tenth((aged.length / (to - from)) * 1000),
      jpegs: aged.filter(({ isJpeg }) => isJpeg).length,
      seconds: bySecond(aged, from),
    };
  };
  const bad = described(await watched("before"));
  const turned = described(await watched("later"));
  console.log(JSON.stringify({ way, link: JSON.parse(link), good_age_ms: ranks(good.map(({ at, finished }) => at - finished - quickest)), bad, turned }));
} finally {
  await server?.stop();
  await between.close();
}
// The link is gone: Node's WebSocket would wait for a goodbye that cannot come.
process.exit();
