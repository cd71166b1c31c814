/** `telestage-client`: a Telestage server's picture in any page, its messages, its hands. */
export { NotConnected, RequestRefused, type AnyMessage, type Answers, type EventName, type EventPayload, type Message, type Request, type RequestName } from "./messages.js";
export { TelestageClient, type ClientOptions, type ConnectionState, type Events } from "./telestage-client.js";
export type { Click } from "../../src/core/click.js";
export type * from "../../src/protocol/index.js";
