// A network that goes away and comes back: the page says so, and the same session goes on.
import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { launch, open } from "./lib/browser.mjs";
import { relay } from "./lib/relay.mjs";
import { serve } from "./lib/server.mjs";

let browser, server;
before(async () => {
  browser = await launch();
  server = await serve(["--source", "pattern", "--size", "320x180"]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** Opens the page through `line`, and its media too. */
function openThrough(line, way) {
  const prepare = `
    const port = ${line.port}, way = ${JSON.stringify(way)};
    const real = RTCPeerConnection.prototype.setRemoteDescription;
    RTCPeerConnection.prototype.setRemoteDescription = function (description) {
      const lines = description.sdp.split("\\r\\n").filter((line) => !line.startsWith("a=candidate:") || line.includes(" " + way + " "));
      const sdp = lines.map((line) => (line.startsWith("a=candidate:") ? line.replace(/(127\\.0\\.0\\.1) \\d+/, "$1 " + port) : line)).join("\\r\\n");
      return real.call(this, { ...description, sdp });
    };`;
  return open(browser, line.url, { prepare: { content: prepare } });
}

const frames = (page) => page.evaluate(() => document.querySelector("video").getVideoPlaybackQuality().totalVideoFrames);
const moves = (page, from) => page.waitForFunction((from) => document.querySelector("video").getVideoPlaybackQuality().totalVideoFrames > from + 10, from);

for (const [way, secs] of [
  ["udp", 3],
  ["udp", 12],
  ["tcp", 3],
]) {
  it(`over ${way.toUpperCase()}, an outage of ${secs} s is told and heals in the same session`, async () => {
    const line = await relay(server.port);
    try {
      const page = await openThrough(line, way);
      await moves(page, await frames(page));
      line.cut();
      await page.getByText("Reconnecting").first().waitFor();
      // What is measured is what happens after an outage of this length; nothing waits for it to be short.
      await new Promise((resolve) => setTimeout(resolve, secs * 1000));
      const frozen = await frames(page);
      line.mend();
      await moves(page, frozen);
      await page.waitForFunction(() => !document.querySelector(".veil"));
      assert.equal(await page.evaluate(() => window.heard.welcomes), 1, "it is the same session: nobody was greeted again");
      await page.context().close();
    } finally {
      line.close();
    }
  });
}
