// Viewers that are no browser: each picture with the moment that it came and the server's word for when it was finished.
import { get } from "node:http";
import { pictureWidth } from "./pictures.mjs";

const HEADER_BYTES = 16;
const IS_JPEG = 2;
const TICKS_PER_MS = 90;

// The server's media clock starts anywhere: at the first picture that any viewer saw, for all of them.
let first;
const now = () => performance.timeOrigin + performance.now();

/**
 * Watches `server` over its WebSocket as the page does. `finished` counts from the first picture that was seen this way.
 */
export async function overWebSocket(server, seen) {
  const socket = new WebSocket(`${server.url.replace("http", "ws")}ws?video=h264`);
  socket.binaryType = "arraybuffer";
  socket.addEventListener("message", ({ data }) => {
    if (typeof data === "string") return;
    const [at, head] = [now(), new DataView(data)];
    const timestamp = head.getUint32(8, true);
    first ??= timestamp;
    const isJpeg = (head.getUint8(1) & IS_JPEG) !== 0;
    // The difference as 32 bits with a sign: the clock may run over.
    const finished = ((timestamp - first) | 0) / TICKS_PER_MS;
    seen({ at, finished, bytes: data.byteLength, isJpeg, width: isJpeg ? pictureWidth(Buffer.from(data, HEADER_BYTES)) : null });
  });
  const over = new Promise((resolve) => socket.addEventListener("close", ({ code, reason }) => resolve(`closed: ${code} ${reason}`)));
  await new Promise((resolve, reject) => {
    socket.addEventListener("open", resolve);
    socket.addEventListener("error", ({ message }) => reject(new Error(`no WebSocket: ${message}`)));
  });
  socket.send(JSON.stringify({ event_type: "hello", payload: { protocol: 1, client: "picture-age", version: "0" } }));
  return { over, close: () => socket.close() };
}

/** Watches `server` as a plain `<img>` does; `finished` counts since 1970, in milliseconds, as `at`. */
export async function overMjpeg(server, seen) {
  const request = get(`${server.url}stream`);
  const response = await new Promise((resolve, reject) => request.on("response", resolve).on("error", reject));
  const parts = new Parts((head, body) => {
    const secs = /^X-Timestamp:\s*([\d.]+)/im.exec(head)?.[1];
    if (secs === undefined) throw new Error(`no X-Timestamp in ${JSON.stringify(head)}`);
    seen({ at: now(), finished: Number(secs) * 1000, bytes: body.length, isJpeg: true, width: pictureWidth(body) });
  });
  response.on("data", (bytes) => parts.push(bytes));
  const over = new Promise((resolve) => response.on("end", () => resolve("ended")).on("error", ({ message }) => resolve(message)));
  return { over, close: () => request.destroy() };
}

/** The parts of `multipart/x-mixed-replace`, each of which says its length. */
export class Parts {
  #held = Buffer.alloc(0);
  #found;

  constructor(found) {
    this.#found = found;
  }

  /** Takes what came. */
  push(bytes) {
    this.#held = Buffer.concat([this.#held, bytes]);
    for (;;) {
      const end = this.#held.indexOf("\r\n\r\n");
      if (end < 0) return;
      const head = this.#held.toString("latin1", 0, end);
      const length = Number(/^Content-Length:\s*(\d+)/im.exec(head)?.[1]);
      if (Number.isNaN(length)) throw new Error(`a part without a length: ${JSON.stringify(head)}`);
      const next = end + 4 + length;
      if (this.#held.length < next) return;
      this.#found(head, this.#held.subarray(end + 4, next));
      this.#held = this.#held.subarray(next);
    }
  }
}
