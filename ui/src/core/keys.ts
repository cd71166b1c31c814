/**
 * Key strokes and their names: `F`, `Shift+R`, `?`, `Ctrl+K`, `ArrowLeft`, `Esc`. The name is what is kept, compared and
 * remapped; how it is printed depends on the machine. Pure: what an event says comes in, a name comes out.
 */

/** A key that went down, as an event tells it. */
export interface Stroke {
  key: string;
  /** Where the key is, as `KeyF`; letters of other scripts are found by it. */
  code?: string;
  shift?: boolean;
  /** Ctrl, or Cmd. */
  ctrl?: boolean;
  alt?: boolean;
}

/** Keys that say nothing by themselves. */
const SILENT = new Set(["Shift", "Control", "Alt", "AltGraph", "Meta", "CapsLock", "Dead", "Process", "Unidentified"]);
const NAMES: Record<string, string> = { Escape: "Esc", " ": "Space" };

/** The name of a stroke; `null` if it has none. */
export function nameOf({ key, code = "", shift = false, ctrl = false, alt = false }: Stroke): string | null {
  // Alt with a letter writes another letter on some machines: it counts with named keys alone.
  if (SILENT.has(key) || (alt && [...key].length === 1)) return null;
  const start = `${ctrl ? "Ctrl+" : ""}${alt ? "Alt+" : ""}`;
  const shifted = shift ? `${start}Shift+` : start;
  const named = NAMES[key];
  if (named !== undefined) return shifted + named;
  if ([...key].length > 1) return shifted + key;
  if (!/\p{L}/u.test(key)) return start + key;
  // Whoever types another script finds F where it is printed.
  const place = /^Key([A-Z])$/.exec(code)?.[1];
  const letter = key.toUpperCase();
  return shifted + (/^[A-Z]$/.test(letter) ? letter : (place ?? letter));
}

/** One character, Shift or not: what may be remapped and switched off (WCAG 2.1.4). */
export const isSingle = (name: string): boolean => /^(Shift\+)?[^\s+]$|^\+$/u.test(name);

/** As people read it. */
export function printed(name: string, isMac: boolean): string {
  const arrows: Record<string, string> = { ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓", "-": "−" };
  const [last = "", ...before] = parts(name).reverse();
  const words = before.reverse().map((word) => (word === "Ctrl" && isMac ? "⌘" : word));
  return [...words, arrows[last] ?? last].join("+").replace("⌘+", "⌘");
}

/** As `aria-keyshortcuts` has it. */
export function spoken(name: string, isMac: boolean): string {
  const words: Record<string, string> = { Ctrl: isMac ? "Meta" : "Control", Esc: "Escape", "+": "Plus" };
  return parts(name)
    .map((word) => words[word] ?? word)
    .join("+");
}

/** `Shift++` is Shift and a plus. */
const parts = (name: string): string[] => name.match(/[^+]+|\+$/g) ?? [];
