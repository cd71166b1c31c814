/** WHEP over HTTP: hands an offer in, brings the answer back, says goodbye. Knows no peer connection. */
import type { Trouble } from "../core/link";

/** The server's answer. */
export interface Answer {
  sdp: string;
  /** What to `DELETE` in the end; `null` if the server named nothing. */
  resource: string | null;
}

/** The server knows nothing of this session any more. */
export class SessionGone extends Error {}

/** Sends the offer to `door`. Rejects with a {@link Trouble}. */
export async function offer(door: string, sdp: string, signal: AbortSignal): Promise<Answer> {
  const response = await fetch(door, { method: "POST", headers: { "content-type": "application/sdp" }, body: sdp, signal, cache: "no-store" }).catch((error: unknown) => {
    throw { kind: "unreachable", detail: explain(error) } satisfies Trouble;
  });
  const text = await response.text().catch(() => "");
  if (response.status !== 201) throw { kind: "refused", status: response.status, detail: reason(text) } satisfies Trouble;
  const location = response.headers.get("location");
  return { sdp: text, resource: location === null ? null : new URL(location, response.url).href };
}

/** Tells the session's server new ICE credentials, as lines of a description; answers the server's own. */
export async function restart(resource: string, credentials: string, signal: AbortSignal): Promise<string> {
  const headers = { "content-type": "application/trickle-ice-sdpfrag", "if-match": "*" };
  const response = await fetch(resource, { method: "PATCH", headers, body: credentials, signal });
  if (response.status === 404) throw new SessionGone();
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  return response.text();
}

/** Ends the session; best effort, also while the page goes away. */
export function leave(resource: string): void {
  void fetch(resource, { method: "DELETE", keepalive: true }).catch(() => {});
}

function explain(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return /failed to fetch|networkerror|load failed/i.test(text) ? "" : `${text}.`;
}

/** The reason in the server's own words: `{"error": {"code", "message"}}`. */
function reason(text: string): string {
  try {
    const message: unknown = (JSON.parse(text) as { error?: { message?: unknown } }).error?.message;
    if (typeof message === "string") return message.endsWith(".") ? message : `${message}.`;
  } catch {
    // Not JSON: a proxy's page perhaps.
  }
  return "";
}
