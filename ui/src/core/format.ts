/** Figures and paths as people read them. */
import { can, type State } from "./state";

/** The file's name without folders and query. */
export function stageName(url: string): string {
  const path = url.replace(/^file:\/\//, "").replace(/[\\/]+$/, "");
  const name = path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);
  return name || url;
}

/** The folder that the stage lies in; empty for none. */
export function stageFolder(url: string): string {
  const path = url.replace(/^file:\/\//, "");
  const cut = Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\"));
  return cut > 0 ? path.slice(0, cut) : "";
}

/** A text of at most `length` characters: long ones lose their middle. */
export function elide(text: string, length: number): string {
  const letters = [...text];
  if (letters.length <= length) return text;
  const head = Math.ceil((length - 1) / 2);
  return `${letters.slice(0, head).join("")}…${letters.slice(letters.length - (length - 1 - head)).join("")}`;
}

/** `0.4 ms`, `18 ms`, `1.2 s`. */
export function duration(ms: number): string {
  if (ms < 1) return `${ms.toFixed(1)} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
}

/** `0:07`, `12:40`, `1:02:03`: how long something runs already. */
export function elapsed(ms: number): string {
  const secs = Math.max(0, Math.floor(ms / 1000));
  const two = (value: number): string => String(value % 60).padStart(2, "0");
  const minutes = Math.floor(secs / 60);
  return minutes < 60 ? `${minutes}:${two(secs)}` : `${Math.floor(minutes / 60)}:${two(minutes)}:${two(secs)}`;
}

/** `640 kbps`, `6.2 Mbps`. */
export function bitrate(bps: number): string {
  return bps >= 995_000 ? `${(bps / 1e6).toFixed(1)} Mbps` : `${Math.round(bps / 1000)} kbps`;
}

/** `512 B`, `20 KB`, `1.4 MB`. */
export function bytes(count: number): string {
  if (count < 1000) return `${count} B`;
  if (count < 1e6) return `${Math.round(count / 1000)} KB`;
  return count < 1e9 ? `${(count / 1e6).toFixed(1)} MB` : `${(count / 1e9).toFixed(1)} GB`;
}

/** The server's one-line causes as a sentence. */
export function sentence(text: string): string {
  const trimmed = text.trim();
  if (trimmed === "") return trimmed;
  const first = trimmed.charAt(0).toUpperCase() + trimmed.slice(1);
  return /[.!?…]$/.test(first) ? first : `${first}.`;
}

/** A text in pieces, its command line options (`--asset-root DIR`) apart: they must not break in two. */
export function prose(text: string): { text: string; isOption: boolean }[] {
  return text
    .split(/(--[a-z][a-z-]*(?: [A-Z]{2,})?)/)
    .map((piece, index) => ({ text: piece, isOption: index % 2 === 1 }))
    .filter((piece) => piece.text !== "");
}

/** The parts of the status line, in order. */
export function statusParts(state: State): string[] {
  const { figures } = state;
  const parts: string[] = [];
  parts.push(figures.fps > 0 ? `${Math.round(figures.fps)} fps` : "Still");
  if (figures.latency) parts.push(`${Math.round(figures.latency.total)} ms`);
  if (figures.fps > 0) parts.push(bitrate(figures.bitrate));
  if (figures.transport) parts.push(state.welcome === null ? `${figures.transport.protocol}, watching only` : figures.transport.protocol);
  return parts;
}

/** What limits the frame rate, in a word or two. */
export function limit(state: State): string | null {
  const { limitedBy, fps } = state.figures;
  if (fps === 0 || state.connection.phase.name !== "live") return null;
  switch (limitedBy) {
    case "render":
      return "limited by drawing";
    case "encode":
      return "limited by encoding";
    case "network":
      return "limited by the network";
    case null:
      return null;
  }
}

/** What the server is doing, in a word. */
export function phase(state: State): string {
  switch (state.connection.phase.name) {
    case "off":
      return "Not connected";
    case "connecting":
      return state.connection.hadPicture ? "Reconnecting" : "Connecting";
    case "waiting":
      return state.connection.hadPicture ? "Reconnecting" : "Not connected";
    case "failed":
      return "Not connected";
    case "live":
      if (state.loading) return state.loading.amount === null ? "Loading" : `Loading ${Math.round(state.loading.amount * 100)} %`;
      return state.stage || !can(state, "open_stage") ? "" : "No stage";
  }
}
