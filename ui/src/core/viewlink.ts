/**
 * A view as an address of this page: which stage, seen from where, at which time, with what selected. Numbers are written
 * with all their digits, so that the picture is the same one.
 *
 * `?stage=URL`, then either `&camera=PATH` or `&eye=X,Y,Z&target=X,Y,Z&up=X,Y,Z` with `&fov=DEGREES` (or `&height=UNITS` of a
 * parallel view) and `&shift=RIGHT,UP` for a picture whose middle lies off the axis; `&time=CODE`, `&select=PATH,PATH`.
 */
import type { SetCameraRequest } from "../protocol";
import { lookOf, through, type Look } from "./look";
import type { State } from "./state";
import { animated, timeAt } from "./timeline";

/** What a link asks for, besides the stage. */
export interface Place {
  look: Look | null;
  time: number | null;
  select: readonly string[];
}

/** Asks for nothing. */
export const NOWHERE: Place = { look: null, time: null, select: [] };

/** What an address may hold of a selection, in characters: beyond 2000 in all, some programs cut it. */
const SELECT_CHARS = 1200;

/** The address of what is seen at `now` (page's clock), and how many selected prims had no room in it. `href` is the page's own. */
export function linkTo(href: string, state: State, now: number): { href: string; left: number } {
  const { stage, camera, selection } = state;
  const query = new Query();
  // Which server, if the page was told so: the same one is meant.
  for (const name of ["server", "signalingport"]) query.put(name, new RegExp(`[?&]${name}=([^&#]*)`).exec(href)?.[1] ?? null, false);
  query.put("stage", stage?.url ?? null);
  if (camera !== null) writeLook(query, lookOf(camera));
  const known = animated(state);
  if (known !== null) query.put("time", String(timeAt(known, now)));
  const kept = fitting(selection);
  query.put("select", kept.join(",") || null);
  return { href: href.replace(/[?#].*$/s, "") + query.text, left: selection.length - kept.length };
}

/** Reads a link's parameters. What makes no sense is not asked for. */
export function placeOf(say: (name: string) => string | null): Place {
  const camera = say("camera");
  const time = number(say("time"));
  const select = (say("select") ?? "").split(",").filter((path) => path !== "");
  return { look: camera === null ? readLook(say) : through(camera), time, select };
}

function writeLook(query: Query, look: Look): void {
  if (look.event_type === "set_camera") return query.put("camera", look.payload.path);
  const { eye, target, up, fov_y, ortho_height, shift } = look.payload;
  query.put("eye", eye.join(","));
  query.put("target", target.join(","));
  query.put("up", up.join(","));
  if (ortho_height !== undefined) query.put("height", String(ortho_height));
  else if (fov_y !== undefined) query.put("fov", String(fov_y));
  if (shift !== undefined) query.put("shift", shift.join(","));
}

function readLook(say: (name: string) => string | null): Look | null {
  const [eye, target, up] = ["eye", "target", "up"].map((name) => numbers(say(name), 3));
  if (!eye || !target || !up) return null;
  const payload: SetCameraRequest = { eye: eye as Triple, target: target as Triple, up: up as Triple };
  const height = number(say("height"));
  const fov = number(say("fov"));
  const shift = numbers(say("shift"), 2);
  if (height !== null) payload.ortho_height = height;
  else if (fov !== null) payload.fov_y = fov;
  if (shift) payload.shift = shift as [number, number];
  return { event_type: "setCameraRequest", payload };
}

type Triple = [number, number, number];

/** As many as there is room for; what was selected last is the most wanted. */
function fitting(paths: readonly string[]): readonly string[] {
  let room = SELECT_CHARS;
  let first = paths.length;
  while (first > 0 && (room -= encode(paths[first - 1] ?? "").length + 1) >= 0) first -= 1;
  return paths.slice(first);
}

function number(text: string | null): number | null {
  const value = text === null || text.trim() === "" ? NaN : Number(text);
  return Number.isFinite(value) ? value : null;
}

function numbers(text: string | null, count: number): number[] | null {
  const values = (text ?? "").split(",").map(number);
  return values.length === count && values.every((value) => value !== null) ? values : null;
}

/** What need not be escaped in a query stays readable. */
const encode = (text: string): string => encodeURIComponent(text).replace(/%2F/g, "/").replace(/%2C/g, ",").replace(/%3A/g, ":");

/** The part of an address after the path, as it grows. */
class Query {
  text = "";

  put(name: string, value: string | null, isPlain = true): void {
    if (value !== null) this.text += `${this.text === "" ? "?" : "&"}${name}=${isPlain ? encode(value) : value}`;
  }
}
