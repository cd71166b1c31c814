/** Pictures on the WebSocket: the 16 bytes before each, and what a decoder must know of H.264. Pure. */

/** What stands before a picture. */
export interface PictureHeader {
  isKey: boolean;
  isJpeg: boolean;
  frame: number;
  rtpTimestamp: number;
  inputSeq: number;
}

const BYTES = 16;
const VERSION = 1;

/** Reads a binary message; `null` if it is not one of ours. */
export function picture(message: ArrayBuffer): { header: PictureHeader; body: Uint8Array<ArrayBuffer> } | null {
  if (message.byteLength <= BYTES) return null;
  const view = new DataView(message);
  if (view.getUint8(0) !== VERSION) return null;
  const flags = view.getUint8(1);
  const header = {
    isKey: (flags & 1) !== 0,
    isJpeg: (flags & 2) !== 0,
    frame: view.getUint32(4, true),
    rtpTimestamp: view.getUint32(8, true),
    inputSeq: view.getUint32(12, true),
  };
  return { header, body: new Uint8Array(message, BYTES) };
}

/** The codec string of an access unit in Annex B that carries a sequence parameter set (RFC 6381); `null` without one. */
export function codec(unit: Uint8Array): string | null {
  for (let at = 0; at + 6 < unit.length; at += 1) {
    if (unit[at] !== 0 || unit[at + 1] !== 0 || unit[at + 2] !== 1) continue;
    if (((unit[at + 3] ?? 0) & 31) !== 7) continue;
    const hex = (offset: number) => (unit[at + offset] ?? 0).toString(16).padStart(2, "0");
    return `avc1.${hex(4)}${hex(5)}${hex(6)}`;
  }
  return null;
}
