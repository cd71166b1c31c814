// Who may import whom: view → core, link → core, lib → core and link, core → protocol, and nothing from outside into the core.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const ui = fileURLToPath(new URL("../", import.meta.url));
/** Where each room is. What the library is made of lies beside the page's own source. */
const PLACES: Record<string, string> = { protocol: "src/protocol", core: "src/core", link: "src/link", view: "src/view", lib: "lib/src" };
const MAY: Record<string, string[]> = {
  protocol: [],
  core: ["core", "protocol"],
  link: ["link", "core"],
  view: ["view", "core"],
  lib: ["lib", "core", "link", "protocol"],
};
const PACKAGES: Record<string, RegExp> = { protocol: /^$/, core: /^$/, link: /^$/, lib: /^$/, view: /^(svelte(\/|$)|@lucide\/svelte\/icons\/)/ };

function files(room: string): string[] {
  const place = PLACES[room] ?? room;
  return readdirSync(join(ui, place), { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(ts|svelte)$/.test(name))
    .map((name) => join(place, name));
}

function imports(file: string): string[] {
  const text = readFileSync(join(ui, file), "utf8");
  return [...text.matchAll(/(?:import|export)\s[^;'"]*?from\s*["']([^"']+)["']|import\s*\(?\s*["']([^"']+)["']/g)].map(([, from, bare]) => from ?? bare ?? "");
}

/** The room that a relative import leads to; empty for none. */
function room(file: string, target: string): string {
  const path = relative(ui, join(ui, dirname(file), target));
  return Object.keys(PLACES).find((name) => path === PLACES[name] || path.startsWith(`${PLACES[name]}/`)) ?? "";
}

it.each(Object.keys(MAY))("%s imports only what it may", (from) => {
  const found = files(from);
  expect(found.length).toBeGreaterThan(0);
  for (const file of found) {
    for (const target of imports(file)) {
      if (target.startsWith(".")) expect(MAY[from], `${file} imports ${target}`).toContain(room(file, target));
      else expect(target, `${file} imports a package`).toMatch(PACKAGES[from] ?? /^$/);
    }
  }
});

it("the law would notice", () => {
  expect(imports("src/main.ts").filter((target) => target.startsWith("./link"))).toHaveLength(2);
  expect(room("src/main.ts", "./link/outside")).toBe("link");
  expect(room("lib/src/kit.ts", "../../src/view/theme")).toBe("view");
  expect(imports("src/core/client.ts")).toContain("../protocol");
});
