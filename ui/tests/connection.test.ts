import { describe, expect, it } from "vitest";
import { advance, HOP_MS, nextHop, offline, SILENCE_MS, waitMs, type Connection, type ConnectionEvent } from "../src/core/connection";
import { HOPS, type Trouble } from "../src/core/link";

const run = (events: [number, ConnectionEvent][], from: Connection = offline("http://there")) => {
  let connection = from;
  const effects: string[] = [];
  for (const [now, event] of events) {
    const [next, todo] = advance(connection, event, now, 0.5);
    connection = next;
    effects.push(...todo);
  }
  return { connection, effects };
};
const allHops = (from: number): [number, ConnectionEvent][] => HOPS.map((hop, index) => [from + index * 10, { type: "reached", hop }]);
const live = run([[0, { type: "start" }], ...allHops(10)]).connection;
const failure = (trouble: Trouble): ConnectionEvent => ({ type: "failed", hop: null, trouble });

describe("the way in", () => {
  it("opens a link and passes the hops, each with its time", () => {
    const { connection, effects } = run([[0, { type: "start" }], ...allHops(10)]);
    expect(effects).toEqual(["open"]);
    expect(connection.phase).toEqual({ name: "live", since: 60 });
    expect(connection.steps.map(({ doneMs }) => doneMs)).toEqual([10, 20, 30, 40, 50, 60]);
  });

  it.each(HOPS)("names the hop that does not answer in time: %s", (hop) => {
    const before = allHops(0).slice(0, HOPS.indexOf(hop));
    const reached = before.at(-1)?.[0] ?? 0;
    const deadline = reached + HOP_MS[hop];
    const start: [number, ConnectionEvent][] = [[0, { type: "start" }], ...before];
    expect(run([...start, [deadline - 1, { type: "tick", heardAt: 0 }]]).connection.phase.name).toBe("connecting");
    const { connection, effects } = run([...start, [deadline, { type: "tick", heardAt: 0 }]]);
    expect(connection.phase).toMatchObject({ name: "waiting", failure: { hop } });
    expect(effects).toEqual(["open", "close"]);
    expect(nextHop(connection)).toBe(hop);
  });

  it("shows both numbers of a version that does not fit, and does not try again", () => {
    const { connection } = run([[0, { type: "start" }], [5, { type: "failed", hop: "version", trouble: { kind: "version", client: 1, server: 3, detail: "" } }]]);
    expect(connection.phase).toMatchObject({ name: "failed", failure: { hop: "version", isFinal: true } });
    expect(JSON.stringify(connection.phase)).toMatch(/protocol 1.*speaks 3/);
  });

  it("does not try again where it is forbidden", () => {
    const { connection } = run([[0, { type: "start" }], [5, failure({ kind: "refused", status: 403, detail: "" })]]);
    expect(connection.phase.name).toBe("failed");
  });

  it("stops on request", () => {
    const { connection, effects } = run([[0, { type: "start" }], [5, { type: "cancel" }], [9999, { type: "tick", heardAt: 0 }]]);
    expect(connection.phase.name).toBe("failed");
    expect(effects).toEqual(["open", "close"]);
  });
});

describe("a lost link", () => {
  it("is one that was silent for a second and a half", () => {
    const at = (now: number) => run([[now, { type: "tick", heardAt: 1000 }]], live);
    expect(at(1000 + SILENCE_MS - 1).connection.phase.name).toBe("live");
    const { connection, effects } = at(1000 + SILENCE_MS);
    expect(connection.phase).toMatchObject({ name: "waiting", until: 1000 + SILENCE_MS + 300 });
    expect(effects).toEqual(["hold", "park"]);
  });

  it("that only was silent goes on where it was, whatever was tried meanwhile", () => {
    const silent = run([[5000, failure({ kind: "silent" })]], live).connection;
    const waiting = run([[5100, { type: "revived" }]], silent);
    expect(waiting.effects).toEqual(["unpark"]);
    expect(waiting.connection).toMatchObject({ phase: { name: "live", since: 5100 }, steps: live.steps, lostAt: null });
    const trying = run([[5300, { type: "tick", heardAt: 0 }], [5400, { type: "revived" }]], silent);
    expect(trying.effects).toEqual(["open", "close", "unpark"]);
    expect(trying.connection.phase.name).toBe("live");
    const closed = run([[5000, failure({ kind: "closed", detail: "" })], [5100, { type: "revived" }]], live);
    expect(closed.connection.phase.name).toBe("waiting");
  });

  it("is tried again when its wait is over, and waits longer after each failure", () => {
    let connection = run([[5000, failure({ kind: "closed", detail: "" })]], live).connection;
    const waits: number[] = [];
    let now = 5000;
    for (let attempt = 0; attempt < 18; attempt += 1) {
      if (connection.phase.name !== "waiting") throw new Error(connection.phase.name);
      waits.push(connection.phase.until - now);
      now = connection.phase.until;
      connection = run([[now, { type: "tick", heardAt: 0 }]], connection).connection;
      expect(connection.phase.name).toBe("connecting");
      connection = run([[now, failure({ kind: "unreachable", detail: "" })]], connection).connection;
    }
    // Nearly half a minute, in which a server that was started again is found soon; then it is left in peace.
    expect(waits).toEqual([300, 600, 1200, ...Array<number>(12).fill(1800), 3600, 7000, 7000]);
  });

  it("spreads the attempts, and never waits more than seven seconds", () => {
    expect(waitMs(0, 0)).toBe(225);
    expect(waitMs(0, 1)).toBe(375);
    expect(waitMs(20, 1)).toBe(7000);
  });

  it("keeps that there was a picture until there is one again", () => {
    const lost = run([[5000, failure({ kind: "silent" })], [5300, { type: "tick", heardAt: 0 }]], live).connection;
    expect(lost).toMatchObject({ hadPicture: true, lostAt: 5000 });
    const back = run(allHops(5400), lost).connection;
    expect(back).toMatchObject({ lostAt: null, attempt: 0, lastFailure: null, phase: { name: "live" } });
  });

  it("does not wait when the user does not want to", () => {
    const { effects } = run([[5000, failure({ kind: "silent" })], [5001, { type: "retry" }]], live);
    expect(effects).toEqual(["hold", "park", "open"]);
  });
});
