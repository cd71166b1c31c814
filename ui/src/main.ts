/** The page: connects first, then fetches its face. */
import { Client } from "./core/client";
import { doors } from "./core/doors";
import { wishes } from "./core/query";
import { can } from "./core/state";
import { browser } from "./link/outside";
import { attachHands, attachNudges } from "./link/pointers";
import { PictureSurface } from "./view/picture";
import { showTheme, theme } from "./view/theme";
import "./view/tokens.css";
import "./view/base.css";

function element<E extends Element>(id: string): E {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return found as unknown as E;
}

showTheme(theme());
const { server, stage, place, name, session } = wishes(location.href);
const surface = new PictureSurface(element("surface"), element<HTMLVideoElement>("video"), element<HTMLCanvasElement>("canvas"), element<HTMLCanvasElement>("still"));
const client = new Client(browser(doors(server, session), surface), { name: "telestage-web", version: __VERSION__, stage, place, title: name });
client.start();

attachHands(surface.element, client.hands, {
  clicked: (click) => client.prims.clicked(click),
  canEnclose: () => can(client.store.value, "select"),
  enclosed: (from, to, isToggle) => client.prims.marquee(from, to, isToggle ? "toggle" : "replace"),
});
// Within another page there are no actions: only the small steps have keys.
if (session !== null) attachNudges(surface.element, client.hands);
surface.whenLaidOut((box) => client.hands.layOut(box));
client.store.subscribe(({ connection }) => {
  if (connection.phase.name === "live") surface.release();
});
document.addEventListener("visibilitychange", () => client.visibilityChanged());
addEventListener("online", () => client.retry());
// While the browser negotiates, there is time for everything else.
void import("./view/face").then(({ show }) => show(client, surface.element, element("app"), session !== null));
