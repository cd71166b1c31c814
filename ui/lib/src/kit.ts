/**
 * The Kit dialect on one side, Telestage's messages on the other. Pure: what a front end says comes in by {@link KitDialect.said},
 * what the server says by {@link KitDialect.heard}; what each is to hear goes out by {@link Ends}. Owns the requests that
 * wait for an answer, and what the front end believes is selected.
 */
import { CLIENT_EVENTS, type GetChildrenResult, type OpenStageResult, type PrimRow, type ViewerError } from "../../src/protocol";
import { filter, kitPrims } from "./kit-rows";
import { isTimeline, kitTimeline, type KitTimeline } from "./kit-timeline";
import type { AnyMessage, Message } from "./messages";
import { Pickable } from "./pickable";

/** Where messages go. */
export interface Ends {
  /** To the server. */
  say(message: AnyMessage): void;
  /** To the front end. */
  emit(event: AnyMessage): void;
  /** What a developer should know. */
  note(text: string): void;
}

/** Rows that one request of a front end lists at most. */
export const MAX_ROWS = 10_000;
/** Requests that may wait; the oldest are forgotten beyond it. */
const MAX_WAITING = 500;
/** Where front ends written for the USD viewer begin, whatever the stage. */
const ASSUMED_ROOT = "/World";
/** A folder that a Kit application fills in, at the front of a url; what follows is looked for under the asset roots. */
const TOKEN = /^\$\{[^}]*\}\/*/;
/** Above all root prims. */
const ROOT = "/";

type Waiting =
  | { kind: "state" | "select" | "click" | "size" | "timeline" }
  | { kind: "open"; url: string }
  | { kind: "children"; asked: string; from: string; filters: unknown[]; rows: PrimRow[] }
  /** Moves of the camera have no answer: what comes after it on the same channel has. */
  | { kind: "reset"; fence: string }
  | { kind: "fence"; of: string }
  /** What the dialect does not know and the server does. */
  | { kind: "other"; id: string | undefined };

/** What a front end says and hears. */
export class KitDialect {
  #ends: Ends;
  #asked = 0;
  #waiting = new Map<string, Waiting>();
  /** `undefined`: not known yet; `null`: none. */
  #stage: { url: string; generation: number } | null | undefined = undefined;
  #root: string | null = null;
  /** The full state of this connection was heard: what comes now is news. */
  #isSettled = false;
  /** As the front end knows it. */
  #selection: readonly string[] = [];
  #timeline: KitTimeline | null = null;
  readonly pickable = new Pickable();

  constructor(ends: Ends) {
    this.#ends = ends;
  }

  /** The front end says something. */
  said({ event_type, payload, id }: AnyMessage): void {
    switch (event_type) {
      case "loadingStateQuery":
        return this.#ask({ kind: "state" }, "loadingStateQuery", {});
      case "openStageRequest":
        return this.#open(payload.url);
      case "getChildrenRequest":
        return this.#children(payload);
      case "makePrimsPickable":
        return this.#makePickable(payload.paths);
      case "selectPrimsRequest":
        return this.#select(payload.paths);
      case "resetStage":
        return this.#reset();
      case "changeResolutionRequest":
        return this.#ask({ kind: "size" }, "resizeViewport", { width: payload.width, height: payload.height });
      case "timelineControl":
        return this.#ask({ kind: "timeline" }, "timelineControlRequest", payload);
      case "getTimelineStatus":
        return this.#tellTimeline();
      case "hello":
        return this.#ends.note("hello is the library's own business");
      default:
        if ((CLIENT_EVENTS as readonly string[]).includes(event_type)) return this.#ask({ kind: "other", id }, event_type, payload);
        this.#ends.note(`this server knows no message ${event_type}`);
    }
  }

  /** A click in the picture hit `path`, or nothing: selects what the front end made pickable. */
  hit(path: string | undefined, isToggle: boolean): void {
    const prim = path === undefined ? null : this.pickable.of(path);
    if (isToggle && prim === null) return;
    const rest = this.#selection.filter((other) => other !== prim);
    const paths = prim === null ? [] : isToggle ? (rest.length < this.#selection.length ? rest : [...rest, prim]) : [prim];
    this.#ask({ kind: "click" }, "selectPrimsRequest", { paths });
  }

  /** The server says something. */
  heard(message: Message | AnyMessage): void {
    const waiting = message.id === undefined ? undefined : this.#waiting.get(message.id);
    if (waiting !== undefined && message.id !== undefined) return this.#answered(message.id, waiting, message as Message);
    this.#news(message as Message);
  }

  /** The connection is gone, and with it the answers. */
  lost(): void {
    this.#waiting.clear();
    this.#isSettled = false;
  }

  #news(message: Message): void {
    switch (message.event_type) {
      case "welcome":
        return this.lost();
      case "openStageResult":
        return this.#opened(message.payload);
      case "camera_list":
        // The last of the full state.
        this.#isSettled = true;
        this.#stage ??= null;
        return;
      case "stageSelectionChanged":
        return this.#selected(message.payload.prims);
      case "updateProgressAmount":
        return this.#emit("updateProgressAmount", { progress: message.payload.amount });
      case "updateProgressActivity":
        return this.#emit("updateProgressActivity", { text: message.payload.activity });
      default:
        if ((message.event_type as string) === "timelineStatus") this.#played(message.payload, false);
    }
  }

  #answered(id: string, waiting: Waiting, message: Message): void {
    if (waiting.kind !== "other") this.#waiting.delete(id);
    const error = message.event_type === "viewerError" ? message.payload : null;
    switch (waiting.kind) {
      case "state":
        if (message.event_type !== "loadingStateResponse") return;
        return this.#emit("loadingStateResponse", { loading_state: message.payload.loading_state, url: message.payload.url });
      case "open":
        if (message.event_type === "openStageResult") this.#learn(message.payload);
        return this.#emit("openedStageResult", openedResult(waiting.url, message));
      case "children":
        return this.#listed(waiting, message.event_type === "getChildrenResult" ? message.payload : null, error);
      case "select":
        if (message.event_type === "stageSelectionChanged") this.#selection = message.payload.prims;
        // The front end shows already what it asked for: it hears what is true.
        if (error) this.#refused(error, "stageSelectionChanged", { prims: [...this.#selection] });
        return;
      case "click":
        if (message.event_type === "stageSelectionChanged") this.#selected(message.payload.prims);
        return;
      case "reset":
        this.#waiting.delete(waiting.fence);
        return this.#emit("resetStageResponse", outcome(error));
      case "fence":
        if (this.#waiting.delete(waiting.of)) this.#emit("resetStageResponse", outcome(error));
        return;
      case "size": {
        if (message.event_type !== "resizeViewportResult") return this.#emit("changeResolutionConfirmation", outcome(error));
        const { width, height, result } = message.payload;
        return this.#emit("changeResolutionConfirmation", { result, width, height, resolution: `${width}x${height}` });
      }
      case "timeline":
        if (error) return this.#ends.note(error.message);
        return this.#played(message.payload, true);
      case "other": {
        const { event_type, payload } = message;
        return this.#ends.emit({ event_type, payload, ...(waiting.id === undefined ? {} : { id: waiting.id }) });
      }
    }
  }

  #open(url: unknown): void {
    if (typeof url !== "string") return this.#ends.note("openStageRequest has no url");
    this.#ask({ kind: "open", url }, "openStageRequest", { url: url.replace(TOKEN, "") });
  }

  #children({ prim_path: asked, filters }: Record<string, unknown>): void {
    if (typeof asked !== "string") return this.#ends.note("getChildrenRequest has no prim_path");
    const isAssumed = asked === ASSUMED_ROOT && this.#root !== null && this.#root !== ASSUMED_ROOT;
    this.#page({ kind: "children", asked, from: isAssumed ? ROOT : asked, filters: Array.isArray(filters) ? filters : [], rows: [] }, 0);
  }

  #page(waiting: Extract<Waiting, { kind: "children" }>, offset: number): void {
    this.#ask(waiting, "getChildrenRequest", { prim_path: waiting.from, offset });
  }

  /** The server tells a page at a time, this dialect all at once. */
  #listed(waiting: Extract<Waiting, { kind: "children" }>, page: GetChildrenResult | null, error: ViewerError | null): void {
    const { asked, filters, rows } = waiting;
    if (error) this.#ends.note(error.message);
    rows.push(...(page?.children ?? []));
    const next = page === null ? 0 : page.offset + page.children.length;
    const isMore = page !== null && page.children.length > 0 && next < page.total;
    if (isMore && rows.length < MAX_ROWS) return this.#page(waiting, next);
    if (isMore) this.#ends.note(`${asked} has ${page.total} children; ${rows.length} are listed`);
    this.#emit("getChildrenResponse", { prim_path: asked, children: kitPrims(rows, filter(filters)) });
  }

  #makePickable(paths: unknown): void {
    const isList = Array.isArray(paths);
    if (isList) this.pickable.add(paths);
    this.#later("makePrimsPickableResponse", isList ? { result: "success", error: "" } : { result: "error", error: "paths is missing" });
  }

  #select(paths: unknown): void {
    if (!Array.isArray(paths)) return this.#ends.note("selectPrimsRequest has no paths");
    this.#ask({ kind: "select" }, "selectPrimsRequest", { paths });
  }

  #reset(): void {
    const [of, fence] = [`kit-${++this.#asked}`, `kit-${++this.#asked}`];
    this.#request(of, { kind: "reset", fence }, "resetCameraRequest", {});
    this.#request(fence, { kind: "fence", of }, "ping", { t: 0 });
  }

  /** Another stage than the one that the front end knows of, opened by somebody else. */
  #opened(result: OpenStageResult): void {
    const before = this.#stage;
    this.#learn(result);
    if (result.result !== "success" || before === undefined) return;
    const isNews = before?.url !== result.url || (this.#isSettled && before.generation !== result.stage_generation);
    if (isNews) this.#emit("openedStageResult", { url: result.url, result: "success", error: "" });
  }

  #learn({ result, url, stage_generation: generation, root_prim_path }: OpenStageResult): void {
    if (result !== "success") return;
    if (this.#stage !== undefined && this.#stage?.url !== url) this.pickable.clear();
    this.#stage = { url, generation };
    this.#root = root_prim_path ?? null;
  }

  #selected(prims: readonly string[]): void {
    if (prims.length === this.#selection.length && prims.every((prim, at) => prim === this.#selection[at])) return;
    this.#selection = prims;
    this.#emit("stageSelectionChanged", { prims: [...prims] });
  }

  #played(status: unknown, isAnswer: boolean): void {
    if (!isTimeline(status)) return;
    const before = this.#timeline;
    this.#timeline = kitTimeline(status);
    if (isAnswer || (this.#isSettled && before?.mode !== this.#timeline.mode)) this.#emit("timelineStatusResponse", { ...this.#timeline });
  }

  #tellTimeline(): void {
    if (this.#timeline === null) return this.#ends.note("this server has told nothing of a timeline");
    this.#later("timelineStatusResponse", { ...this.#timeline });
  }

  #refused(error: ViewerError, event_type: string, payload: Record<string, unknown>): void {
    this.#ends.note(error.message);
    this.#emit(event_type, payload);
  }

  #ask(waiting: Waiting, event_type: string, payload: Record<string, unknown>): void {
    this.#request(`kit-${++this.#asked}`, waiting, event_type, payload);
  }

  #request(id: string, waiting: Waiting, event_type: string, payload: Record<string, unknown>): void {
    this.#wait(id, waiting);
    this.#ends.say({ event_type, id, payload });
  }

  #wait(id: string, waiting: Waiting): void {
    this.#waiting.set(id, waiting);
    const [oldest] = this.#waiting.keys();
    if (this.#waiting.size > MAX_WAITING && oldest !== undefined) this.#waiting.delete(oldest);
  }

  #emit(event_type: string, payload: Record<string, unknown>): void {
    this.#ends.emit({ event_type, payload });
  }

  /** No answer comes before the question was put. */
  #later(event_type: string, payload: Record<string, unknown>): void {
    queueMicrotask(() => this.#emit(event_type, payload));
  }
}

const outcome = (error: ViewerError | null): Record<string, unknown> => ({ result: error === null ? "success" : "error", error: error?.message ?? "" });

function openedResult(asked: string, message: Message): Record<string, unknown> {
  if (message.event_type !== "openStageResult") return { url: asked, ...outcome(message.event_type === "viewerError" ? message.payload : null) };
  const { result, error = "" } = message.payload;
  return { url: asked, result, error };
}
