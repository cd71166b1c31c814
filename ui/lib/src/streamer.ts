/**
 * `AppStreamer`: one stream for a page, as front ends of Kit applications know it. Puts {@link TelestageClient} and the
 * dialect together and tells the callbacks what happens. Owns the one run that there is.
 */
import type { Click } from "../../src/core/click.js";
import { KitDialect } from "./kit";
import type { AnyMessage, Message } from "./messages.js";
import { EventAction, EventStatus, StreamStatus, StreamType, type ApplicationMessage, type DirectConfig, type StreamEvent, type StreamProps } from "./stream.js";
import { TelestageClient, type ConnectionState } from "./telestage-client.js";

const PORT = 49100;
const MAX_RECONNECTS = 20;
/** Clicks that may wait for what they hit. */
const MAX_CLICKS = 50;
/** What {@link DirectConfig} names. */
const USED = ["videoElementId", "signalingServer", "server", "signalingPort", "forceWSS", "width", "height", "maxReconnects", "onStart", "onUpdate", "onStop", "onTerminate", "onCustomEvent"];

const event = (action: EventAction, status: EventStatus, info: string): StreamEvent => ({ action, status, info });
const note = (text: string): void => console.debug(`telestage: ${text}`);

/** One connection from `connect` to `stop` or `terminate`. */
class Run {
  readonly client: TelestageClient;
  status: StreamStatus = StreamStatus.connecting;
  #config: DirectConfig;
  #kit: KitDialect;
  #clicks = new Map<string, Click>();
  #clicked = 0;
  /** False once something could not be sent: a picture over MJPEG has no way back. */
  #isHeard = true;
  #hasStarted = false;
  #isOver = false;
  #settle: { resolve: (event: StreamEvent) => void; reject: (event: StreamEvent) => void } | null = null;

  constructor(config: DirectConfig, video: HTMLVideoElement) {
    this.#config = config;
    this.client = new TelestageClient({ server: address(config), video, clicked: (click) => this.#click(click) });
    this.#kit = new KitDialect({ say: (message) => (this.#isHeard = this.client.say(message)), emit: (message) => this.#emit(message), note });
    this.client.on("message", (message) => this.#heard(message));
    this.client.on("connection", (state) => this.#stands(state));
  }

  start(): Promise<StreamEvent> {
    const started = new Promise<StreamEvent>((resolve, reject) => (this.#settle = { resolve, reject }));
    // Its end is told by what `connection` says, one by one.
    this.client.connect().catch(() => {});
    return started;
  }

  say(message: ApplicationMessage): boolean {
    if (this.client.connection.phase !== "live") return false;
    this.#isHeard = true;
    this.#kit.said(message);
    return this.#isHeard;
  }

  /** Ends it; a promise that still waits is rejected. */
  end(status: StreamStatus, started: StreamEvent): void {
    this.#isOver = true;
    this.status = status;
    this.client.disconnect();
    this.#settle?.reject(started);
    this.#settle = null;
  }

  tell(name: "onStart" | "onUpdate" | "onStop" | "onTerminate", message: StreamEvent): StreamEvent {
    this.#config[name]?.(message);
    return message;
  }

  #emit(message: AnyMessage): void {
    if (!this.#isOver) this.#config.onCustomEvent?.(message);
  }

  #heard(message: Message): void {
    if (message.event_type === "welcome") this.#askForSize(message.payload.size);
    const [name = ""] = message.id?.split("-") ?? [];
    const click = this.#clicks.get(name);
    if (click === undefined) return this.#kit.heard(message);
    this.#clicks.delete(name);
    if (message.event_type === "pickResult") this.#kit.hit(message.payload.path, click.isToggle);
  }

  #askForSize([across, down]: [number, number]): void {
    const { width, height } = this.#config;
    if (typeof width !== "number" || typeof height !== "number" || (width === across && height === down)) return;
    this.client.send("resizeViewport", { width, height });
  }

  /** Where the front end has said what may be picked, the server is asked what is there, and the front end's list decides. */
  #click(click: Click): void {
    if (!this.#kit.pickable.isListed || (click.isDouble && !click.isToggle)) return this.client.click(click);
    if (click.across < 0 || click.across >= 1 || click.down < 0 || click.down >= 1) return;
    const name = `kitclick${++this.#clicked}`;
    if (this.#clicks.size >= MAX_CLICKS) this.#clicks.clear();
    this.#clicks.set(name, click);
    this.client.pick(click.across, click.down, "none", name);
  }

  #stands({ phase, attempt, failure }: ConnectionState): void {
    if (this.#isOver) return;
    const why = failure === null ? "" : `${failure.title}. ${failure.cause} ${failure.remedy}`;
    switch (phase) {
      case "live":
        return this.#started();
      case "waiting":
        this.#lost();
        if (attempt > (this.#config.maxReconnects ?? MAX_RECONNECTS)) return this.#fail(why);
        return void this.tell("onUpdate", event(EventAction.UPDATE, this.#hasStarted ? EventStatus.WARNING : EventStatus.IN_PROGRESS, why));
      case "failed":
        this.#lost();
        return this.#fail(why);
      case "connecting":
      case "off":
        return;
    }
  }

  #started(): void {
    this.status = StreamStatus.connected;
    if (this.#hasStarted) return void this.tell("onUpdate", event(EventAction.UPDATE, EventStatus.SUCCESS, "The stream is there again."));
    this.#hasStarted = true;
    const started = this.tell("onStart", event(EventAction.START, EventStatus.SUCCESS, "The stream has started."));
    this.#settle?.resolve(started);
    this.#settle = null;
  }

  #lost(): void {
    this.status = StreamStatus.connecting;
    this.#kit.lost();
    this.#clicks.clear();
  }

  #fail(why: string): void {
    const action = this.#hasStarted ? EventAction.STOP : EventAction.START;
    const failed = event(action, EventStatus.ERROR, why);
    this.end(StreamStatus.error, failed);
    this.tell(this.#hasStarted ? "onStop" : "onStart", failed);
  }
}

/** The stream of this page. */
export class AppStreamer {
  static #run: Run | null = null;

  /** How the stream stands. */
  static get streamStatus(): StreamStatus {
    return AppStreamer.#run?.status ?? StreamStatus.none;
  }

  /**
   * Connects, and comes back by itself when the connection is lost. Resolves with the first picture, as `onStart` is told;
   * rejects with a {@link StreamEvent} if that fails. A stream that is there already is ended first.
   */
  static connect({ streamSource, streamConfig: config }: StreamProps): Promise<StreamEvent> {
    const streamConfig = config as DirectConfig;
    const refuse = (info: string): Promise<StreamEvent> => {
      const refused = event(EventAction.START, EventStatus.ERROR, info);
      streamConfig.onStart?.(refused);
      return Promise.reject(refused as unknown as Error);
    };
    if (streamSource !== StreamType.DIRECT) return refuse("Telestage streams directly: use StreamType.DIRECT.");
    const id = streamConfig.videoElementId ?? "remote-video";
    const video = document.getElementById(id);
    if (!(video instanceof HTMLVideoElement)) return refuse(`The page has no <video> with the id ${id}.`);
    const unused = Object.keys(streamConfig).filter((key) => !USED.includes(key));
    if (unused.length > 0) note(`not used: ${unused.join(", ")}`);
    AppStreamer.#run?.end(StreamStatus.cancelled, event(EventAction.START, EventStatus.CANCELED, "Another stream was started."));
    AppStreamer.#run = new Run(streamConfig, video);
    return AppStreamer.#run.start();
  }

  /** Says something to the application, as an object or as JSON. Resolves when it is on its way; answers come to `onCustomEvent`. */
  static sendMessage(message: string | ApplicationMessage): Promise<StreamEvent> {
    const parsed = parse(message);
    const isSent = parsed !== null && AppStreamer.#run?.say(parsed) === true;
    if (isSent) return Promise.resolve(event(EventAction.MESSAGE, EventStatus.SUCCESS, ""));
    const why = parsed === null ? "This is no message: it needs an event_type." : "There is no stream.";
    return Promise.reject(event(EventAction.MESSAGE, EventStatus.ERROR, why) as unknown as Error);
  }

  /** Ends the stream, as `onStop` is told. The server goes on. */
  static stop(): Promise<StreamEvent> {
    return AppStreamer.#end("onStop", event(EventAction.STOP, EventStatus.SUCCESS, "The stream was stopped."));
  }

  /** Ends the stream, as `onTerminate` is told. The server goes on: others may be watching, whatever `_terminateApp` says. */
  static terminate(_terminateApp?: boolean): Promise<StreamEvent> {
    return AppStreamer.#end("onTerminate", event(EventAction.TERMINATE, EventStatus.SUCCESS, "The stream was ended."));
  }

  static #end(callback: "onStop" | "onTerminate", ended: StreamEvent): Promise<StreamEvent> {
    const run = AppStreamer.#run;
    AppStreamer.#run = null;
    run?.end(StreamStatus.none, event(EventAction.START, EventStatus.CANCELED, ended.info));
    run?.tell(callback, ended);
    return Promise.resolve(ended);
  }
}

/** Where the server is; front ends give host and port apart. */
function address({ signalingServer, server, signalingPort = PORT, forceWSS }: DirectConfig): string {
  const host = (signalingServer || server) ?? location.hostname;
  if (host.includes("://")) return host;
  const scheme = forceWSS === true || location.protocol === "https:" ? "https" : "http";
  const name = /^[0-9a-f]*:[0-9a-f:.]+$/i.test(host) ? `[${host}]` : host || location.hostname;
  return `${scheme}://${name}:${signalingPort}/`;
}

function parse(message: string | ApplicationMessage): ApplicationMessage | null {
  try {
    const value = (typeof message === "string" ? JSON.parse(message) : message) as Partial<ApplicationMessage> | null;
    if (typeof value !== "object" || value === null || typeof value.event_type !== "string") return null;
    const payload = typeof value.payload === "object" && value.payload !== null ? value.payload : {};
    return { ...value, event_type: value.event_type, payload };
  } catch {
    return null;
  }
}
