/**
 * The client of one server for any page: shows the picture in the page's own `<video>`, lets hands work there, carries
 * messages both ways, and comes back by itself when the connection was lost. A thin coat over the core's client.
 */
import type { Click } from "../../src/core/click.js";
import { Client } from "../../src/core/client";
import type { Connection, Phase } from "../../src/core/connection";
import { doors } from "../../src/core/doors";
import type { Failure } from "../../src/core/failure";
import { through } from "../../src/core/look";
import { NOWHERE } from "../../src/core/viewlink";
import { browser } from "../../src/link/outside";
import { attachHands, attachNudges } from "../../src/link/pointers";
import type { ClientMessage, PickMode } from "../../src/protocol/index.js";
import { NotConnected, RequestRefused, type AnyMessage, type Answers, type EventName, type EventPayload, type Message, type Request, type RequestName } from "./messages.js";
import { VideoSurface } from "./surface";

/** What to connect to, and where to show it. */
export interface ClientOptions {
  /** The server's address, e.g. `http://host:49100/`. Its folder counts: behind a prefix, name the prefix. */
  server: string | URL;
  /** Where the picture appears. */
  video: HTMLVideoElement;
  /** What others see this client called. */
  name?: string;
  /** A stage to open, if the server does not show it anyway. */
  stage?: string;
  /** A camera of the stage to look through. */
  camera?: string;
  /** The id of a session, if the picture is shown by one. */
  session?: string;
  /** Whether mouse, touch and keys work in the video; they do without it. */
  hands?: boolean;
  /** What a click in the picture does instead of selecting what is there. */
  clicked?: (click: Click) => void;
}

/** How the connection stands. */
export interface ConnectionState {
  /** `waiting`: the next attempt follows by itself. `failed`: only the user can help. */
  phase: "off" | "connecting" | "live" | "waiting" | "failed";
  /** Attempts since the last picture, the running one included. */
  attempt: number;
  /** What went wrong last, in three sentences for people; `null` while all is well. */
  failure: { title: string; cause: string; remedy: string } | null;
}

/** Everything that can be listened to: the server's messages by their names, all of them, and the connection. */
export type Events = { [N in EventName]: EventPayload<N> } & { message: Message; connection: ConnectionState };

type Waiting<T> = { resolve: (value: T) => void; reject: (error: Error) => void };

/** One connection to one server; made once, connected as often as you like. */
export class TelestageClient {
  #client: Client;
  #surface: VideoSurface;
  #options: ClientOptions;
  #listeners = new Map<string, Set<(event: never) => void>>();
  #answers = new Map<string, Waiting<never>>();
  #pictures: Waiting<void>[] = [];
  #phase: Phase | null = null;
  #asked = 0;
  /** Ends what belongs to one life: hands and listeners on the page. */
  #life: AbortController | null = null;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#surface = new VideoSurface(options.video);
    const server = new URL(options.server, document.baseURI);
    const folder = server.origin + server.pathname.replace(/[^/]*$/, "");
    const { stage = null, camera = null, name: title = null, session = null } = options;
    const setup = { name: "telestage-client", version: __VERSION__, stage, place: { ...NOWHERE, look: camera === null ? null : through(camera) }, title, showsTree: false };
    this.#client = new Client(browser(doors(folder, session), this.#surface), setup);
    this.#client.listen((message) => this.#heard(message));
    this.#client.store.subscribe(({ connection }) => this.#stands(connection));
  }

  /** How the connection stands now. */
  get connection(): ConnectionState {
    return describe(this.#client.store.value.connection);
  }

  /**
   * Connects, and stays so until {@link disconnect}. Resolves with the first picture; rejects if only the user can help,
   * or if it was disconnected meanwhile. A server that does not answer yet is tried again: see the event `connection`.
   */
  connect(): Promise<void> {
    if (this.#life === null) this.#begin();
    const { phase } = this.#client.store.value.connection;
    if (phase.name === "live") return Promise.resolve();
    if (phase.name === "failed") this.#client.retry();
    return new Promise((resolve, reject) => this.#pictures.push({ resolve, reject }));
  }

  /** Ends the connection and gives the video back as it was. */
  disconnect(): void {
    if (this.#life === null) return;
    this.#life.abort();
    this.#life = null;
    this.#client.stop();
    this.#surface.clear();
    this.#giveUp("the client was disconnected");
  }

  /** Calls `call` for each event of that name, until what it answers is called. */
  on<N extends keyof Events>(name: N, call: (event: Events[N]) => void): () => void {
    const all = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, all.add(call));
    return () => all.delete(call);
  }

  /** Says something that needs no answer. False if there is no connection. */
  send<N extends RequestName>(event_type: N, payload: Request<N>): boolean {
    return this.say({ event_type, payload });
  }

  /** Asks; resolves with the payload of the answer, rejects with {@link RequestRefused} or {@link NotConnected}. */
  ask<N extends keyof Answers & RequestName>(event_type: N, payload: Request<N>): Promise<EventPayload<Answers[N]>> {
    const id = `ask-${++this.#asked}`;
    return new Promise((resolve, reject) => {
      this.#answers.set(id, { resolve, reject });
      if (this.say({ event_type, payload, id })) return;
      this.#answers.delete(id);
      reject(new NotConnected("there is no connection"));
    });
  }

  /** Says a message as it is. False if there is no connection. */
  say(message: AnyMessage): boolean {
    return this.#client.say(message as ClientMessage);
  }

  /** Selects what lies at a place of the picture, as shares of its width and height, in the frame that the user sees. */
  pick(across: number, down: number, mode: PickMode = "replace", request?: string): void {
    this.#client.prims.pick(across, down, mode, request);
  }

  /** Does what a click in the picture does without `clicked`. */
  click(click: Click): void {
    this.#client.prims.clicked(click);
  }

  #begin(): void {
    this.#life = new AbortController();
    const { signal } = this.#life;
    const hasHands = this.#options.hands !== false;
    this.#surface.prepare(hasHands);
    if (hasHands) this.#attach(signal);
    document.addEventListener("visibilitychange", () => this.#client.visibilityChanged(), { signal });
    addEventListener("online", () => this.#client.retry(), { signal });
    this.#client.start();
  }

  #attach(signal: AbortSignal): void {
    const { hands } = this.#client;
    // The page may have scrolled or changed since the last touch: looked at before the hands are.
    const layOut = (): void => hands.layOut(this.#surface.box());
    for (const name of ["pointerdown", "wheel"]) this.#surface.video.addEventListener(name, layOut, { signal, capture: true, passive: true });
    attachHands(this.#surface.video, hands, { clicked: this.#options.clicked ?? ((click) => this.click(click)) }, signal);
    attachNudges(this.#surface.video, hands, signal);
  }

  #heard(message: Message): void {
    const answer = message.id === undefined ? undefined : this.#answers.get(message.id);
    if (answer && message.id !== undefined) {
      this.#answers.delete(message.id);
      if (message.event_type === "viewerError") answer.reject(new RequestRefused(message.payload));
      else answer.resolve(message.payload as never);
    }
    this.#tell("message", message);
    this.#tell(message.event_type, message.payload);
  }

  #stands(connection: Connection): void {
    const { phase } = connection;
    if (phase.name === this.#phase?.name) return;
    const wasThere = this.#phase !== null;
    this.#phase = phase;
    if (!wasThere) return;
    if (phase.name === "live") {
      this.#surface.release();
      for (const { resolve } of this.#pictures.splice(0)) resolve();
    } else {
      this.#rejectAnswers("the connection was lost before the answer came");
      if (phase.name === "failed") this.#giveUp(`${phase.failure.title}: ${phase.failure.cause}`);
    }
    this.#tell("connection", describe(connection));
  }

  #giveUp(why: string): void {
    this.#rejectAnswers(why);
    for (const { reject } of this.#pictures.splice(0)) reject(new NotConnected(why));
  }

  #rejectAnswers(why: string): void {
    for (const { reject } of this.#answers.values()) reject(new NotConnected(why));
    this.#answers.clear();
  }

  #tell(name: string, event: unknown): void {
    for (const call of this.#listeners.get(name) ?? []) (call as (event: unknown) => void)(event);
  }
}

function describe({ phase, attempt, lastFailure, address, hadPicture }: Connection): ConnectionState {
  const failure = phase.name === "waiting" || phase.name === "failed" ? phase.failure : lastFailure;
  return { phase: phase.name, attempt, failure: failure && { title: failure.title, cause: failure.cause, remedy: failure.remedy + (hadPicture ? "" : allowance(failure, address)) } };
}

/** A browser does not tell a page whether a server is not there or does not allow it. */
function allowance({ hop }: Failure, address: string): string {
  const isForeign = new URL(address).origin !== location.origin;
  return hop === "host" && isForeign ? ` If it does, it has to allow this page: start it with --allow-origin ${location.origin}.` : "";
}
