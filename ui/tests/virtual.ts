/** Time that passes when a test says so, and a link that a test plays. */
import type { Link, LinkListener, Outside, Transport } from "../src/core/link";
import type { Way } from "../src/core/ways";
import type { ClientMessage, ServerMessage } from "../src/protocol";

/** A clock and its timers. */
export class VirtualTime {
  now = 0;
  #timers: { due: number; call: () => void }[] = [];

  after = (ms: number, call: () => void): (() => void) => {
    const timer = { due: this.now + ms, call };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  };

  /** Lets `ms` go by, timers in their order. */
  pass(ms: number): void {
    const end = this.now + ms;
    for (;;) {
      const next = this.#timers.filter(({ due }) => due <= end).sort((a, b) => a.due - b.due)[0];
      if (!next) break;
      this.#timers = this.#timers.filter((other) => other !== next);
      this.now = Math.max(this.now, next.due);
      next.call();
    }
    this.now = end;
  }

  /** How many timers wait. */
  get waiting(): number {
    return this.#timers.length;
  }
}

/** What the client opened, and what it sent there. */
export class PlayedLink implements Link {
  readonly listener: LinkListener;
  sent: ClientMessage[] = [];
  isClosed = false;

  constructor(listener: LinkListener) {
    this.listener = listener;
  }

  control(text: string): boolean {
    this.sent.push(JSON.parse(text) as ClientMessage);
    return true;
  }
  motion(text: string): boolean {
    return this.control(text);
  }
  /** What the transport says; `null` for nothing. */
  figures: Transport | null = null;
  transport(): Promise<Transport | null> {
    return Promise.resolve(this.figures);
  }
  reattached = 0;
  reattach(): void {
    this.reattached += 1;
  }
  close(): void {
    this.isClosed = true;
  }

  say(message: ServerMessage): void {
    this.listener.received(JSON.stringify(message));
  }

  /** The names of what was sent. */
  get names(): string[] {
    return this.sent.map(({ event_type }) => event_type);
  }
}

/** An outside without a world. */
export class PlayedOutside implements Outside {
  readonly time = new VirtualTime();
  readonly links: PlayedLink[] = [];
  held = 0;
  isVisible = true;
  address = "http://there:49100";

  /** The way of each link. */
  ways: Way[] = [];
  /** What a try at WebRTC comes to. */
  webRtcWorks = false;

  openLink(way: Way, listener: LinkListener): Link {
    this.ways.push(way);
    const link = new PlayedLink(listener);
    this.links.push(link);
    return link;
  }
  show(): void {}
  reachesWebRtc = (): Promise<boolean> => Promise.resolve(this.webRtcWorks);
  holdPicture(): void {
    this.held += 1;
  }
  now = (): number => this.time.now;
  chance = (): number => 0.5;
  after = (ms: number, call: () => void): (() => void) => this.time.after(ms, call);
  visible = (): boolean => this.isVisible;

  /** The newest link. */
  get link(): PlayedLink {
    const link = this.links.at(-1);
    if (!link) throw new Error("no link was opened");
    return link;
  }
}
