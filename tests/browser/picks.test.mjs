// A pick names what the id picture of the same view shows there: at random pixels of several stages.
import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { launch, open, stillPicture } from "./lib/browser.mjs";
import { ask, idPicture, sequence, SIZE, STAGES } from "./lib/ids.mjs";
import { serve } from "./lib/server.mjs";

const PIXELS = 200;

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

/** The same pixels each time, those on things as likely as those beside them. */
function places(seed, ids) {
  const random = sequence(seed);
  const hits = [];
  for (let at = 0; at < ids.length; at += 1) if (ids[at] !== 0) hits.push(at);
  assert.ok(hits.length > 1000, "the stage is in the picture");
  return Array.from({ length: PIXELS }, (_, n) => (n % 2 === 0 ? hits[Math.floor(random(hits.length))] : Math.floor(random(ids.length))));
}

for (const [index, file] of STAGES.entries()) {
  it(file.split("/").at(-1), async () => {
    const server = await serve([file, "--size", SIZE.join("x")]);
    try {
      const page = await open(browser, server.url);
      await stillPicture(page);
      const { ids, path } = await idPicture(page, file);
      const at = places(index + 1, ids);
      const answers = await ask(
        page,
        "pickRequest",
        at.map((place) => ({ x: (place % SIZE[0]) + 0.5, y: Math.floor(place / SIZE[0]) + 0.5, mode: "none" })),
      );
      const picked = answers.map(({ event_type, payload }) => (event_type === "pickResult" ? (payload.path ?? null) : payload.message));
      assert.deepEqual(picked, at.map(path));
      await page.context().close();
    } finally {
      await server.stop();
    }
  });
}
