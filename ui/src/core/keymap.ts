/**
 * Which key does what: the defaults of all actions, and what the user made of them. Only keys of one character are the
 * user's to change; they can be switched off as a whole. Kept as a text; a text that is no map is the defaults again.
 */
import { isSingle } from "./keys";

/** What differs from the defaults. */
export interface KeyMap {
  /** Whether keys of one character act at all. */
  hasSingles: boolean;
  /** Keys of one character, by action. */
  own: Readonly<Record<string, readonly string[]>>;
}

/** All keys of all actions, as they were made. */
export type Defaults = Readonly<Record<string, readonly string[]>>;

/** Nothing changed. */
export const UNCHANGED: KeyMap = { hasSingles: true, own: {} };

const VERSION = 1;

/** The map that was kept. Actions that this client does not know stay in it: another one may. */
export function parse(text: string | null): KeyMap {
  if (text === null) return UNCHANGED;
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch {
    return UNCHANGED;
  }
  if (!isRecord(read) || read["version"] !== VERSION) return UNCHANGED;
  const keys = isRecord(read["keys"]) ? read["keys"] : {};
  const own: Record<string, readonly string[]> = {};
  for (const [id, names] of Object.entries(keys)) {
    if (Array.isArray(names)) own[id] = names.filter((name): name is string => typeof name === "string" && isSingle(name));
  }
  return { hasSingles: read["singles"] !== false, own };
}

/** The text that is kept. */
export const print = ({ hasSingles, own }: KeyMap): string => JSON.stringify({ version: VERSION, singles: hasSingles, keys: own });

/** Every action's keys as they are now. A key has one action: what the user chose comes before any default. */
export function resolve(map: KeyMap, defaults: Defaults): ReadonlyMap<string, readonly string[]> {
  const taken = new Set<string>();
  const free = (name: string): boolean => !taken.has(name) && !!taken.add(name);
  const chosen = new Map(Object.keys(defaults).map((id) => [id, map.own[id]?.filter(free)]));
  return new Map(
    Object.entries(defaults).map(([id, names]) => {
      const singles = chosen.get(id) ?? names.filter((name) => isSingle(name) && free(name));
      return [id, [...(map.hasSingles ? singles : []), ...names.filter((name) => !isSingle(name))]];
    }),
  );
}

/** The action that has this key; `null` if none has. */
export function ownerOf(map: KeyMap, name: string, defaults: Defaults): string | null {
  for (const [id, names] of resolve({ ...map, hasSingles: true }, defaults)) if (names.includes(name)) return id;
  return null;
}

/** Gives a key to an action, and takes it from the one that had it; `null`: the action has no key of one character. */
export function assign(map: KeyMap, id: string, name: string | null, defaults: Defaults): KeyMap {
  const own: Record<string, readonly string[]> = { ...map.own, [id]: name === null ? [] : [name] };
  const before = name === null ? null : ownerOf(map, name, defaults);
  if (before !== null && before !== id) {
    const had = resolve({ ...map, hasSingles: true }, defaults).get(before) ?? [];
    own[before] = had.filter((other) => isSingle(other) && other !== name);
  }
  const asMade = ([other, names]: [string, readonly string[]]): boolean => other in defaults && names.join(" ") === (defaults[other] ?? []).filter(isSingle).join(" ");
  return { ...map, own: Object.fromEntries(Object.entries(own).filter((entry) => !asMade(entry))) };
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);
