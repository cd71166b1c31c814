/**
 * Has this server forgotten what was on the screen (it was restarted), or never known it (the page's address asks for a
 * stage)? Says what to ask for so that stage and camera come back. Pure bookkeeping.
 */
import type { ClientMessage, Heartbeat, ServerMessage, Welcome } from "../protocol";
import type { State } from "./state";

interface Wanted {
  stage: string | null;
  camera: ClientMessage | null;
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
  constructor(stage: string | null, camera: string | null) {
    this.#wanted = stage === null && camera === null ? null : { stage, camera: camera === null ? null : look(camera) };
    this.#isNew = this.#wanted !== null;
  }

  /** The link was lost while `state` was true. Until the screen is as before, the older wish stays. */
  lost(state: State): void {
    if (this.#wanted) return;
    const { stage, camera } = state;
    if (stage) this.#wanted = { stage: stage.url, camera: camera && back(camera) };
  }

  /** A message came and made `state`: what to ask for now. */
  heard(message: ServerMessage, state: State): ClientMessage[] {
    if (message.event_type === "welcome") this.#greeted(message.payload);
    else if (message.event_type === "heartbeat") this.#beat(message.payload);
    if (!this.#isNew || !this.#wanted || state.loading) return [];
    // Decided at the end of the snapshot and after each open, else the snapshot would overtake the wish.
    if (message.event_type === "openStageResult") return this.#restore(this.#wanted, state, message.payload.result === "error");
    if (message.event_type === "cameraStateChanged" || message.event_type === "heartbeat") return this.#restore(this.#wanted, state, false);
    return [];
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

  #restore({ stage, camera }: Wanted, state: State, openFailed: boolean): ClientMessage[] {
    if (stage !== null && state.stage?.url !== stage) {
      if (this.#asked && openFailed) this.#forget();
      if (this.#asked || !this.#wanted) return [];
      this.#asked = true;
      return [{ event_type: "openStageRequest", payload: { url: stage } }];
    }
    if (state.stage === null) return [];
    this.#forget();
    return camera ? [camera] : [];
  }

  #forget(): void {
    this.#wanted = null;
    this.#isNew = false;
  }
}

const look = (path: string): ClientMessage => ({ event_type: "set_camera", payload: { path } });

function back({ path, eye, target, up, fov_y }: NonNullable<State["camera"]>): ClientMessage {
  return path === null ? { event_type: "setCameraRequest", payload: { eye, target, up, fov_y } } : look(path);
}
