/**
 * Pointer, wheel and key events → {@link Hands}. The shortest way there is: a listener, a call, a send.
 * Uses `pointerrawupdate` where there is one: it does not wait for the page's next frame.
 */
import type { Area, Hands } from "../core/gestures";
import { nudgeFor } from "../core/commands";

const WHEEL_NOTCH_PX = 100;
const WHEEL_NOTCH_LINES = 3;
/** A pinch on a touchpad comes as a wheel with Ctrl and small steps. */
const PINCH_NOTCH_PX = 12;

/** What hands do besides moving the camera. */
export interface Doings {
  /** There is something to select. */
  canSelect(): boolean;
  /** A click; the second of two with `isDouble`. */
  clicked(event: PointerEvent, isDouble: boolean): void;
  /** A rectangle was drawn. */
  enclosed(event: PointerEvent, area: Area): void;
  /** Any press. */
  touched(): void;
}

/** Lets the hands work on `element`. */
export function attachHands(element: HTMLElement, hands: Hands, doings: Doings): void {
  const move = (event: Event): void => {
    const { pointerId, clientX, clientY, timeStamp } = event as PointerEvent;
    hands.move(pointerId, clientX, clientY, timeStamp);
  };
  const release = (event: PointerEvent, cancelled: boolean): void => {
    if (!cancelled) move(event);
    const area = hands.marquee.value;
    const release = hands.release(event.pointerId, event.timeStamp, cancelled);
    if (release === "click" || release === "double") doings.clicked(event, release === "double");
    if (release === "marquee" && area) doings.enclosed(event, area);
  };

  element.addEventListener("pointerdown", (event) => {
    const { pointerId: id, pointerType, button, clientX: x, clientY: y, altKey: alt, shiftKey, timeStamp: at } = event;
    doings.touched();
    const shift = shiftKey && doings.canSelect();
    if (hands.press({ id, isTouch: pointerType === "touch", button, x, y, alt, shift, at })) element.setPointerCapture(id);
    element.focus({ preventScroll: true });
  });
  element.addEventListener("onpointerrawupdate" in window && isSecureContext ? "pointerrawupdate" : "pointermove", move);
  element.addEventListener("pointerup", (event) => release(event, false));
  element.addEventListener("pointercancel", (event) => release(event, true));
  element.addEventListener("lostpointercapture", (event) => release(event, true));
  element.addEventListener("contextmenu", (event) => event.preventDefault());
  // The middle button would scroll, the left one select.
  element.addEventListener("mousedown", (event) => event.preventDefault());
  element.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      const away = event.deltaY || event.deltaX;
      const notches = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? away / WHEEL_NOTCH_LINES : event.deltaMode === WheelEvent.DOM_DELTA_PAGE ? away : away / (event.ctrlKey ? PINCH_NOTCH_PX : WHEEL_NOTCH_PX);
      if (notches !== 0) hands.wheel(notches, event.clientX, event.clientY, event.timeStamp);
    },
    { passive: false },
  );
  element.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const nudge = nudgeFor({ key: event.key, shift: event.shiftKey });
    if (!nudge) return;
    event.preventDefault();
    hands.nudge(nudge.command, nudge.x, nudge.y, event.timeStamp);
  });
  // Flying, and thinking better of a rectangle, works wherever the focus is: the hand is on the picture already. First in line, before any command.
  addEventListener(
    "keydown",
    (event) => {
      const isTaken = event.key === "Escape" && hands.cancelMarquee();
      if (!isTaken && !hands.keyDown(event.code, event.shiftKey, event.timeStamp)) return;
      event.preventDefault();
      event.stopImmediatePropagation();
    },
    true,
  );
  addEventListener("keyup", (event) => hands.keyUp(event.code, event.timeStamp), true);
  addEventListener("blur", (event) => hands.letGo(event.timeStamp));
}
