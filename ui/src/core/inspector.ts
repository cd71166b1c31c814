/** What the stage says of the prim that was selected last: asked for while somebody looks, one answer at a time. */
import type { ClientMessage, GetPropertiesResponse, PropertyRow, VariantChoice } from "../protocol";
import { REQUESTS } from "./reduce";
import { can, type State } from "./state";
import type { Store } from "./store";

export type { GetPropertiesResponse, PropertyRow } from "../protocol";

/** Elements of an array that are asked for when more are wanted. */
export const PAGE = 100;

/** The prim that is looked at. */
export interface Sheet {
  path: string;
  told: GetPropertiesResponse | null;
  variants: Record<string, VariantChoice>;
  isBusy: boolean;
  error: string | null;
}

/** An array as the server tells it. */
export interface Piece {
  length: number;
  offset?: number;
  preview: unknown[];
  truncated: boolean;
}

/** The value as a piece of an array, if it is one. */
export const piece = (value: unknown): Piece | null => (typeof value === "object" && value !== null && "preview" in value && "length" in value ? (value as Piece) : null);

/** A value in one line. */
export function oneLine(value: unknown): string {
  const array = piece(value);
  if (array?.length === 0) return "[]";
  if (array) return `${array.length} × ${array.preview.slice(0, 3).map(oneLine).join(", ")}${array.length > Math.min(3, array.preview.length) ? ", …" : ""}`;
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(7)));
  if (Array.isArray(value)) return value.length === 16 ? matrix(value) : `(${value.map(oneLine).join(", ")})`;
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

const matrix = (numbers: unknown[]): string => [0, 4, 8, 12].map((at) => `(${numbers.slice(at, at + 4).map(oneLine).join(", ")})`).join(" ");

/** A value as USD text, as far as it was told. */
export function usd(value: unknown): string {
  const array = piece(value);
  if (array) return `[${array.preview.map(usd).join(", ")}${array.truncated ? ", …" : ""}]`;
  if (value === null || value === undefined) return "None";
  if (Array.isArray(value)) return value.length === 16 ? `( ${[0, 4, 8, 12].map((at) => usd(value.slice(at, at + 4))).join(", ")} )` : `(${value.map(usd).join(", ")})`;
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "boolean") return value ? "1" : "0";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** The prim's properties as a layer would spell them. */
export function usdText({ path, told }: Sheet): string {
  if (!told) return "";
  const { prim, properties } = told;
  const name = path.slice(path.lastIndexOf("/") + 1);
  const line = ({ name, type, value, uniform, custom, targets, authored }: PropertyRow): string[] => {
    if (!authored) return [];
    const start = `    ${custom ? "custom " : ""}`;
    if (type === "rel") return [`${start}rel ${name} = ${targets ? `[${targets.map((target) => `<${target}>`).join(", ")}]` : "None"}`];
    const lines = value === null ? [] : [`${start}${uniform ? "uniform " : ""}${type} ${name} = ${usd(value)}`];
    return targets ? [...lines, `    ${type} ${name}.connect = [${targets.map((target) => `<${target}>`).join(", ")}]`] : lines;
  };
  return [`${prim.specifier} ${prim.type}${prim.type ? " " : ""}"${name}"`, "{", ...properties.flatMap(line), "}", ""].join("\n");
}

/** What a user typed for a value of this kind; `null` if it is none. */
export function typed(like: unknown, text: string): boolean | number | string | number[] | null {
  if (typeof like === "boolean") return text === "true" || text === "1" ? true : text === "false" || text === "0" ? false : null;
  if (typeof like === "string") return text;
  const numbers = text.split(/[\s,()[\]]+/).filter((part) => part !== "").map(Number);
  if (numbers.length === 0 || numbers.some((number) => !Number.isFinite(number))) return null;
  if (typeof like === "number") return numbers.length === 1 ? (numbers[0] as number) : null;
  if (Array.isArray(like)) return numbers.length === like.length ? numbers : null;
  const array = piece(like);
  return array && !array.truncated ? numbers : null;
}

/** Values that can be typed in place. */
export function canType({ type, value, targets }: PropertyRow): boolean {
  if (type === "rel" || targets !== undefined || value === null) return false;
  if (Array.isArray(value)) return value.length <= 4 && value.every((number) => typeof number === "number");
  return typeof value === "number" || typeof value === "boolean" || typeof value === "string";
}

/** Properties by the namespace that they are in; those without one first. */
export function groups(rows: readonly PropertyRow[], filter: string): [string, PropertyRow[]][] {
  const wanted = filter.trim().toLowerCase();
  const all = new Map<string, PropertyRow[]>([["", []]]);
  for (const row of rows) {
    if (!row.name.toLowerCase().includes(wanted)) continue;
    const space = row.name.includes(":") ? row.name.slice(0, row.name.indexOf(":")) : "";
    all.set(space, [...(all.get(space) ?? []), row]);
  }
  return [...all].filter(([, list]) => list.length > 0);
}

/** Asks for sheets. */
export class Inspector {
  #store: Store<State>;
  #send: (message: ClientMessage, request: string) => void;
  /** Something has changed since the last question. */
  #isStale = false;

  constructor(store: Store<State>, send: (message: ClientMessage, request: string) => void) {
    this.#store = store;
    this.#send = send;
  }

  /** Looks at this prim from now on; `null`: at none. */
  look(path: string | null): void {
    const state = this.#store.value;
    if (path === (state.sheet?.path ?? null)) return;
    const sheet = path === null ? null : { path, told: null, variants: {}, isBusy: false, error: null };
    this.#store.set({ ...state, sheet });
    this.refresh();
  }

  /** Asks again: something may be different. */
  refresh(): void {
    const state = this.#store.value;
    if (state.sheet === null || !can(state, "properties") || state.stage === null) return;
    this.#isStale = state.sheet.isBusy;
    if (state.sheet.isBusy) return;
    const { path: prim_path } = state.sheet;
    const stage_generation = state.tree.generation;
    this.#store.set({ ...state, sheet: { ...state.sheet, isBusy: true } });
    this.#send({ event_type: "getPropertiesRequest", payload: { prim_path, stage_generation } }, REQUESTS.sheet);
    this.#send({ event_type: "getVariantsRequest", payload: { prim_path, stage_generation } }, REQUESTS.sheet);
  }

  /** The answer came: asks again if something changed meanwhile. */
  answered(): void {
    if (this.#isStale) this.refresh();
  }

  /** Asks for elements of an array from `offset` on. */
  page(name: string, offset: number): void {
    const { sheet, tree } = this.#store.value;
    if (sheet) this.#send({ event_type: "getPropertiesRequest", payload: { prim_path: sheet.path, name, offset, limit: PAGE, stage_generation: tree.generation } }, REQUESTS.page);
  }
}

/** The state after a sheet was told; a page of one property takes that one's place. */
export function told(state: State, response: GetPropertiesResponse, id: string | undefined): State {
  const { sheet } = state;
  if (sheet === null || sheet.path !== response.prim_path || response.stage_generation !== state.tree.generation) return state;
  if (!id?.startsWith(REQUESTS.page)) return { ...state, sheet: { ...sheet, told: response, isBusy: false, error: null } };
  if (sheet.told === null) return state;
  const properties = sheet.told.properties.map((row) => response.properties.find(({ name }) => name === row.name) ?? row);
  return { ...state, sheet: { ...sheet, told: { ...sheet.told, properties } } };
}
