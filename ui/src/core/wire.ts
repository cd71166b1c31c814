/**
 * Text on the wire ↔ messages: the envelope `{event_type, id?, payload}` and answers that come in parts.
 * Owns the half-received answers; knows nothing about what a message means.
 */
import type { ClientMessage, Envelope, ServerMessage } from "../protocol";

/** All half-received answers together, in characters; the oldest are dropped beyond it. */
const PARTS_LIMIT = 16 * 1024 * 1024;

/** A message as text. */
export const encode = (message: ClientMessage): string => JSON.stringify(message);

interface Transfer {
  parts: (string | undefined)[];
  missing: number;
  size: number;
}

/** Turns texts into messages; keeps the parts of an answer until the last one is there. */
export class Decoder {
  #transfers = new Map<string, Transfer>();
  #held = 0;

  /** The message that this text completes, or `null`: a part of a longer one, or not a message at all. */
  decode(text: string): Envelope<ServerMessage> | null {
    const envelope = parse(text);
    if (!envelope || typeof envelope.event_type !== "string") return null;
    if (typeof envelope.numParts !== "number") return message(envelope);
    if (envelope.numParts === 1) return message(envelope);
    const payload = this.#join(envelope);
    return payload === null ? null : message({ ...envelope, payload });
  }

  #join(envelope: Record<string, unknown>): unknown {
    const { id, part, numParts, payload } = envelope;
    const count = numParts as number;
    if ((id !== undefined && typeof id !== "string") || typeof payload !== "string" || !Number.isInteger(part)) return null;
    const index = (part as number) - 1;
    if (!(Number.isInteger(count) && count > 1 && count <= 65536) || index < 0 || index >= count) return null;
    // What answers nothing has no id: its parts follow each other, so the name tells them from others.
    const key = JSON.stringify([envelope.event_type, id]);
    let transfer = this.#transfers.get(key);
    // Another number of parts, or one that is there already: the sender begins anew.
    if (!transfer || transfer.parts.length !== count || transfer.parts[index] !== undefined) {
      this.#drop(key);
      transfer = { parts: new Array<string | undefined>(count), missing: count, size: 0 };
      this.#transfers.set(key, transfer);
    }
    transfer.parts[index] = payload;
    transfer.missing -= 1;
    transfer.size += payload.length;
    this.#held += payload.length;
    if (transfer.missing > 0) {
      for (const oldest of this.#transfers.keys()) {
        if (this.#held <= PARTS_LIMIT) break;
        this.#drop(oldest);
      }
      return null;
    }
    this.#drop(key);
    return parse(transfer.parts.join(""));
  }

  #drop(key: string): void {
    this.#held -= this.#transfers.get(key)?.size ?? 0;
    this.#transfers.delete(key);
  }
}

function parse(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

function message(envelope: Record<string, unknown>): Envelope<ServerMessage> | null {
  if (typeof envelope.payload !== "object" || envelope.payload === null) return null;
  return envelope as unknown as Envelope<ServerMessage>;
}
