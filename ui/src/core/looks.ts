/** How pictures look, and which plane they show: what the server said last, and what this client wants of it. */
import type { ActiveAovState, ClientMessage, RenderSetting, SettingValue } from "../protocol";
import { REQUESTS } from "./reduce";
import type { State } from "./state";
import type { Store } from "./store";

/** As this client wants it and as the server said it. */
export interface Looks {
  settings: readonly RenderSetting[];
  told: readonly RenderSetting[];
  /** Own requests that are not answered: until the last one is, what is wanted stays. */
  awaited: number;
  /** `null`: the server has one plane, or has not said anything. */
  aov: Pick<ActiveAovState, "active" | "available"> | null;
}

export type { RenderSetting };

/** Before anything was heard. */
export const UNHEARD: Looks = { settings: [], told: [], awaited: 0, aov: null };

/** The looks after the server said which settings hold, perhaps as an answer. A hand that is ahead of it stays ahead. */
export function heardLooks(looks: Looks, told: readonly RenderSetting[], isAnswer: boolean): Looks {
  const awaited = Math.max(0, looks.awaited - (isAnswer ? 1 : 0));
  return { ...looks, told, awaited, settings: awaited > 0 ? looks.settings : told };
}

/** The setting, if this server has it. */
export const setting = ({ looks }: State, key: string): RenderSetting | undefined => looks.settings.find((row) => row.key === key);

/** The settings by their groups, in the server's order. */
export function groupsOf(rows: readonly RenderSetting[]): { name: string; rows: RenderSetting[] }[] {
  const groups = new Map<string, RenderSetting[]>();
  for (const row of rows) groups.set(row.group, [...(groups.get(row.group) ?? []), row]);
  return [...groups].map(([name, rows]) => ({ name, rows }));
}

/** An option for people: `shaded_wireframe` is "Shaded wireframe". */
export function words(option: string): string {
  const spaced = option.replaceAll("_", " ");
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}

/** The planes for people. */
export const planeName = (aov: string): string => ({ color: "Colour", depth: "Depth", normal: "Normals", id: "Prims by colour" })[aov] ?? words(aov);

/** Whether it is another value than the one it was made with. */
export const isChanged = ({ value, default: made }: RenderSetting): boolean => value !== made;

/** A number for people, with as many digits as its steps have. */
export function shown({ type, step = 0.01 }: RenderSetting, value: number): string {
  return type === "int" ? String(value) : value.toFixed(step >= 1 ? 0 : 2).replace("-", "−");
}

/** What this client asks of how pictures look. */
export class LooksControl {
  #store: Store<State>;
  #send: (message: ClientMessage, request: string) => void;

  constructor(store: Store<State>, send: (message: ClientMessage, request: string) => void) {
    this.#store = store;
    this.#send = send;
  }

  /** Sets a setting; it shows at once, and the server's word corrects it. */
  set(key: string, value: SettingValue): void {
    const state = this.#store.value;
    if (setting(state, key) === undefined) return;
    const settings = state.looks.settings.map((row) => (row.key === key ? { ...row, value } : row));
    this.#store.set({ ...state, looks: { ...state.looks, settings, awaited: state.looks.awaited + 1 } });
    this.#send({ event_type: "setRenderSettingRequest", payload: { key, value } }, REQUESTS.look);
  }

  /** Turns a switch over. */
  toggle(key: string): void {
    this.set(key, setting(this.#store.value, key)?.value !== true);
  }

  /** Moves a number, within its range. */
  step(key: string, by: number): void {
    const row = setting(this.#store.value, key);
    if (typeof row?.value !== "number") return;
    const { min = -Infinity, max = Infinity, value } = row;
    this.set(key, Math.min(max, Math.max(min, value + by)));
  }

  /** Sets surfaces to a way of shading, which only the colours show. */
  shade(shading: string): void {
    this.showPlane("color");
    this.set("shading", shading);
  }

  /** Shows another plane. */
  showPlane(aov: string): void {
    const { aov: plane } = this.#store.value.looks;
    if (plane === null || plane.active === aov) return;
    this.#send({ event_type: "changeAOVRequest", payload: { aov } }, REQUESTS.plane);
  }

  /** All settings as they were made. */
  reset(): void {
    for (const row of this.#store.value.looks.settings) if (isChanged(row)) this.set(row.key, row.default);
  }
}
