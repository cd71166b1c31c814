/**
 * Pointer and wheel events, and the keys that fly → {@link Hands}. The shortest way there is: a listener, a call, a send.
 * Uses `pointerrawupdate` where there is one: it does not wait for the page's next frame.
 */
import type { Hands } from "../core/gestures";

const WHEEL_NOTCH_PX = 100;
const WHEEL_NOTCH_LINES = 3;
/** A pinch on a touchpad comes as a wheel with Ctrl and small steps. */
const PINCH_NOTCH_PX = 12;

/** Lets the hands work on `element`; `clicked` is told of clicks, the second of two with `isDouble`, `touched` of every press. */
export function attachHands(element: HTMLElement, hands: Hands, clicked: (event: PointerEvent, isDouble: boolean) => void, touched: () => void): void {
  const move = (event: Event): void => {
    const { pointerId, clientX, clientY, timeStamp } = event as PointerEvent;
    hands.move(pointerId, clientX, clientY, timeStamp);
  };
  const release = (event: PointerEvent, cancelled: boolean): void => {
    if (!cancelled) move(event);
    const release = hands.release(event.pointerId, event.timeStamp, cancelled);
    if (release === "click" || release === "double") clicked(event, release === "double");
  };

  element.addEventListener("pointerdown", (event) => {
    const { pointerId: id, pointerType, button, clientX: x, clientY: y, altKey: alt, shiftKey: shift, timeStamp: at } = event;
    touched();
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
  // Flying works wherever the focus is: the hand is on the picture already. First in line, before any command.
  addEventListener(
    "keydown",
    (event) => {
      if (!hands.keyDown(event.code, event.shiftKey, event.timeStamp)) return;
      event.preventDefault();
      event.stopImmediatePropagation();
    },
    true,
  );
  addEventListener("keyup", (event) => hands.keyUp(event.code, event.timeStamp), true);
  addEventListener("blur", (event) => hands.letGo(event.timeStamp));
}
