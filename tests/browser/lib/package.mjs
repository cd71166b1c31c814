// The client library as others get it: packed, unpacked, served beside its examples from an origin of its own.
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import http from "node:http";
import { tmpdir } from "node:os";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const LIB = fileURLToPath(new URL("../../../ui/lib", import.meta.url));
/** The TypeScript compiler of the client. */
export const TSC = fileURLToPath(new URL("../../../ui/node_modules/typescript/bin/tsc", import.meta.url));
const TYPES = { ".html": "text/html", ".js": "text/javascript", ".json": "application/json" };

/** Packs what `npm run build:lib` has built and installs it in a folder of its own; answers that and the files' names. */
export async function install() {
  const folder = await mkdtemp(join(tmpdir(), "telestage-lib-"));
  const { stdout } = await run("npm", ["pack", "--json", "--pack-destination", folder], { cwd: LIB });
  const [{ filename, files }] = JSON.parse(stdout);
  const place = join(folder, "node_modules/telestage-client");
  await mkdir(place, { recursive: true });
  await run("tar", ["-xzf", join(folder, filename), "-C", place, "--strip-components=1"]);
  return { folder, place, files: files.map(({ path }) => path), remove: () => rm(folder, { recursive: true }) };
}

/** Serves the examples with the installed package: `/example` and `/dist`. */
export async function serveExamples({ place }) {
  const server = http.createServer(async ({ url }, response) => {
    const path = normalize(new URL(url, "http://here").pathname);
    const file = path.startsWith("/dist/") ? join(place, path) : path.startsWith("/example/") ? join(LIB, path) : null;
    const text = file && (await readFile(file).catch(() => null));
    if (!text) return response.writeHead(404).end();
    response.setHeader("content-type", TYPES[extname(path)] ?? "text/plain").end(text);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { origin: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}
