// What other programs see over HTTP: refusals, readiness, MJPEG.
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import http from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { filePixels, launch } from "./lib/browser.mjs";
import { children, freePort, serve, stage, start } from "./lib/server.mjs";

let server;
before(async () => (server = await serve([stage("red_cube.usda")])));
after(() => server?.stop());

/** A request with headers of our choice (`fetch` would write its own Host). */
function request(path, { method = "GET", headers = {}, body, url = server.url } = {}) {
  return new Promise((resolve, reject) => {
    const message = http.request(new URL(path, url), { method, headers, agent: false }, (response) => {
      const chunks = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("end", () => resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) }));
    });
    message.on("error", reject);
    message.end(body);
  });
}

it("is ready without any client", async () => {
  assert.equal((await request("/healthz")).body.toString().trim(), "ok");
  const health = JSON.parse((await request("/health")).body);
  assert.equal(health.status, "streaming");
  assert.equal(health.viewers, 0);
});

/** A stage that takes minutes to compose: each of 25 levels refers to the next one twice. */
async function endlessStage(folder) {
  const level = (n) => `def "L${n}" { def "a" (references = </L${n + 1}>) {} def "b" (references = </L${n + 1}>) {} }`;
  const file = path.join(folder, "endless.usda");
  await writeFile(file, ["#usda 1.0", ...Array.from({ length: 25 }, (_, n) => level(n)), 'def "L25" {}', ""].join("\n"));
  return file;
}

it("is not ready while it loads, and becomes ready with nobody watching", { skip: process.platform !== "linux" }, async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "telestage-"));
  const port = await freePort();
  const slow = start([await endlessStage(folder)], { port });
  const url = `http://127.0.0.1:${port}/`;
  try {
    const answers = [];
    // From the first answer on; before it nobody listens yet.
    for (;;) {
      const answer = await request("/healthz", { url }).catch(() => null);
      if (answer === null) {
        await new Promise((resolve) => setTimeout(resolve, 5));
        continue;
      }
      answers.push(answer.status);
      if (answer.status === 200) break;
      assert.equal(answer.body.toString().trim(), "not ready");
      assert.equal((await request("/livez", { url })).status, 200);
      // It has been seen loading: the rest of the wait would only pass the time.
      for (const worker of await children(slow.pid)) process.kill(worker, "SIGKILL");
    }
    assert.equal(answers[0], 503);
    assert.equal(await slow.ready, url);
    const health = JSON.parse((await request("/health", { url })).body);
    assert.equal(health.viewers, 0);
    assert.equal(health.status, "error");
  } finally {
    await slow.stop();
    await rm(folder, { recursive: true });
  }
});

describe("a foreign page", () => {
  const foreign = [
    ["Origin", { origin: "http://evil.example" }],
    ["Origin null", { origin: "null" }],
    ["Host", { host: "evil.example" }],
  ];
  for (const [name, headers] of foreign) {
    it(`is refused by its ${name}`, async () => {
      for (const [path, method] of [["/health", "GET"], ["/snapshot.png", "GET"], ["/stream", "GET"], ["/whep", "POST"]]) {
        const { status, body } = await request(path, { method, headers: { ...headers, "content-type": "application/sdp" }, body: method === "POST" ? "v=0" : undefined });
        assert.equal(status, 403, `${method} ${path}`);
        assert.ok(JSON.parse(body).error.message, "with a reason");
      }
    });
  }

  it("may load what tells nothing", async () => {
    assert.equal((await request("/", { headers: { host: "evil.example" } })).status, 200);
    assert.equal((await request("/healthz", { headers: { host: "evil.example" } })).status, 200);
  });

  it("in a real browser gets neither an answer nor a session", async () => {
    const other = http.createServer((_, response) => response.setHeader("content-type", "text/html").end("<title>elsewhere</title>"));
    await new Promise((resolve) => other.listen(0, "127.0.0.1", resolve));
    const browser = await launch();
    try {
      const page = await browser.newPage();
      await page.goto(`http://127.0.0.1:${other.address().port}/`);
      const outcome = await page.evaluate(async (url) => {
        const peer = new RTCPeerConnection();
        peer.addTransceiver("video", { direction: "recvonly" });
        await peer.setLocalDescription();
        return fetch(`${url}whep`, { method: "POST", headers: { "content-type": "application/sdp" }, body: peer.localDescription.sdp }).then(
          ({ status }) => `answered ${status}`,
          () => "no answer",
        );
      }, server.url);
      assert.equal(outcome, "no answer");
      assert.equal(JSON.parse((await request("/health")).body).viewers, 0);
    } finally {
      await browser.close();
      other.close();
    }
  });
});

describe("the page", () => {
  for (const path of ["/", "/streaming/webrtc-client/"]) {
    it(`is served at ${path}, and whatever it names is there`, async () => {
      const page = await request(path);
      assert.equal(page.status, 200);
      const names = [...page.body.toString().matchAll(/(?:src|href)="(\.\/[^"]+)"/g)].map(([, name]) => name);
      assert.ok(names.length >= 2, "a script and a style sheet");
      for (const name of names) assert.equal((await request(new URL(name, new URL(path, server.url)).pathname)).status, 200, name);
    });
  }
});

describe("MJPEG", () => {
  /** The first `count` parts of `/stream`, as they come. */
  function parts(count) {
    return new Promise((resolve, reject) => {
      const message = http.get(new URL("/stream?fps=30", server.url), { agent: false }, (response) => {
        assert.match(response.headers["content-type"], /^multipart\/x-mixed-replace; *boundary=frame$/);
        let buffer = Buffer.alloc(0);
        const found = [];
        response.on("error", () => {});
        response.on("data", (chunk) => {
          buffer = Buffer.concat([buffer, chunk]);
          for (;;) {
            const end = buffer.indexOf("\r\n\r\n");
            if (end < 0) return;
            const head = buffer.subarray(0, end).toString();
            const length = Number(/content-length: *(\d+)/i.exec(head)?.[1]);
            if (!(length > 0)) return reject(new Error(`a part without length: ${head}`));
            if (buffer.length < end + 4 + length + 2) return;
            found.push({ head, data: buffer.subarray(end + 4, end + 4 + length), rest: buffer.subarray(end + 4 + length, end + 6 + length).toString() });
            buffer = buffer.subarray(end + 6 + length);
            if (found.length === count) {
              message.destroy();
              return resolve(found);
            }
          }
        });
      });
      message.on("error", reject);
    });
  }

  it("parts have exact lengths and decode", async () => {
    const browser = await launch();
    try {
      const page = await browser.newPage();
      for (const { head, data, rest } of await parts(3)) {
        assert.match(head, /--frame\r\n/);
        assert.match(head, /content-type: image\/jpeg/i);
        assert.deepEqual([...data.subarray(0, 2)], [0xff, 0xd8], "begins like a JPEG");
        assert.deepEqual([...data.subarray(-2)], [0xff, 0xd9], "ends like a JPEG");
        assert.equal(rest, "\r\n");
        const { width, height } = await filePixels(page, data);
        assert.deepEqual([width, height], [1280, 720]);
      }
    } finally {
      await browser.close();
    }
  });
});
