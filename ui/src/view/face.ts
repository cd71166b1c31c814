/** The face: hands on the picture, and everything that lies over it. */
import { mount } from "svelte";
import type { Client } from "../core/client";
import App from "./App.svelte";
import Embedded from "./Embedded.svelte";
import { attachNudges } from "./keys";
import { Model } from "./model.svelte";
import { attachHands } from "./pointers";

/** Shows the face of `client` in `target`, the small one within another page; the hands work on `surface`. */
export function show(client: Client, surface: HTMLElement, target: HTMLElement, isEmbedded: boolean): void {
  const model = new Model(client);
  attachHands(
    surface,
    client.hands,
    (event, isDouble) => {
      const isToggle = event.ctrlKey || event.metaKey;
      if (isDouble && !isToggle) return client.prims.frameSelected();
      const { left, top, width, height } = client.hands.box;
      const [across, down] = [(event.clientX - left) / width, (event.clientY - top) / height];
      if (across < 0 || across >= 1 || down < 0 || down >= 1) return;
      client.prims.pick(across, down, isToggle ? "toggle" : "replace");
    },
    () => {
      if (model.panel !== "report" && model.panel !== "diagnostics") model.panel = null;
    },
  );
  // Within another page there are no actions: only the small steps have keys.
  if (isEmbedded) attachNudges(surface, client.hands);
  mount(isEmbedded ? Embedded : App, { target, props: { model } });
}
