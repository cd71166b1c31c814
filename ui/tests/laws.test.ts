// Who may import whom: view → core, link → core, core → protocol, and nothing from outside into the core.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const src = fileURLToPath(new URL("../src/", import.meta.url));
const MAY: Record<string, string[]> = {
  protocol: [],
  core: ["core", "protocol"],
  link: ["link", "core"],
  view: ["view", "core"],
};
const PACKAGES: Record<string, RegExp> = { protocol: /^$/, core: /^$/, link: /^$/, view: /^(svelte(\/|$)|@lucide\/svelte\/icons\/)/ };

function files(room: string): string[] {
  return readdirSync(join(src, room), { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(ts|svelte)$/.test(name))
    .map((name) => join(room, name));
}

function imports(file: string): string[] {
  const text = readFileSync(join(src, file), "utf8");
  return [...text.matchAll(/(?:import|export)\s[^;'"]*?from\s*["']([^"']+)["']|import\s*\(?\s*["']([^"']+)["']/g)].map(([, from, bare]) => from ?? bare ?? "");
}

it.each(Object.keys(MAY))("%s imports only what it may", (room) => {
  const found = files(room);
  expect(found.length).toBeGreaterThan(0);
  for (const file of found) {
    for (const target of imports(file)) {
      if (!target.startsWith(".")) {
        expect(target, `${file} imports a package`).toMatch(PACKAGES[room] ?? /^$/);
        continue;
      }
      const other = relative(src, join(src, dirname(file), target)).split("/")[0] ?? "";
      expect(MAY[room], `${file} imports ${target}`).toContain(other);
    }
  }
});

it("the law would notice", () => {
  expect(imports("main.ts").filter((target) => target.startsWith("./link"))).toHaveLength(1);
  expect(imports("core/client.ts")).toContain("../protocol");
});
