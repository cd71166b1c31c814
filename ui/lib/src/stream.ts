/** Names and shapes that front ends of Kit applications know, as far as they mean something here. */
import type { AnyMessage } from "./messages.js";

/** Where an application streams from; here it is always `DIRECT`. */
export const StreamType = { DIRECT: "direct", GFN: "gfn", NVCF: "nvcf" } as const;
export type StreamType = (typeof StreamType)[keyof typeof StreamType];

/** How the stream stands. */
export const StreamStatus = { none: 0, connecting: 1, connected: 2, cancelled: 3, error: 4 } as const;
export type StreamStatus = (typeof StreamStatus)[keyof typeof StreamStatus];

/** What an event is about. */
export const EventAction = { CONNECT: "connect", MESSAGE: "message", START: "start", STOP: "stop", TERMINATE: "terminate", UPDATE: "update", UNKNOWN: "unknown" } as const;
export type EventAction = (typeof EventAction)[keyof typeof EventAction];
/** The same by its older names. */
export const eAction = { connect: "connect", message: "message", start: "start", stop: "stop", terminate: "terminate", update: "update", unknown: "unknown" } as const;
export type eAction = EventAction;

/** How it went. */
export const EventStatus = { CANCELED: "canceled", ERROR: "error", IN_PROGRESS: "inProgress", SUCCESS: "success", UNKNOWN: "unknown", WAITING: "waiting", WARNING: "warning" } as const;
export type EventStatus = (typeof EventStatus)[keyof typeof EventStatus];
/** The same by its older names. */
export const eStatus = { canceled: "canceled", error: "error", inProgress: "inProgress", success: "success", unknown: "unknown", waiting: "waiting", warning: "warning" } as const;
export type eStatus = EventStatus;

/** Accepted and not used: the browser's console has levels of its own. */
export const LogLevel = { NONE: "none", ERROR: "error", WARN: "warn", INFO: "info", DEBUG: "debug" } as const;
export type LogLevel = (typeof LogLevel)[keyof typeof LogLevel];
/** Accepted and not used. */
export const LogFormat = { TEXT: "text", JSON: "json" } as const;
export type LogFormat = (typeof LogFormat)[keyof typeof LogFormat];

/** What callbacks and promises carry. */
export interface StreamEvent {
  action: EventAction;
  status: EventStatus;
  /** One sentence for people. */
  info: string;
}

/** A message of the application, either way. */
export type ApplicationMessage = AnyMessage;
/** The same. */
export type StreamMessage = AnyMessage;

/** Called with events of one kind. */
export type StreamCallback = (message: StreamEvent) => void;

/** Whom to tell. */
export interface StreamCallbacks {
  onStart?: StreamCallback;
  onUpdate?: StreamCallback;
  onStop?: StreamCallback;
  onTerminate?: StreamCallback;
  /** The application's messages, parsed. */
  onCustomEvent?: (message: ApplicationMessage) => void;
}

/** Where to connect, where to show it, whom to tell. Other keys are accepted and not used. */
export interface DirectConfig extends StreamCallbacks {
  /** Default: `remote-video`. */
  videoElementId?: string;
  /** Host of the server, or its whole address. Default: the page's own host. */
  signalingServer?: string;
  /** The same. */
  server?: string;
  /** Default: 49100. */
  signalingPort?: number;
  /** Speaks TLS, as pages from https have to in any case. */
  forceWSS?: boolean;
  /** The picture that is asked for; without both, the server's. */
  width?: number;
  height?: number;
  /** Attempts in a row before it gives up. Default: 20. */
  maxReconnects?: number;
  [other: string]: unknown;
}

/** Known so that front ends compile; such streams are refused. */
export interface GFNConfig extends StreamCallbacks {
  GFN: unknown;
  clientId: string;
  catalogClientId: string;
  cmsId: number;
  [other: string]: unknown;
}

/** Known so that front ends compile; such streams are refused. */
export interface NVCFConfig extends StreamCallbacks {
  functionId?: string;
  [other: string]: unknown;
}

/** What {@link AppStreamer.connect} takes. */
export interface StreamProps {
  streamSource: StreamType;
  streamConfig: DirectConfig | GFNConfig | NVCFConfig;
  [other: string]: unknown;
}
