/** The face: hands on the picture, and everything that lies over it. */
import { mount } from "svelte";
import type { Client } from "../core/client";
import { can } from "../core/state";
import App from "./App.svelte";
import Embedded from "./Embedded.svelte";
import { Model } from "./model.svelte";
import { attachHands } from "./pointers";

/** Shows the face of `client` in `target`, the small one within another page; the hands work on `surface`. */
export function show(client: Client, surface: HTMLElement, target: HTMLElement, isEmbedded: boolean): void {
  const model = new Model(client);
  const isToggle = (event: PointerEvent): boolean => event.ctrlKey || event.metaKey;
  const share = (x: number, y: number): [number, number] => {
    const { left, top, width, height } = client.hands.box;
    return [(x - left) / width, (y - top) / height];
  };
  attachHands(surface, client.hands, {
    canSelect: () => can(client.store.value, "select"),
    clicked: (event, isDouble) => {
      if (isDouble && !isToggle(event)) return client.prims.frameSelected();
      const [across, down] = share(event.clientX, event.clientY);
      if (across < 0 || across >= 1 || down < 0 || down >= 1) return;
      client.prims.pick(across, down, isToggle(event) ? "toggle" : "replace");
    },
    enclosed: (event, { x0, y0, x1, y1 }) => client.prims.marquee(share(x0, y0), share(x1, y1), isToggle(event) ? "toggle" : "replace"),
    touched: () => {
      if (model.panel !== "report" && model.panel !== "diagnostics") model.panel = null;
    },
  });
  mount(isEmbedded ? Embedded : App, { target, props: { model } });
}
