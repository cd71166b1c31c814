/** The timeline in the words of Kit applications: a mode, and times in seconds. */

/** `timelineStatus`: times are time codes. */
export interface TimelineStatus {
  playing: boolean;
  time: number;
  start: number;
  end: number;
  fps: number;
}

/** `timelineStatusResponse`. */
export interface KitTimeline {
  mode: "playing" | "paused" | "stopped";
  is_playing: boolean;
  is_stopped: boolean;
  scripted_mode_active: boolean;
  current_time: number;
  start_time: number;
  end_time: number;
}

/** The status as a Kit application tells it. What rests at its beginning is stopped there. */
export function kitTimeline({ playing, time, start, end, fps }: TimelineStatus): KitTimeline {
  const isStopped = !playing && time <= start;
  const secs = (code: number): number => (fps > 0 ? code / fps : code);
  return {
    mode: playing ? "playing" : isStopped ? "stopped" : "paused",
    is_playing: playing,
    is_stopped: isStopped,
    scripted_mode_active: playing,
    current_time: secs(time),
    start_time: secs(start),
    end_time: secs(end),
  };
}

/** Whether this is a `timelineStatus` payload. */
export function isTimeline(value: unknown): value is TimelineStatus {
  const status = value as Partial<Record<keyof TimelineStatus, unknown>> | null;
  return typeof status?.playing === "boolean" && [status.time, status.start, status.end, status.fps].every((number) => typeof number === "number");
}
