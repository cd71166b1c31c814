/**
 * Has this server forgotten what was on the screen (it was restarted), or never known it (the page's address asks for a
 * stage, a place to look from)? Says what to ask for so that stage, time, selection and camera come back. Pure bookkeeping.
 *
 * What all share is asked for where nobody else drives. Where somebody does, an address still shows the view that it is of:
 * in a view of this client's own. Time and selection are then the driver's; that they are others is told by the refusal.
 */
import type { ClientMessage, Envelope, Heartbeat, ServerMessage, Welcome } from "../protocol";
import { lookOf } from "./look";
import { REQUESTS } from "./reduce";
import { can, type State } from "./state";
import { animated } from "./timeline";
import type { Place } from "./viewlink";

interface Wanted extends Place {
  stage: string | null;
}

/** Watches greetings and heartbeats; speaks when the server does not show what is wanted. */
export class Restorer {
  #wanted: Wanted | null;
  #lastClient: number | null = null;
  #lastUptime: number | null = null;
  /** The server knows nothing of what is wanted. */
  #isNew = false;
  #asked = false;

  /** Begins with the wishes of the page's address. */
  constructor(stage: string | null, place: Place) {
    const isWish = stage !== null || place.look !== null || place.time !== null || place.select.length > 0;
    this.#wanted = isWish ? { stage, ...place } : null;
    this.#isNew = this.#wanted !== null;
  }

  /** The link was lost while `state` was true. Until the screen is as before, the older wish stays. */
  lost(state: State): void {
    if (this.#wanted) return;
    const { stage, camera, selection } = state;
    const status = animated(state)?.status;
    // The start is where a stage begins anyway.
    const time = status && status.time !== status.start ? status.time : null;
    if (stage) this.#wanted = { stage: stage.url, look: camera && lookOf(camera), time, select: selection };
  }

  /** A message came and made `state`: what to ask for now. */
  heard(message: Envelope<ServerMessage>, state: State): ClientMessage[] {
    if (message.event_type === "welcome") this.#greeted(message.payload);
    else if (message.event_type === "heartbeat") this.#beat(message.payload);
    const isAnswer = message.id?.startsWith(REQUESTS.restore) === true;
    // The stage was refused: nothing else of the wish makes sense.
    if (isAnswer && message.event_type === "viewerError") this.#forget();
    if (!this.#isNew || !this.#wanted || state.loading || (can(state, "control") && state.control === null)) return [];
    switch (message.event_type) {
      case "openStageResult":
        this.#opened(message.payload.result === "success", isAnswer, this.#wanted, state);
        return [];
      // The last words of a snapshot and of an open, else those would overtake the wish.
      case "cameraStateChanged":
      case "controlState":
      case "heartbeat":
        return this.#restore(this.#wanted, state);
      default:
        return [];
    }
  }

  #opened(isThere: boolean, isAnswer: boolean, wanted: Wanted, state: State): void {
    // What was asked for may have another name here: the server's word counts.
    if (isThere && isAnswer) this.#wanted = { ...wanted, stage: null };
    if (!isThere && this.#asked && state.stage?.url !== wanted.stage) this.#forget();
  }

  #greeted({ client_id, role }: Welcome): void {
    if (this.#lastClient !== null) {
      this.#isNew = client_id <= this.#lastClient;
      // Whoever drives now brings back what was there; the others see it.
      if (this.#isNew && role === "viewer") this.#forget();
    }
    this.#asked = false;
    this.#lastClient = client_id;
  }

  #beat({ t }: Heartbeat): void {
    if (this.#lastUptime !== null && t < this.#lastUptime) this.#isNew = true;
    else if (!this.#isNew) this.#wanted = null;
    this.#lastUptime = t;
  }

  #restore(wanted: Wanted, state: State): ClientMessage[] {
    const { stage, time } = wanted;
    if (stage !== null && state.stage?.url !== stage) {
      if (this.#asked) return [];
      this.#asked = true;
      return [{ event_type: "openStageRequest", payload: { url: stage } }];
    }
    const isTimeTold = state.timeline?.status.stage_generation === state.stage?.generation;
    if (state.stage === null || (time !== null && can(state, "timeline") && !isTimeTold)) return [];
    this.#forget();
    return place(wanted, state);
  }

  #forget(): void {
    this.#wanted = null;
    this.#isNew = false;
  }
}

/** What to ask for, on the stage that is there. */
function place({ look, time, select }: Place, state: State): ClientMessage[] {
  const wishes: ClientMessage[] = [];
  const { control, welcome, view, selection } = state;
  const isDriven = control?.controller !== undefined && control.controller !== welcome?.client_id;
  if (look && isDriven && view === "shared" && can(state, "own_view")) wishes.push({ event_type: "viewRequest", payload: { action: "own" } });
  if (look) wishes.push(look);
  const status = animated(state)?.status;
  if (time !== null && status && (status.playing || status.time !== time)) {
    if (status.playing) wishes.push({ event_type: "timelineControlRequest", payload: { action: "pause" } });
    wishes.push({ event_type: "timelineControlRequest", payload: { action: "seek", time } });
  }
  const isSelected = select.length === selection.length && select.every((path) => selection.includes(path));
  if (select.length > 0 && !isSelected && can(state, "select")) wishes.push({ event_type: "selectPrimsRequest", payload: { paths: [...select] } });
  return wishes;
}
