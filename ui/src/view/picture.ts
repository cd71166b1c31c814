/**
 * The picture's surface: the `<video>`, and over it a still of the last frame while there is no link.
 * Owns both elements and knows where the picture lies. No framework: nothing between a frame and the screen.
 */
import { contain } from "../core/picture";
import type { Box } from "../core/gestures";

/** The surface in the page. */
export class PictureSurface {
  readonly element: HTMLElement;
  readonly video: HTMLVideoElement;
  #still: HTMLCanvasElement;
  #onLayout: ((box: Box) => void) | null = null;

  constructor(element: HTMLElement, video: HTMLVideoElement, still: HTMLCanvasElement) {
    this.element = element;
    this.video = video;
    this.#still = still;
    new ResizeObserver(() => this.#layOut()).observe(element);
    video.addEventListener("resize", () => this.#layOut());
  }

  /** Tells where the picture lies on the page, now and after each change. */
  whenLaidOut(call: (box: Box) => void): void {
    this.#onLayout = call;
    this.#layOut();
  }

  /** Keeps what is on the screen there. */
  hold(): void {
    const { videoWidth, videoHeight } = this.video;
    if (videoWidth === 0 || !this.#still.hidden) return;
    this.#still.width = videoWidth;
    this.#still.height = videoHeight;
    this.#still.getContext("2d")?.drawImage(this.video, 0, 0);
    this.#still.hidden = false;
  }

  /** The video is there again. */
  release(): void {
    if (this.#still.hidden) return;
    this.#still.hidden = true;
    this.#still.width = 0;
  }

  #layOut(): void {
    const { left, top, width, height } = this.element.getBoundingClientRect();
    this.#onLayout?.(contain({ left, top, width, height }, this.video.videoWidth, this.video.videoHeight));
  }
}
