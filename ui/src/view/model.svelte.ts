/** The store as Svelte sees it, and what only this page knows: which panel is open, which theme, which keys. */
import { action, actions, DEFAULTS, type Action, type ActionId } from "../core/actions";
import type { Client } from "../core/client";
import type { Area, Box } from "../core/gestures";
import { parse, print, resolve, type KeyMap } from "../core/keymap";
import type { Chooser, Desk, Page, Panel, Theme } from "../core/page";
import { presetOf, PRESETS, type PresetId } from "../core/presets";
import { report } from "../core/report";
import { screen } from "../core/screen";
import type { State } from "../core/state";
import type { ExportSessionResult } from "../core/edits";
import { copy } from "./clipboard";
import { keep, kept } from "./kept";
import { keepTheme, theme } from "./theme";

/** How long a word about what was done stays. */
const WORD_MS = 4000;

/** One page's view of one client. */
export class Model implements Page {
  readonly client: Client;
  state: State = $state.raw() as State;
  panel: Panel | null = $state(null);
  /** What is to be chosen from now, over everything. */
  chooser: Chooser | null = $state(null);
  isTreeOpen: boolean = $state(kept("tree") === "open");
  isInspectorOpen: boolean = $state(kept("inspector") === "open");
  marquee: Area | null = $state.raw(null);
  theme: Theme = $state(theme());
  keyMap: KeyMap = $state.raw(parse(kept("keys")));
  hasHints: boolean = $state(kept("hints") !== "seen");
  preset: PresetId = $state(presetOf(kept("preset")));
  orbitsAroundCursor: boolean = $state(kept("orbit") !== "middle");
  hasGate: boolean = $state(kept("gate") !== "off");
  /** Where the picture lies. */
  box: Box = $state.raw({ left: 0, top: 0, width: 1, height: 1 });
  /** Of what was just done, or could not be. */
  word: string | null = $state(null);
  screen = $derived(screen(this.state));
  readonly keys = $derived(resolve(this.keyMap, DEFAULTS));
  readonly actions = $derived(actions(this.#desk(), this.keys));
  /** Who opens a panel next wants to be in it: it was asked for by name, not by a hand that stays on the picture. */
  #goesIn = false;
  #wantsSearch = $state(false);
  #wantsName = $state(false);
  #forget: ReturnType<typeof setTimeout> | undefined;

  constructor(client: Client) {
    this.client = client;
    client.store.subscribe((state) => (this.state = state));
    client.listen((message) => message.event_type === "exportSessionResult" && this.#saveLayer(message.payload));
    client.hands.marquee.subscribe((area) => (this.marquee = area));
    client.hands.place.subscribe((box) => (this.box = box));
    client.hands.preset = PRESETS[this.preset];
    client.camera.orbitsAroundCursor = this.orbitsAroundCursor;
  }

  /** An action as it is now. */
  action(id: ActionId): Action {
    return action(id, this.#desk(), this.keys);
  }

  /** Does what was asked for; says why not if it cannot be done. */
  run(wish: ActionId | Action, goesIn = false): void {
    const { title, why, run } = typeof wish === "string" ? this.action(wish) : wish;
    this.#goesIn = goesIn;
    // Closing nothing is still the way back to the picture.
    if (why === null || wish === "close") run();
    else this.say(`${title}: ${why}.`);
  }

  /** For a button that is no part of a panel. A mouse goes back to the picture, keys go where the button leads. */
  press(id: ActionId): (event: MouseEvent) => void {
    return (event) => {
      const isByKey = event.detail === 0;
      if (!isByKey) this.focusPicture();
      this.run(id, isByKey);
    };
  }

  /** Attached to a panel: it takes the focus if whoever opened it goes in. */
  readonly enter = (panel: HTMLElement): void => {
    if (this.#goesIn) panel.focus({ preventScroll: true });
    this.#goesIn = false;
  };

  /** Attached to a field that searches the prims. */
  readonly enterSearch = (field: HTMLElement): void => {
    if (!this.#wantsSearch) return;
    this.#wantsSearch = false;
    field.focus({ preventScroll: true });
  };

  /** Attached to the field that names a bookmark. */
  readonly enterName = (field: HTMLInputElement): void => {
    if (!this.#wantsName) return;
    this.#wantsName = false;
    field.focus();
    field.select();
  };

  /** Keys are the picture's again. */
  focusPicture(): void {
    document.getElementById("surface")?.focus({ preventScroll: true });
  }

  /** Says a word that goes away by itself. */
  say(word: string): void {
    clearTimeout(this.#forget);
    this.word = word;
    this.#forget = setTimeout(() => (this.word = null), WORD_MS);
  }

  toggle(panel: Panel): void {
    if (this.panel === panel) return this.close();
    this.panel = panel;
    if (panel === "stages") this.client.listStages();
  }

  toggleTree(): void {
    this.isTreeOpen = !this.isTreeOpen;
    keep("tree", this.isTreeOpen ? "open" : "closed");
    if (!this.isTreeOpen) this.focusPicture();
  }

  toggleInspector(): void {
    this.isInspectorOpen = !this.isInspectorOpen;
    keep("inspector", this.isInspectorOpen ? "open" : "closed");
    if (!this.isInspectorOpen) this.focusPicture();
  }

  searchPrims(): void {
    if (!this.isTreeOpen) this.toggleTree();
    this.#wantsSearch = true;
  }

  close(): void {
    this.panel = null;
    this.focusPicture();
  }

  choose(from: Chooser): void {
    this.chooser = this.chooser === from ? null : from;
  }

  switchTheme(): void {
    this.theme = this.theme === "dark" ? "light" : "dark";
    keepTheme(this.theme);
  }

  changeKeys(map: KeyMap): void {
    this.keyMap = map;
    keep("keys", print(map));
  }

  showHints(isShown: boolean): void {
    this.hasHints = isShown;
    keep("hints", isShown ? "new" : "seen");
  }

  usePreset(id: PresetId): void {
    this.preset = id;
    this.client.hands.preset = PRESETS[id];
    keep("preset", id);
  }

  orbitAroundCursor(isOn: boolean): void {
    this.orbitsAroundCursor = this.client.camera.orbitsAroundCursor = isOn;
    keep("orbit", isOn ? "cursor" : "middle");
  }

  nameBookmark(): void {
    this.#wantsName = true;
    this.panel = "cameras";
  }

  showGate(isShown: boolean): void {
    this.hasGate = isShown;
    keep("gate", isShown ? "on" : "off");
  }

  get address(): string {
    return location.href;
  }

  copy(text: string, what: string): void {
    void copy(text).then((isCopied) => this.say(isCopied ? `Copied ${what}` : `This page may not use the clipboard: ${text}`));
  }

  copyReport(): void {
    const text = report(this.state, __VERSION__, navigator.userAgent, new Date().toISOString());
    void copy(text).then((isCopied) => {
      if (isCopied) return this.say("Copied the connection report");
      // There it can be copied by hand.
      this.panel = "report";
    });
  }

  save(url: string, name: string): void {
    const link = Object.assign(document.createElement("a"), { href: url, download: name, target: "_blank", rel: "noopener" });
    link.click();
  }

  now(): number {
    return performance.now();
  }

  /** The edits come as text: it is saved as a file of the user's. */
  #saveLayer({ usda, error }: ExportSessionResult): void {
    if (usda === undefined) return this.say(error ?? "The server does not say why there is no layer");
    const url = URL.createObjectURL(new Blob([usda], { type: "text/plain" }));
    this.save(url, "edits.usda");
    setTimeout(() => URL.revokeObjectURL(url), WORD_MS);
  }

  #desk(): Desk {
    return { state: this.state, client: this.client, page: this };
  }
}
