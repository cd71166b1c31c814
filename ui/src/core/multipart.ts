/** `multipart/x-mixed-replace` as it streams in: bytes in, bodies out. Pure. Each part must say its length, as ours do. */

const HEAD_MAX = 4096;

/** The parts of one stream. */
export class Parts {
  #bytes = new Uint8Array(0);

  /** Takes what came; gives the bodies that are whole now. `null`: this is no such stream. */
  push(chunk: Uint8Array): Uint8Array<ArrayBuffer>[] | null {
    const joined = new Uint8Array(this.#bytes.length + chunk.length);
    joined.set(this.#bytes);
    joined.set(chunk, this.#bytes.length);
    const bodies: Uint8Array<ArrayBuffer>[] = [];
    let at = 0;
    for (;;) {
      const end = headEnd(joined, at);
      if (end === null) {
        if (joined.length - at > HEAD_MAX) return null;
        break;
      }
      const length = /content-length:\s*(\d+)/i.exec(text(joined.subarray(at, end)))?.[1];
      if (length === undefined) return null;
      const last = end + Number(length);
      if (joined.length < last) break;
      bodies.push(joined.slice(end, last));
      at = last;
    }
    this.#bytes = joined.slice(at);
    return bodies;
  }
}

/** Where the head that begins at `at` ends, empty line included. */
function headEnd(bytes: Uint8Array, at: number): number | null {
  for (let i = at; i + 3 < bytes.length; i += 1) {
    if (bytes[i] === 13 && bytes[i + 1] === 10 && bytes[i + 2] === 13 && bytes[i + 3] === 10) return i + 4;
  }
  return null;
}

const text = (bytes: Uint8Array): string => String.fromCharCode(...bytes.subarray(0, HEAD_MAX));
