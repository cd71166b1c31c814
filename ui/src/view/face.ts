/** The face: everything that lies over the picture. */
import { mount } from "svelte";
import type { Client } from "../core/client";
import App from "./App.svelte";
import Embedded from "./Embedded.svelte";
import { Model } from "./model.svelte";

/** Shows the face of `client` in `target`, the small one within another page; a touch of `surface` puts panels away. */
export function show(client: Client, surface: HTMLElement, target: HTMLElement, isEmbedded: boolean): void {
  const model = new Model(client);
  surface.addEventListener("pointerdown", () => {
    if (model.panel !== "report" && model.panel !== "diagnostics") model.panel = null;
  });
  mount(isEmbedded ? Embedded : App, { target, props: { model } });
}
