/** The border to the outside: what a way to the server (WebRTC, WebSocket, MJPEG) tells and takes. */
import type { Way } from "./ways";

/** What must succeed one after the other before there is a picture. */
export const HOPS = ["host", "allowed", "control", "version", "video", "picture"] as const;
/** One of {@link HOPS}. */
export type Hop = (typeof HOPS)[number];

/** Why a hop did not succeed, as the outside saw it. */
export type Trouble =
  | { kind: "unreachable"; detail: string }
  | { kind: "refused"; status: number; detail: string }
  | { kind: "missing"; what: "webrtc" | "h264" }
  | { kind: "no_path"; detail: string }
  | { kind: "timeout" }
  | { kind: "silent" }
  /** The server had said that it stops. */
  | { kind: "stopping" }
  /** A better way has opened: the link is given up for it. */
  | { kind: "better" }
  | { kind: "frozen" }
  | { kind: "closed"; detail: string }
  | { kind: "version"; client: number; server: number | null; detail: string };

/** How the packets travel. */
export interface Transport {
  /** `UDP`, `TCP`, `WS` or `MJPEG`. */
  protocol: string;
  /** The two ends that ICE chose, each with its kind; `null` where there is no such choice. */
  pair: { local: string; remote: string } | null;
  /** Payload received in all, in bytes. */
  bytes: number;
  /** Packets that never came, in all. */
  lost: number;
  /** Whatever came in, in all: it grows as long as the other side lives. */
  signs: number;
  /** Round trip of the connection checks, in milliseconds. */
  roundTripMs: number | null;
  /** Time to decode one picture, in milliseconds. */
  decodeMs: number | null;
}

/** A picture that the browser showed; times are milliseconds of the page's clock. */
export interface Shown {
  /** When the page was told of it. */
  at: number;
  /** Which frame: what `frameInfo` carries too. `null` if the browser does not say. */
  rtpTimestamp: number | null;
  /** When its last packet came. */
  receivedAt: number | null;
  /** From the last packet to the decoded picture, in milliseconds. */
  decodeMs: number | null;
  /** Pictures that the browser has shown since the link was opened. */
  count: number;
  width: number;
  height: number;
}

/** What a link tells. */
export interface LinkListener {
  /** A hop is behind us. */
  reached(hop: Hop): void;
  /** A text on either channel. */
  received(text: string): void;
  /** The server lives, though it says nothing. */
  alive(): void;
  /** A picture was shown. */
  shown(picture: Shown): void;
  /** The link is of no use any more; nothing comes after this. */
  failed(hop: Hop | null, trouble: Trouble): void;
}

/** One way to the server, opened once and closed once. */
export interface Link {
  /** In order, without loss. False if it could not be sent. */
  control(text: string): boolean;
  /** At once or never. False if it could not be sent. */
  motion(text: string): boolean;
  /** What the transport counted so far. */
  transport(): Promise<Transport | null>;
  /** Shows its pictures again, after another link may have shown its own. */
  reattach(): void;
  /** Ends it without telling the listener. */
  close(): void;
}

/** All that the core needs from the world: links, a clock, chance and timers. */
export interface Outside {
  openLink(way: Way, listener: LinkListener): Link;
  /** Makes the place for pictures of this way the one that is seen. */
  show(way: Way): void;
  /** Whether WebRTC would work, tried beside the link that is open. */
  reachesWebRtc(): Promise<boolean>;
  /** Keeps the picture that is on the screen there until the next one comes. */
  holdPicture(): void;
  /** Milliseconds of a clock that never goes back. */
  now(): number;
  /** 0 to 1. */
  chance(): number;
  /** Calls once after `ms`; the answer cancels it. */
  after(ms: number, call: () => void): () => void;
  /** Whether the page can be seen: pictures stop where nobody looks. */
  visible(): boolean;
  /** Address of the server, for texts. */
  address: string;
}
