/** The page: connects first, then draws its face. */
import { mount } from "svelte";
import { Client } from "./core/client";
import { wishes } from "./core/query";
import { browser } from "./link/outside";
import App from "./view/App.svelte";
import { Model } from "./view/model.svelte";
import { PictureSurface } from "./view/picture";
import { attachHands } from "./view/pointers";
import { showTheme, theme } from "./view/theme";
import "./view/tokens.css";
import "./view/base.css";

function element<E extends Element>(id: string): E {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return found as unknown as E;
}

showTheme(theme());
const { server, stage, camera } = wishes(location.href);
const surface = new PictureSurface(element("surface"), element<HTMLVideoElement>("video"), element<HTMLCanvasElement>("still"));
const outside = browser(server, surface.video, () => surface.hold());
const client = new Client(outside, { name: "telestage-web", version: __VERSION__, stage, camera });
client.start();

surface.whenLaidOut((box) => client.hands.layOut(box));
client.store.subscribe(({ connection }) => {
  if (connection.phase.name === "live") surface.release();
});
const model = new Model(client);
attachHands(
  surface.element,
  client.hands,
  () => client.frameAll(),
  () => {
    if (model.panel !== "report" && model.panel !== "diagnostics") model.panel = null;
  },
);
mount(App, { target: element("app"), props: { model } });
addEventListener("online", () => client.retry());
