/**
 * Pictures that do not come through the `<video>`: drawn into a canvas, the newest at each refresh of the screen.
 * Drawing each as it comes would build up a queue where drawing is slow.
 */
import type { LinkListener } from "../core/link";

/** What is known of a picture. */
export interface PictureInfo {
  rtpTimestamp: number | null;
  /** When its last byte came, on the page's clock. */
  receivedAt: number;
  /** From then to the decoded picture, in milliseconds. */
  decodeMs: number;
}

/** One link's use of the canvas. */
export class Painter {
  #canvas: HTMLCanvasElement;
  #context: CanvasRenderingContext2D | null;
  #listener: LinkListener;
  #next: { picture: VideoFrame | ImageBitmap; info: PictureInfo } | null = null;
  #scheduled = 0;
  #count = 0;

  constructor(canvas: HTMLCanvasElement, listener: LinkListener) {
    this.#canvas = canvas;
    this.#context = canvas.getContext("2d", { alpha: false, desynchronized: true });
    this.#listener = listener;
  }

  /** Shows a picture at the next refresh, unless a newer one comes before. Takes the picture over. */
  show(picture: VideoFrame | ImageBitmap, info: PictureInfo): void {
    this.#next?.picture.close();
    this.#next = { picture, info };
    // A page that nobody sees is not refreshed, and a picture must not wait there for ever.
    if (this.#scheduled === 0) this.#scheduled = requestAnimationFrame(this.#paint);
  }

  /** Shows nothing any more. */
  close(): void {
    cancelAnimationFrame(this.#scheduled);
    this.#next?.picture.close();
    this.#next = null;
  }

  #paint = (): void => {
    this.#scheduled = 0;
    if (this.#next === null) return;
    const { picture, info } = this.#next;
    this.#next = null;
    const [width, height] = "displayWidth" in picture ? [picture.displayWidth, picture.displayHeight] : [picture.width, picture.height];
    if (this.#canvas.width !== width || this.#canvas.height !== height) {
      this.#canvas.width = width;
      this.#canvas.height = height;
      this.#canvas.dispatchEvent(new Event("resize"));
    }
    this.#context?.drawImage(picture, 0, 0);
    picture.close();
    this.#count += 1;
    const { rtpTimestamp, receivedAt, decodeMs } = info;
    this.#listener.reached("video");
    this.#listener.shown({ at: performance.now(), rtpTimestamp, receivedAt, decodeMs, count: this.#count, width, height });
  };
}
