// Every text colour is legible (WCAG AA, 4.5:1) on every surface that it stands on, in both themes.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const css = readFileSync(new URL("../src/view/tokens.css", import.meta.url), "utf8");

function theme(name: string): Record<string, string> {
  const block = new RegExp(`\\[data-theme="${name}"\\] \\{([^}]*)\\}`).exec(css)?.[1] ?? "";
  return Object.fromEntries([...block.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map(([, key, value]) => [key, value]));
}

function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * (r ?? 0) + 0.7152 * (g ?? 0) + 0.0722 * (b ?? 0);
}

function contrast(a: string, b: string): number {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return ((high ?? 0) + 0.05) / ((low ?? 0) + 0.05);
}

describe.each(["dark", "light"])("%s", (name) => {
  const tokens = theme(name);
  const pairs = ["text", "muted", "accent", "amber", "red"].flatMap((text) => ["bg", "panel", "raised"].map((surface) => [text, surface] as const));
  it.each([...pairs, ["text", "pressed"], ["muted", "pressed"], ["accent-ink", "accent-fill"]] as const)("%s on %s", (text, surface) => {
    expect(contrast(tokens[text] ?? "", tokens[surface] ?? "")).toBeGreaterThanOrEqual(4.5);
  });
});
