/**
 * The link over WebRTC: one peer connection that only receives video, with the data channels `control` and `motion`.
 * Owns the connection and what it shows in the `<video>`; gives pictures to the element untouched.
 */
import { withOwnAddress } from "../core/candidates";
import type { Doors } from "../core/doors";
import type { Link, LinkListener, Shown, Transport, Trouble } from "../core/link";
import { credentials, restarted, SESSION_KEPT_MS } from "../core/restart";
import { digest } from "./stats";
import { leave, offer, restart, SessionGone } from "./whep";

/** Half a second of silence is nothing; packets that never found a way are. */
const PATH_MS = 3500;
/** One try at a way back, after the network was gone. */
const RESTORE_MS = 1500;
/** While media goes over TCP, UDP is tried again so often: a browser forgets paths that once failed. */
const UDP_EVERY_MS = 20_000;

/** Opens the link. */
export function openWebRtc(doors: Doors, video: HTMLVideoElement, listener: LinkListener): Link {
  return new WebRtcLink(doors, video, listener);
}

class WebRtcLink implements Link {
  #listener: LinkListener;
  #video: HTMLVideoElement;
  #abort = new AbortController();
  #peer: RTCPeerConnection | null = null;
  #control: RTCDataChannel | null = null;
  #motion: RTCDataChannel | null = null;
  #resource: string | null = null;
  #frames: { handle: number; count: number } = { handle: 0, count: 0 };
  #pathTimer = 0;
  #udpTimer = 0;
  #answer = "";
  #doors: Doors;
  #stream: MediaStream | null = null;
  #wasConnected = false;
  #isOver = false;

  constructor(doors: Doors, video: HTMLVideoElement, listener: LinkListener) {
    this.#listener = listener;
    this.#video = video;
    this.#doors = doors;
    // The page goes away without a word; the server need not find out by itself.
    addEventListener("pagehide", this.#goodbye, { signal: this.#abort.signal });
    void this.#open().catch((trouble: unknown) => this.#fail(isTrouble(trouble) ? trouble : { kind: "closed", detail: String(trouble) }));
  }

  control(text: string): boolean {
    return send(this.#control, text);
  }

  motion(text: string): boolean {
    return send(this.#motion, text);
  }

  async transport(): Promise<Transport | null> {
    const peer = this.#peer;
    return peer ? digest(await peer.getStats()) : null;
  }

  reattach(): void {
    if (this.#stream === null || this.#video.srcObject === this.#stream) return;
    this.#video.srcObject = this.#stream;
    void this.#video.play().catch(() => {});
  }

  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#pathTimer);
    clearInterval(this.#udpTimer);
    if (this.#frames.handle) this.#video.cancelVideoFrameCallback?.(this.#frames.handle);
    this.#goodbye();
    this.#abort.abort();
    this.#peer?.close();
  }

  async #open(): Promise<void> {
    if (typeof RTCPeerConnection === "undefined") throw { kind: "missing", what: "webrtc" } satisfies Trouble;
    const peer = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
    this.#peer = peer;
    this.#control = this.#channel(peer.createDataChannel("control", { ordered: true }));
    this.#motion = this.#channel(peer.createDataChannel("motion", { ordered: false, maxRetransmits: 0 }));
    this.#control.addEventListener("open", () => this.#listener.reached("control"));
    const { receiver } = peer.addTransceiver("video", { direction: "recvonly" });
    showAtOnce(receiver);
    peer.addEventListener("track", ({ track, streams }) => this.#show(track, streams[0]));
    peer.addEventListener("connectionstatechange", () => {
      if (peer.connectionState === "connected") {
        clearTimeout(this.#pathTimer);
        this.#wasConnected = true;
      }
      if (peer.connectionState !== "failed") return;
      // A path that worked may work again, and the server keeps the session for as long.
      if (this.#wasConnected) void this.#restoreIce(peer);
      else this.#fail({ kind: "no_path", detail: "" }, "control");
    });

    await peer.setLocalDescription();
    // Our own candidates may stay at home: the server learns them from the packets that we send to its own.
    const answer = await offer(this.#doors.whep, peer.localDescription?.sdp ?? "", this.#abort.signal).catch((trouble: Trouble) => {
      if (trouble.kind !== "refused") throw trouble;
      this.#listener.reached("host");
      // Asked only now: the browser takes its time to answer, and nearly all have it.
      throw canDecodeH264() ? trouble : ({ kind: "missing", what: "h264" } satisfies Trouble);
    });
    this.#resource = answer.resource;
    if (this.#isOver) return this.#goodbye();
    this.#listener.reached("host");
    this.#listener.reached("allowed");
    this.#pathTimer = window.setTimeout(() => {
      if (peer.connectionState !== "connected") this.#fail({ kind: "no_path", detail: "" }, "control");
    }, PATH_MS);
    this.#answer = answer.sdp;
    await peer.setRemoteDescription({ type: "answer", sdp: withOwnAddress(answer.sdp, this.#doors.server) });
    this.#udpTimer = window.setInterval(() => void this.#tryUdp(peer), UDP_EVERY_MS);
  }

  /** An ICE restart looks at all paths anew; media goes on by the old one until a better one is found. */
  async #tryUdp(peer: RTCPeerConnection): Promise<void> {
    if (this.#isOver || this.#resource === null || !isSettled(peer) || document.visibilityState === "hidden") return;
    if (digest(await peer.getStats()).protocol !== "TCP") return;
    // In vain, the old path still carries everything; the next try comes by itself.
    await this.#restartIce(peer, this.#abort.signal);
  }

  /** Tries until the network is back, or the server has given the session up. */
  async #restoreIce(peer: RTCPeerConnection): Promise<void> {
    const until = performance.now() + SESSION_KEPT_MS;
    while (!this.#isOver && peer.connectionState === "failed") {
      const outcome = await this.#restartIce(peer, AbortSignal.any([this.#abort.signal, AbortSignal.timeout(RESTORE_MS)]));
      if (outcome === "gone" || performance.now() > until) return this.#fail({ kind: "no_path", detail: "" }, "control");
      await new Promise((resolve) => setTimeout(resolve, outcome === "done" ? RESTORE_MS : 200));
    }
  }

  async #restartIce(peer: RTCPeerConnection, signal: AbortSignal): Promise<"done" | "failed" | "gone"> {
    if (this.#resource === null) return "gone";
    try {
      await peer.setLocalDescription(await peer.createOffer({ iceRestart: true }));
      const own = credentials(peer.localDescription?.sdp ?? "");
      const fragment = own === null ? "" : await restart(this.#resource, own, signal);
      const sdp = restarted(this.#answer, fragment);
      if (sdp === null) throw new Error("the server named no credentials");
      await peer.setRemoteDescription({ type: "answer", sdp: withOwnAddress(sdp, this.#doors.server) });
      this.#answer = sdp;
      return "done";
    } catch (error) {
      if (peer.signalingState === "have-local-offer") await peer.setLocalDescription({ type: "rollback" });
      return error instanceof SessionGone ? "gone" : "failed";
    }
  }

  #channel(channel: RTCDataChannel): RTCDataChannel {
    channel.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
      if (typeof data === "string") this.#listener.received(data);
    });
    channel.addEventListener("close", () => this.#fail({ kind: "closed", detail: "" }));
    return channel;
  }

  #show(track: MediaStreamTrack, stream: MediaStream | undefined): void {
    track.contentHint = "motion";
    const video = this.#video;
    this.#stream = stream ?? new MediaStream([track]);
    video.srcObject = this.#stream;
    void video.play().catch(() => {
      // Muted video may always play; where even that is held back, the first touch starts it.
      addEventListener("pointerdown", () => void video.play().catch(() => {}), { once: true, signal: this.#abort.signal });
    });
    if (!track.muted) this.#listener.reached("video");
    track.addEventListener("unmute", () => this.#listener.reached("video"));
    track.addEventListener("ended", () => this.#fail({ kind: "closed", detail: "" }));
    this.#watchFrames();
  }

  #watchFrames(): void {
    const video = this.#video;
    if (typeof video.requestVideoFrameCallback !== "function") {
      // Without a word on each frame: the first one, and then what the element counts.
      video.addEventListener("loadeddata", () => this.#shown(performance.now(), null), { once: true, signal: this.#abort.signal });
      return;
    }
    const next = (at: number, metadata: VideoFrameCallbackMetadata): void => {
      if (this.#isOver) return;
      this.#frames.handle = video.requestVideoFrameCallback(next);
      this.#shown(Math.max(at, performance.now()), metadata);
    };
    this.#frames.handle = video.requestVideoFrameCallback(next);
  }

  #shown(at: number, metadata: VideoFrameCallbackMetadata | null): void {
    // The element may show another link's pictures by now.
    if (this.#video.srcObject !== this.#stream) return;
    this.#frames.count = metadata?.presentedFrames ?? this.#frames.count + 1;
    const { videoWidth, videoHeight } = this.#video;
    const picture: Shown = {
      at,
      rtpTimestamp: metadata?.rtpTimestamp ?? null,
      receivedAt: metadata?.receiveTime ?? null,
      decodeMs: metadata?.processingDuration === undefined ? null : metadata.processingDuration * 1000,
      count: this.#frames.count,
      width: videoWidth,
      height: videoHeight,
    };
    // A picture is a proof of video, should the track have forgotten to say so.
    this.#listener.reached("video");
    this.#listener.shown(picture);
  }

  #fail(trouble: Trouble, hop: "control" | null = null): void {
    if (this.#isOver) return;
    this.#listener.failed(hop, trouble);
  }

  #goodbye = (): void => {
    if (this.#resource !== null) leave(this.#resource);
    this.#resource = null;
  };
}

function send(channel: RTCDataChannel | null, text: string): boolean {
  if (channel?.readyState !== "open") return false;
  channel.send(text);
  return true;
}

/** Connected, and nothing is being negotiated. */
function isSettled(peer: RTCPeerConnection): boolean {
  return peer.connectionState === "connected" && peer.signalingState === "stable";
}

function canDecodeH264(): boolean {
  const codecs = RTCRtpReceiver.getCapabilities?.("video")?.codecs;
  return codecs === undefined || codecs.some(({ mimeType }) => /h264/i.test(mimeType));
}

/** No waiting for later packets: this is a hand's picture, not a film. */
function showAtOnce(receiver: RTCRtpReceiver): void {
  if ("jitterBufferTarget" in receiver) receiver.jitterBufferTarget = 0;
  if ("playoutDelayHint" in receiver) (receiver as { playoutDelayHint: number }).playoutDelayHint = 0;
}

function isTrouble(value: unknown): value is Trouble {
  return typeof value === "object" && value !== null && "kind" in value;
}
