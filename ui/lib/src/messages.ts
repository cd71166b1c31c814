/** What can be sent and heard, by name; the generated types of the protocol say the rest. */
import type { ClientMessage, Envelope, ServerMessage, ViewerError } from "../../src/protocol/index.js";

/** A message of the server's. */
export type Message = Envelope<ServerMessage>;
/** A message of any name: a server, or a page, may say more than this build knows. */
export interface AnyMessage {
  event_type: string;
  id?: string;
  payload: Record<string, unknown>;
}
/** Names of what a client says. */
export type RequestName = ClientMessage["event_type"];
/** What goes with a request. */
export type Request<N extends RequestName> = Extract<ClientMessage, { event_type: N }>["payload"];
/** Names of what the server says. */
export type EventName = ServerMessage["event_type"];
/** What the server says under a name. */
export type EventPayload<N extends EventName> = Extract<ServerMessage, { event_type: N }>["payload"];

/** Requests that are answered to the one who asked, and with what. */
export interface Answers {
  openStageRequest: "openStageResult";
  resetStageRequest: "openStageResult";
  loadingStateQuery: "loadingStateResponse";
  listStagesRequest: "listStagesResult";
  getChildrenRequest: "getChildrenResult";
  searchPrimsRequest: "searchPrimsResult";
  selectPrimsRequest: "stageSelectionChanged";
  pickRequest: "pickResult";
  resizeViewport: "resizeViewportResult";
  viewRequest: "viewResult";
  getStatsRequest: "getStatsResult";
  ping: "pong";
}

/** A request that the server refused; `code` is for programs, the message for people. */
export class RequestRefused extends Error {
  readonly code: ViewerError["code"];
  readonly detail: unknown;

  constructor({ code, message, detail }: ViewerError) {
    super(message);
    this.name = "RequestRefused";
    this.code = code;
    this.detail = detail;
  }
}

/** The connection ended before the answer came, or was not there. */
export class NotConnected extends Error {
  constructor(message: string) {
    super(message);
    this.name = "NotConnected";
  }
}
