/**
 * One `<video>` of somebody else's page as the place for pictures. WebRTC shows there by itself; what other ways paint
 * comes as a stream of a canvas that is not in the page. So the page keeps one element, in its own layout, whatever
 * happens to the network. Owns what it changes on the element, and takes it back.
 */
import type { Box } from "../../src/core/gestures";
import { contain, cover } from "../../src/core/picture";
import type { Surface } from "../../src/link/outside";

/** The surface of one client. */
export class VideoSurface implements Surface {
  readonly video: HTMLVideoElement;
  readonly canvas: HTMLCanvasElement;
  #painted: MediaStream | null = null;
  /** The page's own poster, while another one is there. */
  #poster: string | null = null;
  #touchAction = "";
  #hadTabIndex = true;

  constructor(video: HTMLVideoElement) {
    this.video = video;
    this.canvas = video.ownerDocument.createElement("canvas");
  }

  /** Makes the element ready for pictures, and for hands if there are any. */
  prepare(hasHands: boolean): void {
    const { video } = this;
    video.muted = true;
    video.autoplay = true;
    video.playsInline = true;
    this.#touchAction = video.style.touchAction;
    this.#hadTabIndex = video.hasAttribute("tabindex");
    if (!hasHands) return;
    // A finger orbits, it does not scroll; keys need the focus.
    video.style.touchAction = "none";
    if (!this.#hadTabIndex) video.tabIndex = 0;
  }

  use(which: "video" | "canvas"): void {
    if (which === "video") return;
    // The one who paints asks for the same context; without one, some browsers capture nothing.
    this.canvas.getContext("2d", { alpha: false, desynchronized: true });
    this.#painted ??= this.canvas.captureStream();
    if (this.video.srcObject === this.#painted) return;
    this.video.srcObject = this.#painted;
    void this.video.play().catch(() => {});
  }

  /** A video shows its poster from the moment that it gets another source until that one's first picture. */
  hold(): void {
    const { videoWidth: width, videoHeight: height } = this.video;
    if (width === 0 || this.#poster !== null) return;
    const still = Object.assign(this.video.ownerDocument.createElement("canvas"), { width, height });
    still.getContext("2d")?.drawImage(this.video, 0, 0);
    this.#poster = this.video.getAttribute("poster") ?? "";
    this.video.poster = still.toDataURL("image/jpeg", 0.9);
  }

  /** The picture is there again. */
  release(): void {
    if (this.#poster === null) return;
    if (this.#poster === "") this.video.removeAttribute("poster");
    else this.video.poster = this.#poster;
    this.#poster = null;
  }

  /** Where the picture lies on the page, in CSS pixels. */
  box(): Box {
    const { video } = this;
    const { left, top } = video.getBoundingClientRect();
    const area = { left: left + video.clientLeft, top: top + video.clientTop, width: video.clientWidth, height: video.clientHeight };
    switch (getComputedStyle(video).objectFit) {
      case "fill":
        return area;
      case "cover":
        return cover(area, video.videoWidth, video.videoHeight);
      default:
        return contain(area, video.videoWidth, video.videoHeight);
    }
  }

  /** Leaves the element as it was. */
  clear(): void {
    this.release();
    for (const track of this.#painted?.getTracks() ?? []) track.stop();
    this.#painted = null;
    this.video.srcObject = null;
    this.video.style.touchAction = this.#touchAction;
    if (!this.#hadTabIndex) this.video.removeAttribute("tabindex");
  }
}
