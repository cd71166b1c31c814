// Draws every stage of the assets beside this repository and lays the pictures out on sheets, for eyes to go over.
//
//   node contact-sheet.mjs                  writes docs/stages/*.jpg and docs/stages/beside.md: own pictures only, which
//                                           may be committed; the page names each published thumbnail by its address
//   node contact-sheet.mjs --beside FOLDER  writes sheets into FOLDER that show each published thumbnail too;
//                                           those belong to others and stay out of the repository
//
// TELESTAGE_BIN names the program, CHROMIUM the browser. A stage that cannot be drawn shows what the program said.
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, extname, join, relative, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { launch } from "../lib/browser.mjs";
import { run } from "../lib/server.mjs";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const STAGES = resolve(ROOT, "../shared/stages");
const TRUTH = resolve(ROOT, "../shared/truth");
const TILE = [320, 180];
const TILES_ON_A_SHEET = 48;
/** Where the assets, and so the thumbnails, are published. */
const PUBLISHED = "https://raw.githubusercontent.com/usd-wg/assets/main";

/** Paths below the assets' folder of every stage that has a reference document. */
async function stages() {
  const files = await readdir(TRUTH, { recursive: true });
  return files.filter((file) => file.endsWith(".json")).map((file) => file.slice(0, -".json".length)).sort();
}

/** The published picture of a stage: `thumbnails/NAME.png` or `thumbnail.png` beside it. */
async function thumbnail(stage) {
  const folder = join(STAGES, dirname(stage));
  const name = basename(stage, extname(stage));
  for (const file of [join(folder, "thumbnails", `${name}.png`), join(folder, "thumbnail.png")]) {
    if (await stat(file).then((found) => found.isFile(), () => false)) return file;
  }
  return null;
}

/** Draws one stage; answers its picture, or why there is none. */
async function draw(stage, picture) {
  // Twice the tile's size: the sheet scales it down, which is finer than samples alone.
  const size = TILE.map((side) => side * 2).join("x");
  try {
    await run(["shot", join(STAGES, stage), "-o", picture, "--size", size]);
    return { picture };
  } catch (error) {
    return { why: error.stderr?.trim() || error.message };
  }
}

const escaped = (text) => text.replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`);
const image = (file) => `<img src="${pathToFileURL(file)}">`;

function sheet(tiles, beside) {
  const tile = ({ stage, picture, why, published }) => {
    const own = picture ? image(picture) : `<p>${escaped(why)}</p>`;
    const other = beside ? (published ? image(published) : `<p>no thumbnail</p>`) : "";
    return `<figure><div>${own}${other}</div><figcaption>${escaped(stage)}</figcaption></figure>`;
  };
  return `<!doctype html><meta charset="utf-8"><style>
    body { margin: 8px; background: #1b1d21; color: #c9ccd3; font: 11px/14px "DejaVu Sans", sans-serif; }
    main { display: grid; grid-template-columns: repeat(${beside ? 3 : 6}, auto); gap: 8px; width: max-content; }
    figure { margin: 0; }
    div { display: flex; gap: 2px; }
    img, p { width: ${TILE[0]}px; height: ${TILE[1]}px; margin: 0; }
    img, p { object-fit: contain; background: #000; overflow: hidden; }
    figcaption { max-width: ${TILE[0] * (beside ? 2 : 1)}px; height: 28px; overflow-wrap: anywhere; overflow: hidden; }
  </style><main>${tiles.map(tile).join("")}</main>`;
}

/** A page of own pictures beside the published ones, which it only names. */
function besidePage(tiles) {
  const rows = tiles.map(({ stage, own, published }) => {
    const address = `${PUBLISHED}/${relative(STAGES, published).split("/").map(encodeURIComponent).join("/")}`;
    return `| \`${stage}\` | <img src="${own}" width="320"> | <img src="${address}" height="180"> |`;
  });
  return `# Beside the published thumbnails

Written by \`tests/browser/tools/contact-sheet.mjs\`. The pictures on the right belong to the
[ASWF USD Working Group's assets](https://github.com/usd-wg/assets) and are loaded from there; none is copied here. What
differs, and why, is in [stages.md](../stages.md).

| stage | \`telestage shot\` | published |
|---|---|---|
${rows.join("\n")}
`;
}

async function main() {
  const at = process.argv.indexOf("--beside");
  const beside = at > 0;
  const target = beside ? resolve(process.argv[at + 1]) : join(ROOT, "docs/stages");
  const work = await mkdtemp(join(tmpdir(), "telestage-sheet-"));
  const browser = await launch();
  try {
    const tiles = [];
    for (const [index, stage] of (await stages()).entries()) {
      const drawn = await draw(stage, join(work, `${index}.png`));
      if (drawn.why) console.log(`${stage}: ${drawn.why}`);
      tiles.push({ stage, published: await thumbnail(stage), ...drawn });
    }
    await mkdir(target, { recursive: true });
    const page = await browser.newPage();
    for (let first = 0; first < tiles.length; first += TILES_ON_A_SHEET) {
      const file = join(target, `${first / TILES_ON_A_SHEET + 1}.jpg`);
      const html = join(work, "sheet.html");
      await writeFile(html, sheet(tiles.slice(first, first + TILES_ON_A_SHEET), beside));
      await page.goto(pathToFileURL(html).href);
      await page.waitForFunction(() => [...document.images].every((image) => image.complete));
      await page.locator("main").screenshot({ path: file, type: "jpeg", quality: 82 });
      console.log(`${file}: ${(await readFile(file)).length} bytes`);
      if (beside) continue;
      const figures = await page.locator("figure").all();
      for (const [index, figure] of figures.entries()) {
        const tile = tiles[first + index];
        if (!tile.published || !tile.picture) continue;
        tile.own = `pictures/${tile.stage.replace(/[^\w.-]+/g, "-")}.jpg`;
        await mkdir(join(target, "pictures"), { recursive: true });
        await figure.locator("img").screenshot({ path: join(target, tile.own), type: "jpeg", quality: 80 });
      }
    }
    if (!beside) await writeFile(join(target, "beside.md"), besidePage(tiles.filter(({ own }) => own)));
  } finally {
    await browser.close();
    await rm(work, { recursive: true, force: true });
  }
}

await main();
