// The golden samples that the server's tests read too: what Rust writes must be what this client reads, and the other way round.
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { CLIENT_EVENTS, SERVER_EVENTS, type Envelope, type ServerMessage } from "../src/protocol";
import { reduce } from "../src/core/reduce";
import { initial } from "../src/core/state";
import { Decoder, encode } from "../src/core/wire";
import { fields } from "./types";

const folder = new URL("../../protocol/samples/", import.meta.url);
const samples = readdirSync(folder)
  .filter((name) => name.endsWith(".json"))
  .map((name) => ({ name, text: readFileSync(new URL(name, folder), "utf8") }));
const ofServer = samples.filter(({ name }) => name.startsWith("server."));
const ofClient = samples.filter(({ name }) => name.startsWith("client."));

describe("golden samples", () => {
  it("exist for every message that the server sends", () => {
    const names = new Set(ofServer.map(({ name }) => name.split(".")[1]));
    expect([...names].sort()).toEqual([...SERVER_EVENTS].sort());
  });

  it("exist for every message that a client sends", () => {
    const names = new Set(ofClient.map(({ name }) => name.split(".")[1]));
    expect([...names].sort()).toEqual([...CLIENT_EVENTS].sort());
  });

  it.each(ofServer)("$name is a message that the state takes in", ({ text }) => {
    const message = new Decoder().decode(text);
    if (!message) throw new Error("not a message");
    expect(() => reduce(initial("http://here"), message, 0)).not.toThrow();
  });

  it("are put together where they come in parts, as Rust cuts them", () => {
    const decoder = new Decoder();
    let whole: Envelope<ServerMessage> | null = null;
    let joined = 0;
    for (const line of readFileSync(new URL("parts.jsonl", folder), "utf8").trimEnd().split("\n")) {
      const { part, numParts } = JSON.parse(line) as { part?: number; numParts?: number };
      const message = decoder.decode(line);
      if (part === undefined) whole = message;
      else if (part < (numParts ?? 0)) expect(message).toBeNull();
      else {
        expect({ event_type: message?.event_type, id: message?.id, payload: message?.payload }).toEqual({ id: undefined, ...whole });
        joined += 1;
      }
    }
    expect(joined).toBe(2);
  });

  it.each(samples)("$name has the fields of its generated type", ({ text }) => {
    const { event_type, payload } = JSON.parse(text) as ServerMessage;
    const type = fields(event_type);
    for (const name of Object.keys(payload)) expect(type.all).toContain(name);
    for (const name of type.required) expect(Object.keys(payload)).toContain(name);
  });

  it("a command is written as the sample has it", () => {
    const sample = ofClient.find(({ name }) => name === "client.cameraCommandRequest.json");
    const text = encode({ event_type: "cameraCommandRequest", payload: { command: "orbit", gesture: 3, seq: 41, x: 0.125, y: -0.0625 } });
    expect(JSON.parse(text)).toEqual(JSON.parse(sample?.text ?? ""));
  });
});
