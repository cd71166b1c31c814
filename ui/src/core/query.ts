/** What the page's address asks for. */
import { NOWHERE, placeOf, type Place } from "./viewlink";

/** The wishes. */
export interface Wishes {
  /** Where the server is: an origin with the path before `/whep`, ending in a slash. */
  server: string;
  /** A stage to open. */
  stage: string | null;
  /** Where to look from, at which time, with what selected. */
  place: Place;
  /** What others shall see this client called. */
  name: string | null;
  /** The session that this page shows within another one; `null` for a page of its own. */
  session: string | null;
}

/** Where a session's embedded page is, after the server's own folder. */
const EMBED_PATH = /^(.*\/)stream\/(stream_[0-9]+_[0-9a-f]+)\/embed$/;
const CLIENT_PATH = "streaming/webrtc-client/";

/** Reads the page's address: `?server=HOST&signalingport=N`, `?stage=` with a place as `viewlink.ts` has it, `?name=`; or the path of a session's embedded page. */
export function wishes(href: string): Wishes {
  const [, origin = "", path = "/", query = ""] = /^([a-z][a-z0-9+.-]*:\/\/[^/?#]*)([^?#]*)(?:\?([^#]*))?/i.exec(href) ?? [];
  const values = new Map(
    query
      .split("&")
      .filter((pair) => pair.includes("="))
      .map((pair) => [decode(pair.slice(0, pair.indexOf("="))), decode(pair.slice(pair.indexOf("=") + 1))] as const),
  );
  const say = (name: string) => values.get(name) || null;
  const embedded = EMBED_PATH.exec(path);
  if (embedded !== null) return { server: origin + (embedded[1] ?? "/"), stage: null, place: NOWHERE, name: say("name"), session: embedded[2] ?? null };
  let folder = path.slice(0, path.lastIndexOf("/") + 1) || "/";
  if (folder.endsWith(`/${CLIENT_PATH}`)) folder = folder.slice(0, -CLIENT_PATH.length);
  return { server: address(origin, folder, say("server"), say("signalingport")), stage: say("stage"), place: placeOf(say), name: say("name"), session: null };
}

function address(origin: string, folder: string, host: string | null, port: string | null): string {
  if (host === null && port === null) return origin + folder;
  const scheme = origin.slice(0, origin.indexOf("://") + 3);
  const own = origin.slice(scheme.length);
  const ownPort = /:(\d+)$/.exec(own)?.[1];
  let name = host ?? own.replace(/:\d+$/, "");
  if (/^[0-9a-f:]*:[0-9a-f:]*:[0-9a-f:.]*$/i.test(name)) name = `[${name}]`;
  const hasPort = /:\d+$/.test(name) && !name.endsWith("]");
  const chosen = port && /^\d{1,5}$/.test(port) ? port : host === null ? ownPort : "49100";
  return `${scheme}${name}${hasPort || !chosen ? "" : `:${chosen}`}/`;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return text;
  }
}
