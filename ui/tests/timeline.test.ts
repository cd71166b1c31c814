import { expect, it } from "vitest";
import type { TimelineStatus } from "../src/protocol";
import { reduce } from "../src/core/reduce";
import { initial } from "../src/core/state";
import { animated, timeAt, timeCode } from "../src/core/timeline";

const status = (over: Partial<TimelineStatus> = {}): TimelineStatus => ({ playing: true, time: 10, start: 0, end: 48, fps: 24, loop: true, rate: 1, stage_generation: 1, ...over });

it("goes on between two words of the server, around or to the end", () => {
  expect(timeAt({ status: status(), at: 1000 }, 1500)).toBe(22);
  expect(timeAt({ status: status({ rate: 0.5 }), at: 1000 }, 1500)).toBe(16);
  expect(timeAt({ status: status({ time: 40 }), at: 1000 }, 1500)).toBe(4);
  expect(timeAt({ status: status({ time: 40, loop: false }), at: 1000 }, 9500)).toBe(48);
  expect(timeAt({ status: status({ playing: false }), at: 1000 }, 9500)).toBe(10);
});

it("is there only where something is animated", () => {
  const hear = (payload: TimelineStatus) => animated(reduce(initial("x"), { event_type: "timelineStatus", payload }, 5));
  expect(hear(status())).toEqual({ status: status(), at: 5 });
  expect(hear(status({ end: 0 }))).toBeNull();
});

it("writes time codes as short as they are", () => {
  expect([timeCode(12), timeCode(12.5), timeCode(1234.56)]).toEqual(["12", "12.50", "1234.6"]);
});
