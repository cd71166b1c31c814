/**
 * Pointer, wheel and key events of one element → {@link Hands}. The shortest way there is: a listener, a call, a send.
 * Uses `pointerrawupdate` where there is one: it does not wait for the page's next frame.
 */
import type { Click } from "../core/click";
import type { Area, Hands } from "../core/gestures";
import { nudgeFor } from "../core/nudges";

const WHEEL_NOTCH_PX = 100;
const WHEEL_NOTCH_LINES = 3;
/** A pinch on a touchpad comes as a wheel with Ctrl and small steps. */
const PINCH_NOTCH_PX = 12;

/** What hands do besides moving the camera. */
export interface Doings {
  /** A click, as shares of the picture. */
  clicked(click: Click): void;
  /** There is something to enclose. */
  canEnclose?(): boolean;
  /** A rectangle was drawn: two corners as shares of the picture; it adds and takes out with `isToggle`. */
  enclosed?(from: [number, number], to: [number, number], isToggle: boolean): void;
}

/** Lets the hands work on `element` until `signal` is aborted. */
export function attachHands(element: HTMLElement, hands: Hands, doings: Doings, signal?: AbortSignal): void {
  const until = signal === undefined ? {} : { signal };
  const share = (x: number, y: number): [number, number] => [(x - hands.box.left) / hands.box.width, (y - hands.box.top) / hands.box.height];
  const move = (event: Event): void => {
    const { pointerId, clientX, clientY, timeStamp } = event as PointerEvent;
    hands.move(pointerId, clientX, clientY, timeStamp);
  };
  const release = (event: PointerEvent, cancelled: boolean): void => {
    if (!cancelled) move(event);
    const area = hands.marquee.value;
    const release = hands.release(event.pointerId, event.timeStamp, cancelled);
    const isToggle = event.ctrlKey || event.metaKey;
    if (release === "marquee" && area) return enclose(area, isToggle);
    if (release !== "click" && release !== "double") return;
    const [across, down] = share(event.clientX, event.clientY);
    doings.clicked({ across, down, isToggle, isDouble: release === "double" });
  };
  const enclose = ({ x0, y0, x1, y1 }: Area, isToggle: boolean): void => doings.enclosed?.(share(x0, y0), share(x1, y1), isToggle);

  const on = <E extends keyof HTMLElementEventMap>(name: E, call: (event: HTMLElementEventMap[E]) => void): void => element.addEventListener(name, call, until);
  on("pointerdown", (event) => {
    const { pointerId: id, pointerType, button, clientX: x, clientY: y, altKey: alt, shiftKey: shift, ctrlKey, metaKey, timeStamp: at } = event;
    const canEnclose = doings.canEnclose?.() === true;
    if (hands.press({ id, isTouch: pointerType === "touch", button, x, y, alt, shift, ctrl: ctrlKey || metaKey, canEnclose, at })) element.setPointerCapture(id);
    element.focus({ preventScroll: true });
  });
  element.addEventListener("onpointerrawupdate" in window && isSecureContext ? "pointerrawupdate" : "pointermove", move, until);
  on("pointerup", (event) => release(event, false));
  on("pointercancel", (event) => release(event, true));
  on("lostpointercapture", (event) => release(event, true));
  on("contextmenu", (event) => event.preventDefault());
  // The middle button would scroll, the left one select.
  on("mousedown", (event) => event.preventDefault());
  element.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      const away = event.deltaY || event.deltaX;
      const notches = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? away / WHEEL_NOTCH_LINES : event.deltaMode === WheelEvent.DOM_DELTA_PAGE ? away : away / (event.ctrlKey ? PINCH_NOTCH_PX : WHEEL_NOTCH_PX);
      if (notches !== 0) hands.wheel(notches, event.clientX, event.clientY, event.timeStamp);
    },
    { ...until, passive: false },
  );
  // Flying, and thinking better of a rectangle, works wherever the focus is: the hand is on the picture already. First in line, before any command.
  addEventListener(
    "keydown",
    (event) => {
      const isTaken = event.key === "Escape" && hands.cancelMarquee();
      if (!isTaken && !hands.keyDown(event.code, event.shiftKey, event.timeStamp)) return;
      event.preventDefault();
      event.stopImmediatePropagation();
    },
    { ...until, capture: true },
  );
  addEventListener("keyup", (event) => hands.keyUp(event.code, event.timeStamp), { ...until, capture: true });
  addEventListener("blur", (event) => hands.letGo(event.timeStamp), until);
}

/** Lets arrows, plus and minus move the camera while `element` has the focus, where no actions have these keys. */
export function attachNudges(element: HTMLElement, hands: Hands, signal?: AbortSignal): void {
  const listen = (event: KeyboardEvent): void => {
    const { key, code, shiftKey: shift, ctrlKey, metaKey, altKey: alt } = event;
    const nudge = nudgeFor({ key, code, shift, ctrl: ctrlKey || metaKey, alt });
    if (!nudge) return;
    event.preventDefault();
    hands.nudge(nudge.command, nudge.x, nudge.y, event.timeStamp);
  };
  element.addEventListener("keydown", listen, signal === undefined ? {} : { signal });
}
