/** The stage's time. */
import { animated } from "../timeline";
import type { Desk } from "../page";
import { group, offline, stageless, unable, unless } from "./row";

const still = ({ state }: Desk): string | null => (animated(state) === null ? "Nothing on this stage is animated" : null);
const why = unless(offline, stageless, unable("timeline"), still);

export const TIME = group("Time", {
  play: {
    title: ({ state }) => (state.timeline?.status.playing ? "Pause" : "Play"),
    also: "animation timeline run",
    keys: ["Space"],
    why,
    run: ({ client }) => client.time.toggle(),
  },
  stopTime: {
    title: "To the start",
    also: "stop rewind first frame",
    why,
    run: ({ client }) => client.time.stop(),
  },
  stepBack: {
    title: "One frame back",
    also: "previous time code",
    keys: [","],
    why,
    repeats: true,
    run: ({ client }) => client.time.step(-1),
  },
  stepOn: {
    title: "One frame on",
    also: "next time code",
    keys: ["."],
    why,
    repeats: true,
    run: ({ client }) => client.time.step(1),
  },
  loop: {
    title: "Loop",
    also: "repeat again",
    why,
    isOn: ({ state }) => state.timeline?.status.loop === true,
    run: ({ client, state }) => client.time.setLoop(state.timeline?.status.loop !== true),
  },
});
