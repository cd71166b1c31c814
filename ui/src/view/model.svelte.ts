/** The store as Svelte sees it, and what only this page knows: which panel is open, which theme. */
import type { Client } from "../core/client";
import type { CommandId } from "../core/commands";
import type { Area } from "../core/gestures";
import { screen } from "../core/screen";
import type { State } from "../core/state";
import { keep, kept } from "./kept";
import { keepTheme, theme, type Theme } from "./theme";

/** At most one is open. */
export type Panel = "stages" | "cameras" | "diagnostics" | "report" | "viewers" | "help";

/** One page's view of one client. */
export class Model {
  readonly client: Client;
  state: State = $state.raw() as State;
  panel: Panel | null = $state(null);
  isTreeOpen: boolean = $state(kept("tree") === "open");
  marquee: Area | null = $state.raw(null);
  theme: Theme = $state(theme());
  screen = $derived(screen(this.state));

  constructor(client: Client) {
    this.client = client;
    client.store.subscribe((state) => (this.state = state));
    client.hands.marquee.subscribe((area) => (this.marquee = area));
  }

  /** Opens the panel, or closes it if it is open. */
  toggle(panel: Panel): void {
    this.panel = this.panel === panel ? null : panel;
    if (this.panel === "stages") this.client.listStages();
  }

  /** Does what a key or a button asks for. */
  run(command: CommandId): void {
    switch (command) {
      case "tree":
        this.isTreeOpen = !this.isTreeOpen;
        return keep("tree", this.isTreeOpen ? "open" : "closed");
      case "frame":
        return this.client.prims.frameSelected();
      case "parent":
        return this.client.prims.up();
      case "child":
        return this.client.prims.down();
      case "all":
        return this.client.frameAll();
      case "reload":
        return this.client.resetStage();
      case "record":
        return this.client.toggleRecording();
      case "play":
        return this.client.time.toggle();
      case "stepBack":
        return this.client.time.step(-1);
      case "stepOn":
        return this.client.time.step(1);
      case "theme":
        this.theme = this.theme === "dark" ? "light" : "dark";
        return keepTheme(this.theme);
      case "close":
        this.panel = null;
        return;
      case "stages":
      case "cameras":
      case "diagnostics":
      case "report":
      case "viewers":
      case "help":
        return this.toggle(command);
    }
  }
}
