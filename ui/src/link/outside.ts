/** The browser as the core's {@link Outside}: its clock, its timers, its chance, and the way to the server. */
import type { Outside } from "../core/link";
import { openWebRtc } from "./webrtc";

/** The outside of a client that shows `video`, held over by `still` while there is no link. */
export function browser(server: string, video: HTMLVideoElement, holdPicture: () => void): Outside {
  return {
    openLink: (listener) => openWebRtc(server, video, listener),
    holdPicture,
    now: () => performance.now(),
    chance: () => Math.random(),
    after: (ms, call) => {
      const timer = window.setTimeout(call, ms);
      return () => window.clearTimeout(timer);
    },
    visible: () => document.visibilityState === "visible",
    address: server.replace(/\/$/, ""),
  };
}
