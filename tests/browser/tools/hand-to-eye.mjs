// From the hand to the eye on one machine: a real pointer move, until the browser hands over the first frame that the
// server says shows it. The test pattern moves all the time, so no comparison of pixels could tell.
//
//   node hand-to-eye.mjs [TRIALS] [unread] [tcp]    one JSON line
//
// With `tcp` the browser never hears of the server's UDP addresses.
// Each picture is read back, as the harness of the floor must to see that it changed: that takes half a core where the
// browser draws in software. With `unread` it is not, as with anybody who only looks.
//
// TELESTAGE_BIN names the program, CHROMIUM the browser.
import { setTimeout as sleep } from "node:timers/promises";
import { launch, open } from "../lib/browser.mjs";
import { ranks, tenth } from "../lib/ranks.mjs";
import { serve } from "../lib/server.mjs";

const [isRead, isTcp] = [!process.argv.includes("unread"), process.argv.includes("tcp")];
const trials = Number(process.argv[2] ?? 100);
const SERVE = ["--source", "pattern", "--size", "1280x720", "--fps", "60", "--no-announce", "--log", "error"];
const PATIENCE = 3000;
const SETTLE_MS = 2000;
const STEP = 40;

/** Runs in the page before its own scripts: notes the hand, what was sent of it, and what frames show. */
function note(isRead) {
  const noted = (window.noted = { isArmed: false, hand: null, seq: null, sent: null, eye: null, parts: null, frames: 0 });
  const [infos, shown] = [new Map(), new Map()];
  const match = (timestamp) => {
    const [info, frame] = [infos.get(timestamp), shown.get(timestamp)];
    if (!info || !frame || noted.seq === null || noted.eye !== null || info.input_seq < noted.seq) return;
    // Which of the two is known later does not count: the picture was there.
    noted.eye = frame.at;
    noted.parts = { ...info, received: frame.received, decode: frame.decode, expected: frame.expected };
  };
  const remember = (map, timestamp, value) => {
    map.set(timestamp, value);
    if (map.size > 240) map.delete(map.keys().next().value);
    match(timestamp);
  };
  const protocol = async (connection) => {
    const entries = await connection.getStats();
    const { selectedCandidatePairId } = [...entries.values()].find(({ type }) => type === "transport");
    return entries.get(entries.get(selectedCandidatePairId).localCandidateId).protocol;
  };
  // The page may hear of a move before the browser gathers moves for a frame; both events carry the hand's own time.
  for (const name of ["pointerrawupdate", "pointermove"]) addEventListener(name, ({ timeStamp }) => noted.isArmed && (noted.hand ??= timeStamp), true);
  const { createDataChannel } = RTCPeerConnection.prototype;
  RTCPeerConnection.prototype.createDataChannel = function (...args) {
    const channel = createDataChannel.apply(this, args);
    if (channel.label !== "motion") return channel;
    noted.protocol = () => protocol(this);
    channel.addEventListener("message", ({ data }) => {
      const { event_type, payload } = JSON.parse(data);
      if (event_type === "frameInfo") remember(infos, payload.rtp_timestamp, payload);
    });
    const send = channel.send.bind(channel);
    channel.send = (data) => {
      send(data);
      if (noted.hand === null || noted.seq !== null) return;
      noted.sent = performance.now();
      noted.seq = JSON.parse(data).payload.seq;
    };
    return channel;
  };
  const read = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  Object.assign(read.canvas, { width: 160, height: 90 });
  const look = () => {
    const video = document.querySelector("video");
    if (!video) return void requestAnimationFrame(look);
    const next = (_, { rtpTimestamp, receiveTime, processingDuration, expectedDisplayTime }) => {
      const at = performance.now();
      noted.frames += 1;
      remember(shown, rtpTimestamp, { at, received: receiveTime ?? null, decode: 1000 * (processingDuration ?? 0), expected: expectedDisplayTime });
      if (isRead) {
        read.drawImage(video, 0, 0, 160, 90);
        read.getImageData(0, 0, 160, 90);
      }
      video.requestVideoFrameCallback(next);
    };
    video.requestVideoFrameCallback(next);
  };
  requestAnimationFrame(look);
}

/** Runs in the page as well: the server's addresses, without UDP. */
function withoutUdp() {
  const { setRemoteDescription } = RTCPeerConnection.prototype;
  RTCPeerConnection.prototype.setRemoteDescription = function ({ type, sdp }) {
    const lines = sdp.split("\r\n").filter((line) => !/^a=candidate:\S+ \d+ udp /i.test(line));
    return setRemoteDescription.call(this, { type, sdp: lines.join("\r\n") });
  };
}

/** One move; where its time went, or `null` if it was never seen. */
async function trial(page, x, y) {
  await page.evaluate(() => Object.assign(window.noted, { isArmed: true, hand: null, seq: null, sent: null, eye: null, parts: null }));
  await page.mouse.move(x, y);
  const until = Date.now() + PATIENCE;
  while (Date.now() < until) {
    const { hand, sent, eye, parts } = await page.evaluate(() => window.noted);
    if (eye !== null) {
      const { queue_ms: queue, render_ms: render, convert_ms: convert, encode_ms: encode } = parts;
      const server = queue + render + convert + encode;
      const [received, decode] = [parts.received ?? eye, parts.decode];
      return { total: eye - hand, send: sent - hand, queue, render, convert, encode, wire: received - sent - server, decode, display: eye - received - decode, to_screen: parts.expected - hand };
    }
    await sleep(8);
  }
  return null;
}

let server, browser;
const seen = [];
let fps, transport;
try {
  server = await serve(SERVE);
  browser = await launch();
  const page = await open(browser, server.url, { prepare: { content: `(${note})(${isRead}); if (${isTcp}) (${withoutUdp})()` } });
  const [x, y] = [640, 360];
  await page.mouse.move(x, y);
  await page.mouse.down();
  const [start, before] = [Date.now(), await page.evaluate(() => window.noted.frames)];
  await sleep(SETTLE_MS);
  fps = (((await page.evaluate(() => window.noted.frames)) - before) / (Date.now() - start)) * 1000;
  for (let n = 0; n < trials; n += 1) {
    // At rest first, and at any moment of a frame.
    await sleep(300 + Math.random() * 40);
    seen.push(await trial(page, x + (n % 2 === 0 ? STEP : 0), y + (n % 2 === 0 ? STEP / 4 : 0)));
  }
  await page.mouse.up();
  transport = await page.evaluate(() => window.noted.protocol());
} finally {
  await browser?.close();
  await server?.stop();
}
const there = seen.filter(Boolean);
const of = (name) => ranks(there.map((one) => one[name]));
console.log(
  JSON.stringify({
    trials,
    is_read: isRead,
    transport,
    missed: seen.length - there.length,
    shown_fps: tenth(fps),
    hand_to_eye_ms: of("total"),
    parts_ms: Object.fromEntries(["send", "queue", "render", "convert", "encode", "wire", "decode", "display", "to_screen"].map((name) => [name, of(name)])),
  }),
);
