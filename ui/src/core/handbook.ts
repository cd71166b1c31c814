/** What hands can do to the picture, in words, for whoever looks it up. */

/** With a mouse. */
export const MOUSE: readonly (readonly [hand: string, what: string])[] = [
  ["Left drag, Alt + left drag", "Orbit"],
  ["Middle drag", "Pan"],
  ["Wheel, Alt + right drag", "Zoom to the cursor"],
  ["Right drag", "Look around"],
  ["Right button + W A S D Q E", "Fly; Shift is faster, the wheel sets the speed"],
  ["Click", "Select; Ctrl adds or takes out"],
  ["Double click", "Frame what was clicked"],
];

/** With fingers. */
export const TOUCH: readonly (readonly [hand: string, what: string])[] = [
  ["One finger", "Orbit"],
  ["Two fingers", "Pan; pinch to zoom"],
  ["Tap, double tap", "Select; frame"],
];
