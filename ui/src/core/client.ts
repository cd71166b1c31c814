/**
 * The client without a face: keeps the connection up, turns texts into state, intents into messages.
 * Owns the one store, the one link and the hands; the world comes in through {@link Outside}. The way from a moving hand
 * to the link goes past the store: nothing waits for a view.
 */
import { HEARTBEAT_MS, PROTOCOL_VERSION, type CameraCommandRequest, type ClientMessage, type ControlRequest, type Envelope, type Hello, type ServerMessage, type StageChanged, type VersionDetail, type ViewKind, type Welcome } from "../protocol";
import { CameraControl } from "./cameras";
import { advance, nextHop, SILENCE_MS, type ConnectionEvent, type Effect } from "./connection";
import { Frozen } from "./frozen";
import { Edits, outdated } from "./edits";
import { Hands } from "./gestures";
import { Inspector } from "./inspector";
import { LatencyMeter } from "./latency";
import type { Hop, Link, LinkListener, Outside, Shown, Trouble } from "./link";
import { LooksControl } from "./looks";
import { Meter } from "./meter";
import { Prims } from "./prims";
import { listing, opening, reduce, REQUESTS, unlinked } from "./reduce";
import { Restorer } from "./restore";
import { can, initial, type State } from "./state";
import { Store } from "./store";
import { TimelineControl } from "./timeline";
import type { Place } from "./viewlink";
import { Ways, type Way } from "./ways";
import { Decoder, encode } from "./wire";

/** How long a parked link may take to come back when another one is ready, and how often it is looked at. */
const GRACE_MS = 600;
const GRACE_LOOKS = 6;
/** Between two tries at WebRTC while the link goes another way. */
const SEEK_EVERY_MS = 20_000;
/** Between two looks at the clock while a link is wanted. */
const TICK_MS = HEARTBEAT_MS;

/** Who we are, and what the page's address asks for. */
export interface Setup {
  name: string;
  version: string;
  stage: string | null;
  place: Place;
  /** What others see this client called. */
  title: string | null;
  /** Whether the stage's tree is shown: its first rows are asked for then. Without it they are. */
  showsTree?: boolean;
}

/** Told each message of the server's. */
export type Ear = (message: Envelope<ServerMessage>) => void;

/** One client of one server. */
export class Client {
  readonly store: Store<State>;
  readonly hands: Hands;
  readonly prims: Prims;
  readonly time: TimelineControl;
  readonly edits: Edits;
  readonly inspector: Inspector;
  readonly looks: LooksControl;
  readonly camera: CameraControl;
  #outside: Outside;
  #setup: Setup;
  #link: Link | null = null;
  /** The link that went silent: it may come back, or another one takes its place. */
  #parked: { link: Link; way: Way; turn: number; signs: number } | null = null;
  #decoder = new Decoder();
  #latency = new LatencyMeter();
  #meter: Meter;
  #restorer: Restorer;
  #stopTick: (() => void) | null = null;
  #ways = new Ways();
  /** When a better way was tried last. */
  #soughtAt = 0;
  /** Names the link that counts; each gets another number. */
  #turn = 0;
  #turns = 0;
  /** Signs of life of the link so far. */
  #signs = Infinity;
  #heardAt = 0;
  #requests = 0;
  /** With it, the next connection goes on where this one was lost. */
  #session: string | null = null;
  #frozen = new Frozen();
  #ears = new Set<Ear>();

  constructor(outside: Outside, setup: Setup) {
    this.#outside = outside;
    this.#setup = setup;
    this.store = new Store(initial(outside.address));
    this.hands = new Hands(
      (command, at) => this.#command(command, at),
      (ms, call) => outside.after(ms, call),
    );
    const ask = (message: ClientMessage, request?: string): void => this.#send(message, request);
    this.prims = new Prims(this.store, ask, () => this.#latency.frame);
    this.edits = new Edits(this.store, ask);
    this.inspector = new Inspector(this.store, ask);
    this.time = new TimelineControl(this.store, ask, () => outside.now());
    this.looks = new LooksControl(this.store, ask);
    this.camera = new CameraControl(ask, this.hands, this.prims);
    this.#meter = new Meter(this.#latency);
    this.#restorer = new Restorer(setup.stage, setup.place);
  }

  /** Connects, and stays so. */
  start(): void {
    this.#connection({ type: "start" });
  }

  /** Does not wait for the next attempt. */
  retry(): void {
    this.#connection({ type: "retry" });
  }

  /** Stops trying. */
  cancel(): void {
    this.#dropParked();
    this.#connection({ type: "cancel" });
  }

  /** Ends the connection and all that belongs to it; {@link start} begins anew. */
  stop(): void {
    this.#dropParked();
    this.#connection({ type: "stop" });
  }

  /** Tells `ear` each message of the server's, once the state has taken it in; ends with the call of what it answers. */
  listen(ear: Ear): () => void {
    this.#ears.add(ear);
    return () => this.#ears.delete(ear);
  }

  /** Says a message of the caller's own. False if it could not be sent: no server has greeted on this link. */
  say(message: Envelope<ClientMessage>): boolean {
    const { phase, steps } = this.store.value.connection;
    const isUp = phase.name === "live" || phase.name === "connecting";
    const isGreeted = steps.some(({ hop, doneMs }) => hop === "version" && doneMs !== null);
    return isUp && isGreeted && this.#link?.control(encode(message)) === true;
  }

  /** Opens a stage; the answer shows in the state. */
  openStage(url: string): void {
    this.#opening(url);
    this.#send({ event_type: "openStageRequest", payload: { url } }, REQUESTS.open);
  }

  /** Loads the stage from its files again. */
  resetStage(): void {
    const { stage } = this.store.value;
    if (stage) this.#opening(stage.url);
    this.#send({ event_type: "resetStageRequest", payload: {} }, REQUESTS.open);
  }

  /** Lists again the folder that was listed last, at first the roots. */
  listStages(): void {
    const { path, trail } = this.store.value.folder;
    this.#list(path, trail);
  }

  /** Lists a folder of the list. */
  enterFolder(path: string): void {
    const { path: here, trail } = this.store.value.folder;
    this.#list(path, [...trail, here]);
  }

  /** Lists the folder that led to this one. */
  leaveFolder(): void {
    const { trail } = this.store.value.folder;
    this.#list(trail.at(-1) ?? "", trail.slice(0, -1));
  }

  /** Frames the whole stage. */
  frameAll(): void {
    this.#send({ event_type: "fitCameraRequest", payload: { transition_ms: 200 } });
  }

  /** Begins a recording on the server, or ends the one that runs. */
  toggleRecording(): void {
    if (!can(this.store.value, "record")) return;
    this.#send({ event_type: "recordRequest", payload: { action: this.store.value.recording ? "stop" : "start" } }, REQUESTS.record);
  }

  /** Looks through a camera of the stage; `null` leaves it. */
  lookThrough(path: string | null): void {
    this.#send({ event_type: "set_camera", payload: { path, transition_ms: 200 } });
  }

  /** Asks to drive the shared view. */
  askForControl(): void {
    this.#control({ action: "request" });
  }

  /** Takes control from whoever does not use it. */
  takeControl(): void {
    this.#control({ action: "take" });
  }

  /** Gives control back, or no longer asks for it. */
  releaseControl(): void {
    this.#control({ action: "release" });
  }

  /** Gives control to another; to this client itself: keeps it, whoever asks. */
  grantControl(to: number): void {
    this.#control({ action: "grant", client_id: to });
  }

  /** Sees a view of its own, or the shared one again. */
  chooseView(view: ViewKind): void {
    this.#send({ event_type: "viewRequest", payload: { action: view } });
  }

  /** The page was hidden or is seen again: nobody needs pictures that nobody sees. */
  visibilityChanged(): void {
    if (can(this.store.value, "pause_view")) this.#send({ event_type: "viewRequest", payload: { action: this.#outside.visible() ? "resume" : "pause" } });
  }

  /** Puts the notice away. */
  dismiss(): void {
    this.store.set({ ...this.store.value, notice: null });
  }

  #control(payload: ControlRequest): void {
    this.#send({ event_type: "controlRequest", payload }, REQUESTS.control);
  }

  #list(path: string, trail: string[]): void {
    this.store.set(listing(this.store.value, path, trail));
    this.#send({ event_type: "listStagesRequest", payload: path === "" ? {} : { path } }, REQUESTS.list);
  }

  #opening(url: string): void {
    if (this.store.value.welcome) this.store.set(opening(this.store.value, url, this.#outside.now()));
  }

  #send(message: ClientMessage, request?: string): void {
    if (this.store.value.welcome === null) return;
    const envelope: Envelope<ClientMessage> = request === undefined ? message : { ...message, id: `${request}-${++this.#requests}` };
    this.#link?.control(encode(envelope));
  }

  #command(payload: CameraCommandRequest, at: number | null): void {
    const text = encode({ event_type: "cameraCommandRequest", payload });
    if (at === null) this.#link?.control(text);
    else if (this.#link?.motion(text)) this.#latency.sent(payload.seq, at);
  }

  #connection(event: ConnectionEvent): void {
    const state = this.store.value;
    const [connection, effects] = advance(state.connection, event, this.#outside.now(), this.#outside.chance());
    if (connection === state.connection) return;
    const isLate = event.type === "tick" && state.connection.phase.name === "connecting" && connection.phase.name === "waiting";
    if (isLate) this.#ways.failed(nextHop(state.connection), { kind: "timeout" });
    this.store.set({ ...state, connection });
    for (const effect of effects) this.#perform(effect);
    this.#keepTicking();
  }

  #perform(effect: Effect): void {
    switch (effect) {
      case "open":
        this.#signs = Infinity;
        this.#decoder = new Decoder();
        this.store.set({ ...this.store.value, firstFrame: null });
        this.#link = this.#outside.openLink(this.#ways.current, this.#listen());
        return;
      case "close":
        this.#turn = ++this.#turns;
        this.#link?.close();
        this.#link = null;
        this.store.set(unlinked(this.store.value));
        return;
      case "park":
        if (this.#link) this.#parked = { link: this.#link, way: this.#ways.current, turn: this.#turn, signs: Infinity };
        this.#turn = ++this.#turns;
        this.#link = null;
        return;
      case "unpark":
        return this.#unpark();
      case "hold":
        this.#restorer.lost(this.store.value);
        this.#outside.holdPicture();
        return;
    }
  }

  /** The parked link is the one again: same session, same state, and what was tried meanwhile is forgotten. */
  #unpark(): void {
    const parked = this.#parked;
    if (parked === null) return;
    this.#parked = null;
    this.#turn = parked.turn;
    this.#link = parked.link;
    this.#heardAt = this.#outside.now();
    this.#frozen.forgive();
    this.#outside.show(parked.way);
    parked.link.reattach();
  }

  #dropParked(): void {
    this.#parked?.link.close();
    this.#parked = null;
  }

  /** A silent link is asked for signs of life that are no messages: connection checks above all. */
  #listenForSigns(): void {
    const parked = this.#parked;
    const link = parked?.link ?? this.#link;
    const isQuiet = parked !== null || this.#outside.now() - this.#heardAt >= TICK_MS;
    if (link === null || !isQuiet) return;
    void link.transport().then((transport) => {
      if (transport === null) return;
      if (parked === null) {
        if (link === this.#link && transport.signs > this.#signs) this.#heardAt = this.#outside.now();
        this.#signs = transport.signs;
      } else if (parked === this.#parked) {
        if (transport.signs > parked.signs) this.#connection({ type: "revived" });
        else parked.signs = transport.signs;
      }
    });
  }

  /** The clock is looked at only while something may time out. */
  #keepTicking(): void {
    const { phase } = this.store.value.connection;
    const isIdle = phase.name === "off" || phase.name === "failed";
    this.#stopTick?.();
    this.#stopTick = null;
    if (isIdle) return;
    const now = this.#outside.now();
    const next = now + TICK_MS;
    // Silence is noticed when it counts, not at the next look after that.
    const silent = phase.name === "live" ? Math.max(this.#heardAt, phase.since) + SILENCE_MS : Infinity;
    const wanted = phase.name === "waiting" ? Math.min(phase.until, this.#parked ? next : Infinity) : Math.min(next, silent);
    const due = Math.max(now, wanted);
    this.#stopTick = this.#outside.after(due - now, () => this.#tick(due));
  }

  #tick(due: number): void {
    this.#stopTick = null;
    const now = this.#outside.now();
    // A page that slept has not heard yet what waits for it: it gets one more tick.
    if (now - due > SILENCE_MS / 2) this.#heardAt = Math.max(this.#heardAt, now - TICK_MS);
    this.#connection({ type: "tick", heardAt: this.#heardAt });
    if (this.#stopTick === null) this.#keepTicking();
    this.#measure();
    this.#listenForSigns();
    this.#seekBetterWay();
  }

  /** A listener that falls silent when its link was closed. */
  #listen(): LinkListener {
    const turn = this.#turn;
    const ifCurrent =
      <A extends unknown[]>(call: (...args: A) => void) =>
      (...args: A) => {
        if (turn === this.#turn) call(...args);
      };
    /** What a parked link says brings it back. */
    const revives =
      <A extends unknown[]>(call: (...args: A) => void) =>
      (...args: A) => {
        if (turn === this.#parked?.turn) this.#connection({ type: "revived" });
        ifCurrent(call)(...args);
      };
    return {
      reached: ifCurrent((hop) => {
        if (hop === "control") this.#greetUnlessRevived(GRACE_LOOKS);
        this.#connection({ type: "reached", hop });
      }),
      received: revives((text) => this.#received(text)),
      alive: revives(() => {
        this.#heardAt = this.#outside.now();
      }),
      shown: revives((picture) => this.#shown(picture)),
      failed: (hop, trouble) => {
        if (turn === this.#parked?.turn) this.#dropParked();
        ifCurrent((failedHop: Hop | null, why: Trouble) => this.#failed(failedHop, why))(hop, trouble);
      },
    };
  }

  #failed(hop: Hop | null, trouble: Trouble): void {
    const { phase } = this.store.value.connection;
    if (phase.name === "connecting") this.#ways.failed(hop ?? nextHop(this.store.value.connection), trouble);
    const isForetold = phase.name === "live" && this.store.value.status === "stopping";
    this.#connection({ type: "failed", hop, trouble: isForetold ? { kind: "stopping" } : trouble });
  }

  /** While the link goes another way, WebRTC is tried again now and then. */
  #seekBetterWay(): void {
    const now = this.#outside.now();
    const { phase } = this.store.value.connection;
    if (!this.#ways.hasBetter || phase.name !== "live" || now - Math.max(this.#soughtAt, phase.since) < SEEK_EVERY_MS || !this.#outside.visible()) return;
    this.#soughtAt = now;
    const turn = this.#turn;
    void this.#outside.reachesWebRtc().then((works) => {
      if (!works || turn !== this.#turn) return;
      this.#ways.better();
      this.#connection({ type: "failed", hop: null, trouble: { kind: "better" } });
    });
  }

  /** Where the network is back, the link that was there before may be too: it gets a moment to show it. */
  #greetUnlessRevived(looks: number): void {
    if (this.#parked === null || looks === 0) return this.#greet();
    const turn = this.#turn;
    this.#listenForSigns();
    this.#outside.after(GRACE_MS / GRACE_LOOKS, () => {
      if (turn === this.#turn) this.#greetUnlessRevived(looks - 1);
    });
  }

  #greet(): void {
    const { name, version, title } = this.#setup;
    const payload: Hello = { protocol: PROTOCOL_VERSION, client: name, version };
    if (title !== null) payload.name = title;
    if (this.#session !== null) payload.session = this.#session;
    this.#link?.control(encode({ event_type: "hello", payload }));
  }

  #received(text: string): void {
    const message = this.#decoder.decode(text);
    if (message === null) return;
    if (message.event_type === "frameInfo") {
      this.#meter.described(message.payload);
      this.#sent(message.payload.frame);
      return this.#tell(message);
    }
    this.#heardAt = this.#outside.now();
    if (message.event_type === "viewerError" && message.payload.code === "version_mismatch") {
      const detail = message.payload.detail as Partial<VersionDetail> | undefined;
      const trouble = { kind: "version", client: PROTOCOL_VERSION, server: detail?.server ?? null, detail: "" } as const;
      this.#connection({ type: "failed", hop: "version", trouble });
      return;
    }
    this.store.set(reduce(this.store.value, message, this.#outside.now()));
    if (message.event_type === "welcome") this.#greeted(message.payload);
    if (message.event_type === "openStageResult" && this.#setup.showsTree !== false) this.prims.stageOpened();
    if (message.event_type === "pickResult") this.camera.picked(message, message.payload);
    if (message.event_type === "getChildrenResult") this.prims.heardChildren();
    if (message.event_type === "getPropertiesResponse") this.inspector.answered();
    if (message.event_type === "stageChanged") this.#edited(message.payload);
    if (message.event_type === "heartbeat" && this.#isFrozen(message.payload.last_frame)) this.#connection({ type: "failed", hop: null, trouble: { kind: "frozen" } });
    for (const wish of this.#restorer.heard(message, this.store.value)) this.#send(wish, REQUESTS.restore);
    this.#tell(message);
  }

  #edited(change: StageChanged): void {
    this.prims.outdated(outdated(this.store.value.tree, change));
    this.inspector.refresh();
  }

  #tell(message: Envelope<ServerMessage>): void {
    for (const ear of this.#ears) ear(message);
  }

  /** The first frame on this link left the server. */
  #sent(frame: number): void {
    const state = this.store.value;
    const { phase } = state.connection;
    if (state.firstFrame !== null || (phase.name !== "connecting" && phase.name !== "live")) return;
    this.store.set({ ...state, firstFrame: { frame, heardMs: phase.name === "connecting" ? this.#outside.now() - phase.since : null } });
  }

  #greeted({ session }: Welcome): void {
    this.#dropParked();
    this.#session = session;
    this.#latency.startOver();
    this.#meter.startOver();
    this.#frozen = new Frozen();
    this.hands.startOver();
    this.#connection({ type: "reached", hop: "version" });
    if (!this.#outside.visible()) this.visibilityChanged();
  }

  #shown(picture: Shown): void {
    this.#heardAt = this.#outside.now();
    this.#meter.shown(picture);
    if (this.store.value.connection.phase.name === "connecting") this.#connection({ type: "reached", hop: "picture" });
  }

  #isFrozen(lastFrame: number): boolean {
    return this.#frozen.beat(lastFrame, this.#meter.shownInAll, this.#outside.visible(), this.#outside.now());
  }

  #measure(): void {
    const link = this.#link;
    const state = this.store.value;
    if (link === null || state.connection.phase.name !== "live") return;
    const figures = this.#meter.figures(state.figures, this.#outside.now());
    if (figures !== state.figures) this.store.set({ ...state, figures });
    if (!this.#meter.wantsTransport(figures)) return;
    void link.transport().then((transport) => {
      if (transport && link === this.#link) this.#meter.transported(transport, this.#outside.now());
    });
  }
}
