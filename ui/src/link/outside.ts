/** The browser as the core's {@link Outside}: its clock, its timers, its chance, and the ways to the server. */
import type { Doors } from "../core/doors";
import type { Outside } from "../core/link";
import { openMjpeg } from "./mjpeg";
import { reachesWebRtc } from "./probe";
import { openWebRtc } from "./webrtc";
import { openWebSocket } from "./websocket";

/** Where pictures are shown, and kept while there is no link. */
export interface Surface {
  /** For WebRTC. */
  video: HTMLVideoElement;
  /** For everything else. */
  canvas: HTMLCanvasElement;
  /** Shows one of the two from its next picture on. */
  use(which: "video" | "canvas"): void;
  /** Keeps the picture that is on the screen there until the next one comes. */
  hold(): void;
}

/** The outside of a client that goes in by `doors` and shows its pictures on `surface`. */
export function browser(doors: Doors, surface: Surface): Outside {
  return {
    openLink: (way, listener) => {
      surface.use(way === "webrtc" ? "video" : "canvas");
      switch (way) {
        case "webrtc":
          return openWebRtc(doors, surface.video, listener);
        case "websocket":
          return openWebSocket(doors, surface.canvas, listener);
        case "mjpeg":
          return openMjpeg(doors, surface.canvas, listener);
      }
    },
    show: (way) => surface.use(way === "webrtc" ? "video" : "canvas"),
    reachesWebRtc: () => reachesWebRtc(doors),
    holdPicture: () => surface.hold(),
    now: () => performance.now(),
    chance: () => Math.random(),
    after: (ms, call) => {
      const timer = window.setTimeout(call, ms);
      return () => window.clearTimeout(timer);
    },
    visible: () => document.visibilityState === "visible",
    address: doors.server.replace(/\/$/, ""),
  };
}
