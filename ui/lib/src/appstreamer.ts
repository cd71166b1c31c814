/** `telestage-client/appstreamer`: the shape that front ends of Kit applications were written for. Change one import. */
export { AppStreamer } from "./streamer.js";
export * from "./stream.js";
