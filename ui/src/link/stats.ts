/** The few numbers that matter out of a connection's statistics. */
import type { Transport } from "../core/link";

/** What `getStats` says, in the core's words. */
export function digest(report: RTCStatsReport): Transport {
  const entries = new Map<string, Record<string, unknown>>();
  report.forEach((entry: { id: string } & Record<string, unknown>) => entries.set(entry.id, entry));
  const all = [...entries.values()];
  const inbound = all.find((entry) => entry.type === "inbound-rtp" && entry.kind === "video");
  const selected = all.find((entry) => entry.type === "transport")?.selectedCandidatePairId;
  const pair = (typeof selected === "string" && entries.get(selected)) || all.find((entry) => entry.type === "candidate-pair" && entry.nominated === true);
  const local = pair ? entries.get(String(pair.localCandidateId)) : undefined;
  const remote = pair ? entries.get(String(pair.remoteCandidateId)) : undefined;
  const number = (value: unknown): number | null => (typeof value === "number" ? value : null);
  const decoded = number(inbound?.framesDecoded) ?? 0;
  const decodeTime = number(inbound?.totalDecodeTime);
  const roundTrip = number(pair ? pair.currentRoundTripTime : null);
  return {
    pair: local && remote ? { local: end(local), remote: end(remote) } : null,
    protocol: typeof local?.protocol === "string" ? local.protocol.toUpperCase() : "UDP",
    bytes: number(inbound?.bytesReceived) ?? 0,
    signs: all.filter(({ type }) => type === "candidate-pair" || type === "transport").reduce((sum, entry) => sum + ["responsesReceived", "requestsReceived", "packetsReceived", "bytesReceived"].reduce((own, name) => own + (number(entry[name]) ?? 0), 0), 0),
    lost: number(inbound?.packetsLost) ?? 0,
    roundTripMs: roundTrip === null ? null : roundTrip * 1000,
    decodeMs: decodeTime === null || decoded === 0 ? null : (decodeTime / decoded) * 1000,
  };
}

/** One end of a path, as far as the browser tells: some keep their own address to themselves. */
function end(candidate: Record<string, unknown>): string {
  const { address, port, candidateType: kind } = candidate;
  const host = typeof address === "string" && address !== "" ? (address.includes(":") ? `[${address}]` : address) : "an address that the browser hides";
  return `${host}${typeof port === "number" ? `:${port}` : ""}${typeof kind === "string" ? ` (${kind})` : ""}`;
}
