/**
 * The connection as a machine: named hops on the way in, loss, back-off, failure.
 * Pure: it is told what happened and when, and answers with what to do next.
 */
import { describe, type Failure } from "./failure";
import { HOPS, type Hop, type Trouble } from "./link";

/** A hop on the list: when it was passed, in milliseconds since the attempt began. */
export interface Step {
  hop: Hop;
  doneMs: number | null;
}

/** Where we are. */
export type Phase =
  | { name: "off" }
  | { name: "connecting"; since: number; deadline: number }
  | { name: "live"; since: number }
  | { name: "waiting"; until: number; failure: Failure }
  | { name: "failed"; failure: Failure };

/** The whole machine. */
export interface Connection {
  address: string;
  phase: Phase;
  steps: Step[];
  /** Attempts since the last picture, this one included. */
  attempt: number;
  /** A picture was there once: what is on the screen is worth keeping. */
  hadPicture: boolean;
  /** When the last picture was lost; `null` while it is there. */
  lostAt: number | null;
  /** What made the last attempt fail, until the next success. */
  lastFailure: Failure | null;
  /** The way in of the link that went silent, for as long as it may come back. */
  parked: Step[] | null;
}

/** What can happen to it. */
export type ConnectionEvent =
  | { type: "start" }
  | { type: "cancel" }
  /** The end, wherever it stands: nothing is tried any more. */
  | { type: "stop" }
  | { type: "retry" }
  | { type: "reached"; hop: Hop }
  | { type: "failed"; hop: Hop | null; trouble: Trouble }
  /** The link that went silent gives signs of life again. */
  | { type: "revived" }
  /** Time passed; `heardAt` is when the server was last heard. */
  | { type: "tick"; heardAt: number };

/** What to do after it. */
export type Effect = "open" | "close" | "hold" | "park" | "unpark";

/** Silence after which the server counts as lost; it sends a sign of life every 500 ms. Who looks on is told within 1.5 s. */
export const SILENCE_MS = 1300;
/** Time for each hop, counted from the one before. */
export const HOP_MS: Record<Hop, number> = { host: 6000, allowed: 6000, control: 8000, version: 5000, video: 8000, picture: 12000 };
const FIRST_WAIT_MS = 300;
/** As long as a server that is started again usually stays away, no wait is longer: the picture is due 3 s after its port listens. */
const RESTART_WAIT_MS = 1800;
const RESTART_ATTEMPTS = 14;
const LONGEST_WAIT_MS = 7000;

/** A machine at rest. */
export const offline = (address: string): Connection => ({
  address,
  phase: { name: "off" },
  steps: fresh(),
  attempt: 0,
  hadPicture: false,
  lostAt: null,
  lastFailure: null,
  parked: null,
});

/**
 * The wait before attempt number `attempt` + 1: doubles from 0.3 s to 1.8 s, after half a minute on to 7 s, shortened or
 * stretched by up to a quarter.
 */
export function waitMs(attempt: number, chance: number): number {
  const restarting = Math.min(RESTART_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.max(0, attempt));
  const wait = Math.min(LONGEST_WAIT_MS, restarting * 2 ** Math.max(0, attempt - RESTART_ATTEMPTS));
  return Math.round(Math.min(LONGEST_WAIT_MS, wait * (0.75 + 0.5 * chance)));
}

/** The first hop that is not behind us. */
export const nextHop = (c: Connection): Hop | null => c.steps.find((step) => step.doneMs === null)?.hop ?? null;

/** The machine after `event` at `now`, and what to do. `chance` (0 to 1) spreads the attempts of many clients. */
export function advance(c: Connection, event: ConnectionEvent, now: number, chance: number): [Connection, Effect[]] {
  switch (event.type) {
    case "start":
    case "retry":
      if (c.phase.name === "connecting" || c.phase.name === "live") return [c, []];
      return [attempt(event.type === "start" ? { ...c, attempt: 0 } : c, now), ["open"]];
    case "cancel": {
      if (c.phase.name !== "connecting" && c.phase.name !== "waiting") return [c, []];
      const failure: Failure = { hop: nextHop(c), title: "Not connected", cause: "You stopped the attempt.", remedy: "Connect again when you like.", isFinal: true };
      return [{ ...c, phase: { name: "failed", failure } }, ["close"]];
    }
    case "stop":
      return c.phase.name === "off" ? [c, []] : [offline(c.address), ["close"]];
    case "reached":
      return c.phase.name === "connecting" ? [reached(c, event.hop, c.phase.since, now), []] : [c, []];
    case "failed":
      return failed(c, event.hop, event.trouble, now, chance);
    case "revived":
      return revived(c, now);
    case "tick":
      return tick(c, event.heardAt, now, chance);
  }
}

/** A network that was gone for a while leaves link and session as they were: the same picture goes on. */
function revived(c: Connection, now: number): [Connection, Effect[]] {
  if (c.parked === null || (c.phase.name !== "connecting" && c.phase.name !== "waiting")) return [c, []];
  const isTrying = c.phase.name === "connecting";
  const next: Connection = { ...c, phase: { name: "live", since: now }, steps: c.parked, parked: null, attempt: 0, lostAt: null, lastFailure: null };
  return [next, isTrying ? ["close", "unpark"] : ["unpark"]];
}

function fresh(): Step[] {
  return HOPS.map((hop) => ({ hop, doneMs: null }));
}

function attempt(c: Connection, now: number): Connection {
  const phase: Phase = { name: "connecting", since: now, deadline: now + HOP_MS.host };
  return { ...c, phase, steps: fresh(), attempt: c.attempt + 1 };
}

function reached(c: Connection, hop: Hop, since: number, now: number): Connection {
  const steps = c.steps.map((step) => (step.hop === hop && step.doneMs === null ? { ...step, doneMs: now - since } : step));
  const next: Connection = { ...c, steps };
  const waiting = nextHop(next);
  if (waiting === null) return { ...next, phase: { name: "live", since: now }, attempt: 0, hadPicture: true, lostAt: null, lastFailure: null, parked: null };
  return { ...next, phase: { name: "connecting", since, deadline: now + HOP_MS[waiting] } };
}

function failed(c: Connection, hop: Hop | null, trouble: Trouble, now: number, chance: number): [Connection, Effect[]] {
  const wasLive = c.phase.name === "live";
  if (!wasLive && c.phase.name !== "connecting") return [c, []];
  const isNoNews = trouble.kind === "unreachable" && c.lastFailure?.isForetold;
  const failure = isNoNews && c.lastFailure ? c.lastFailure : describe(wasLive ? null : (hop ?? nextHop(c)), trouble, c.address);
  const next: Connection = { ...c, lastFailure: failure, lostAt: wasLive ? now : c.lostAt };
  const isQuiet = wasLive && trouble.kind === "silent";
  const effects: Effect[] = isQuiet ? ["hold", "park"] : wasLive ? ["hold", "close"] : ["close"];
  if (isQuiet) next.parked = c.steps;
  if (failure.isFinal) return [{ ...next, phase: { name: "failed", failure } }, effects];
  const wait = waitMs(wasLive ? 0 : c.attempt, chance);
  return [{ ...next, phase: { name: "waiting", until: now + wait, failure } }, effects];
}

function tick(c: Connection, heardAt: number, now: number, chance: number): [Connection, Effect[]] {
  switch (c.phase.name) {
    case "off":
    case "failed":
      return [c, []];
    case "connecting":
      return now < c.phase.deadline ? [c, []] : failed(c, nextHop(c), { kind: "timeout" }, now, chance);
    case "live":
      return now - Math.max(heardAt, c.phase.since) < SILENCE_MS ? [c, []] : failed(c, null, { kind: "silent" }, now, chance);
    case "waiting":
      return now < c.phase.until ? [c, []] : [attempt(c, now), ["open"]];
  }
}
