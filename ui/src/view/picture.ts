/**
 * The picture's surface: the `<video>` of WebRTC, the canvas of every other way, and over both a still of the last frame
 * while there is no link. Owns the elements and knows where the picture lies. No framework: nothing between a frame and
 * the screen.
 */
import { contain } from "../core/picture";
import type { Box } from "../core/gestures";

/** The surface in the page. */
export class PictureSurface {
  readonly element: HTMLElement;
  readonly video: HTMLVideoElement;
  readonly canvas: HTMLCanvasElement;
  #still: HTMLCanvasElement;
  #onLayout: ((box: Box) => void) | null = null;

  constructor(element: HTMLElement, video: HTMLVideoElement, canvas: HTMLCanvasElement, still: HTMLCanvasElement) {
    this.element = element;
    this.video = video;
    this.canvas = canvas;
    this.#still = still;
    new ResizeObserver(() => this.#layOut()).observe(element);
    for (const shown of [video, canvas]) shown.addEventListener("resize", () => this.#layOut());
  }

  /** Shows one of the two from now on. */
  use(which: "video" | "canvas"): void {
    this.canvas.hidden = which !== "canvas";
    this.video.hidden = which !== "video";
    this.#layOut();
  }

  /** Tells where the picture lies on the page, now and after each change. */
  whenLaidOut(call: (box: Box) => void): void {
    this.#onLayout = call;
    this.#layOut();
  }

  /** Keeps what is on the screen there. */
  hold(): void {
    const [width, height] = this.#size();
    if (width === 0 || !this.#still.hidden) return;
    this.#still.width = width;
    this.#still.height = height;
    this.#still.getContext("2d")?.drawImage(this.video.hidden ? this.canvas : this.video, 0, 0);
    this.#still.hidden = false;
  }

  /** The picture is there again. */
  release(): void {
    if (this.#still.hidden) return;
    this.#still.hidden = true;
    this.#still.width = 0;
  }

  #size(): [number, number] {
    return this.video.hidden ? [this.canvas.width, this.canvas.height] : [this.video.videoWidth, this.video.videoHeight];
  }

  #layOut(): void {
    const { left, top, width, height } = this.element.getBoundingClientRect();
    this.#onLayout?.(contain({ left, top, width, height }, ...this.#size()));
  }
}
