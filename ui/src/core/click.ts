/** A click in the picture, with its place as shares of the picture's width and height; beyond 0 to 1 it is beside it. */
export interface Click {
  across: number;
  down: number;
  /** With Ctrl, or the key that stands for it. */
  isToggle: boolean;
  /** The second of two. */
  isDouble: boolean;
}
