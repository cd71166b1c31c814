/** The face: hands on the picture, and everything that lies over it. */
import { mount } from "svelte";
import type { Client } from "../core/client";
import App from "./App.svelte";
import Embedded from "./Embedded.svelte";
import { Model } from "./model.svelte";
import { attachHands } from "./pointers";

/** Shows the face of `client` in `target`, the small one within another page; the hands work on `surface`. */
export function show(client: Client, surface: HTMLElement, target: HTMLElement, isEmbedded: boolean): void {
  const model = new Model(client);
  attachHands(
    surface,
    client.hands,
    () => client.frameAll(),
    () => {
      if (model.panel !== "report" && model.panel !== "diagnostics") model.panel = null;
    },
  );
  mount(isEmbedded ? Embedded : App, { target, props: { model } });
}
