/**
 * The link over WebRTC: one peer connection that only receives video, with the data channels `control` and `motion`.
 * Owns the connection and what it shows in the `<video>`; gives pictures to the element untouched.
 */
import { withOwnAddress } from "../core/candidates";
import type { Doors } from "../core/doors";
import type { Link, LinkListener, Shown, Transport, Trouble } from "../core/link";
import { credentials, restarted } from "../core/restart";
import { digest } from "./stats";
import { leave, offer, restart } from "./whep";

/** Half a second of silence is nothing; packets that never found a way are. */
const PATH_MS = 3500;
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
      if (peer.connectionState === "connected") clearTimeout(this.#pathTimer);
      if (peer.connectionState === "failed") this.#fail({ kind: "no_path", detail: "" }, "control");
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
    try {
      await peer.setLocalDescription(await peer.createOffer({ iceRestart: true }));
      const own = credentials(peer.localDescription?.sdp ?? "");
      const fragment = own === null ? "" : await restart(this.#resource, own, this.#abort.signal);
      const sdp = restarted(this.#answer, fragment);
      if (sdp === null) throw new Error("the server named no credentials");
      await peer.setRemoteDescription({ type: "answer", sdp: withOwnAddress(sdp, this.#doors.server) });
      this.#answer = sdp;
    } catch {
      // The old path still carries everything; the next try comes by itself.
      if (peer.signalingState === "have-local-offer") await peer.setLocalDescription({ type: "rollback" });
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
    video.srcObject = stream ?? new MediaStream([track]);
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
