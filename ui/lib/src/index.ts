/** `telestage-client`: a Telestage server's picture in any page, its messages, its hands. */
export { NotConnected, RequestRefused, type AnyMessage, type Answers, type EventName, type EventPayload, type Message, type Request, type RequestName } from "./messages";
export { TelestageClient, type ClientOptions, type ConnectionState, type Events } from "./telestage-client";
export type { Click } from "../../src/core/click";
export type * from "../../src/protocol";
