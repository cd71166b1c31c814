/** The connection in plain text, to be copied into a message to whoever can help. */
import { HOP_NAMES, type Failure } from "./failure";
import { bitrate, duration } from "./format";
import type { State } from "./state";

/** The report; `agent` is the browser's name for itself, `when` the date as text. */
export function report(state: State, version: string, agent: string, when: string): string {
  const { connection, welcome, stage, figures } = state;
  const lines = [`Telestage connection report, ${when}`, `Server: ${connection.address}`, `Client: ${version}, ${agent}`];
  if (welcome) lines.push(`Server version: ${welcome.server} ${welcome.version}, protocol ${welcome.protocol}`);
  lines.push(`State: ${connection.phase.name}, attempt ${connection.attempt}`);
  for (const step of connection.steps) lines.push(`  ${HOP_NAMES[step.hop]}: ${step.doneMs === null ? "not yet" : duration(step.doneMs)}`);
  if (state.firstFrame) lines.push(`  First frame sent: number ${state.firstFrame.frame}${state.firstFrame.heardMs === null ? "" : `, heard of after ${duration(state.firstFrame.heardMs)}`}`);
  const failure = failed(state);
  if (failure) lines.push(`Failure: ${failure.title}${failure.hop ? ` (at “${HOP_NAMES[failure.hop]}”)` : ""}`, `  ${failure.cause}`, `  ${failure.remedy}`);
  if (stage) lines.push(`Stage: ${stage.url}, ${stage.diagnosticsTotal} diagnostics`);
  if (figures.width > 0) lines.push(`Picture: ${figures.width}x${figures.height}, ${Math.round(figures.fps)} fps, ${bitrate(figures.bitrate)}`);
  if (figures.transport) {
    const { protocol, pair, lost, roundTripMs } = figures.transport;
    lines.push(`UDP: ${protocol === "UDP" ? "packets pass" : `not used, media goes over ${protocol}`}`);
    if (pair) lines.push(`ICE pair: ${pair.local} to ${pair.remote}, ${protocol}`);
    lines.push(`Path: ${protocol}, ${lost} packets lost${roundTripMs === null ? "" : `, round trip ${duration(roundTripMs)}`}`);
  }
  if (figures.latency) lines.push(`Latency: ${latencyRows(state).map(({ label, ms }) => `${label.toLowerCase()} ${ms.toFixed(1)}`).join(", ")}; total ${figures.latency.total.toFixed(1)} ms`);
  return lines.join("\n");
}

/** Where the time between hand and picture goes, in order. */
export function latencyRows(state: State): { label: string; ms: number }[] {
  const latency = state.figures.latency;
  if (!latency) return [];
  return [
    { label: "Network", ms: latency.network },
    { label: "Waiting", ms: latency.queue },
    { label: "Drawing", ms: latency.render },
    { label: "Converting", ms: latency.convert },
    { label: "Encoding", ms: latency.encode },
    { label: "Decoding", ms: latency.decode },
    { label: "Display", ms: latency.display },
  ];
}

function failed({ connection }: State): Failure | null {
  const { phase } = connection;
  return phase.name === "failed" || phase.name === "waiting" ? phase.failure : connection.lastFailure;
}
