/** Failures in words: which hop, what happened, what to do. */
import { sentence } from "./format";
import type { Hop, Trouble } from "./link";

/** Names of the hops as people read them. */
export const HOP_NAMES: Record<Hop, string> = {
  host: "Reach host",
  allowed: "Allowed",
  control: "Control channel",
  version: "Same version",
  video: "Video",
  picture: "First picture",
};

/** What a user is told. */
export interface Failure {
  /** Where it stopped; `null` once everything worked. */
  hop: Hop | null;
  title: string;
  cause: string;
  remedy: string;
  /** The server had said that it stops: until it is back, that it does not answer is no news. */
  isForetold?: true;
  /** Another try without a change of something cannot help. */
  isFinal: boolean;
}

/** The words for `trouble` at `hop` on the way to `address`. */
export function describe(hop: Hop | null, trouble: Trouble, address: string): Failure {
  const say = (title: string, cause: string, remedy: string, isFinal = false): Failure => ({ hop, title, cause: sentence(cause), remedy, isFinal });
  switch (trouble.kind) {
    case "unreachable":
      return say("The server does not answer", `Nothing answered at ${address}. ${trouble.detail}`.trim(), "Check that telestage serve runs there and that this address and port are right.");
    case "refused":
      if (trouble.status === 403) {
        return say("The server refuses this page", trouble.detail || `${address} does not accept this host name or origin.`, "Open the page by the server's own address, or start the server with --allow-host NAME.", true);
      }
      if (trouble.status === 410) return say("This session is over", "It was destroyed, or nobody used it for too long.", "Reload the page around this picture, which gets a new one.", true);
      if (trouble.status === 503) return say("The server is busy", trouble.detail || "It takes no further viewers right now.", "Wait a moment: this page tries again by itself.");
      return say("The server answered with an error", `HTTP ${trouble.status}. ${trouble.detail}`.trim(), "Look at the server's log; copy the report if this looks like a defect.", trouble.status >= 400 && trouble.status < 500 && trouble.status !== 404);
    case "missing":
      return trouble.what === "webrtc"
        ? say("This browser has no WebRTC", "The best way for the picture is WebRTC, which this browser does not offer.", "Other ways are tried by themselves; a current Chrome, Edge, Firefox or Safari has it.")
        : say("This browser cannot decode H.264", "The picture comes as H.264, and this browser has no decoder for it.", "Other ways are tried by themselves; Chrome, Edge, Safari, and Chromium with its codecs package have it.");
    case "no_path":
      return say("No way for the media packets", `HTTP works, but no packet came back from ${address}, neither over UDP nor over TCP. ${trouble.detail}`.trim(), "A WebSocket is tried by itself. For less delay let UDP or plain TCP through to the same port number; behind address translation start the server with --public-ip IP.");
    case "timeout":
      return say(`No answer at “${hop ? HOP_NAMES[hop] : "connection"}”`, timeoutCause(hop, address), "This page tries again by itself. If it stays so, copy the report and look at the server's log.");
    case "silent":
      return say("The server went silent", "No sign of life for more than a second.", "This page reconnects by itself.");
    case "stopping":
      return { ...say("The server was stopped", "It was stopped, or is being started again.", "This page reconnects by itself as soon as it is back."), isForetold: true };
    case "better":
      return say("A better way has opened", "WebRTC works again.", "This page reconnects by itself.");
    case "frozen":
      return say("The picture stopped", "The server draws pictures, but none arrives here.", "This page reconnects by itself.");
    case "closed":
      return say("The connection was closed", trouble.detail || "The other side ended it.", "This page reconnects by itself.");
    case "version":
      return say(
        "Different versions",
        `This page speaks protocol ${trouble.client}, the server speaks ${trouble.server ?? "another one"}. ${trouble.detail}`.trim(),
        "Reload the page to get the client that belongs to the server.",
        true,
      );
  }
}

function timeoutCause(hop: Hop | null, address: string): string {
  switch (hop) {
    case "host":
    case "allowed":
      return `${address} took the request and did not answer in time.`;
    case "control":
      return "The control channel did not open in time.";
    case "version":
      return "The server did not answer the greeting in time.";
    case "video":
      return "The video did not start in time.";
    case "picture":
      return "The video started, but no picture could be shown in time.";
    case null:
      return "Something did not answer in time.";
  }
}
