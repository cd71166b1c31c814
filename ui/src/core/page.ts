/** What actions need of the page around the client: panels, theme, keys, the clipboard. The view is one. */
import type { Client } from "./client";
import type { KeyMap } from "./keymap";
import type { PresetId } from "./presets";
import type { State } from "./state";

/** At most one is open. */
export type Panel = "stages" | "cameras" | "shading" | "settings" | "diagnostics" | "report" | "viewers" | "help";

/** What lies over everything until something is chosen in it. */
export type Chooser = "palette" | "menu";

/** How the page looks. */
export type Theme = "dark" | "light";

/** The page. */
export interface Page {
  readonly panel: Panel | null;
  readonly isTreeOpen: boolean;
  readonly isInspectorOpen: boolean;
  readonly theme: Theme;
  readonly keyMap: KeyMap;
  readonly hasHints: boolean;
  /** What drags do. */
  readonly preset: PresetId;
  readonly orbitsAroundCursor: boolean;
  /** Whether the frame of a stage's camera is shown in pictures of another shape. */
  readonly hasGate: boolean;
  /** The page's own, as the browser shows it. */
  readonly address: string;
  /** Opens the panel, or closes it if it is open. */
  toggle(panel: Panel): void;
  toggleTree(): void;
  toggleInspector(): void;
  /** Opens the stage browser with the focus in its search. */
  searchPrims(): void;
  /** Closes what is open and gives the keys to the picture. */
  close(): void;
  choose(from: Chooser): void;
  switchTheme(): void;
  changeKeys(map: KeyMap): void;
  showHints(isShown: boolean): void;
  usePreset(id: PresetId): void;
  orbitAroundCursor(isOn: boolean): void;
  /** Opens the panel of cameras with the focus in the name of a new bookmark. */
  nameBookmark(): void;
  showGate(isShown: boolean): void;
  /** Copies a text; `what` names it where the user is told. */
  copy(text: string, what: string): void;
  copyReport(): void;
  /** Saves a file of the server under this name. */
  save(url: string, name: string): void;
  /** On the clock of events. */
  now(): number;
}

/** All that an action works on. */
export interface Desk {
  state: State;
  client: Client;
  page: Page;
}
