/** What an ICE restart says to the server and makes of its answer (RFC 8840 fragments). Text in, text out. */
export { SESSION_KEPT_MS } from "../protocol";

/** The user fragment and password of a description or a fragment, as the lines that name them; `null` without them. */
export function credentials(sdp: string): string | null {
  const ufrag = /^a=ice-ufrag:\S+/m.exec(sdp)?.[0];
  const password = /^a=ice-pwd:\S+/m.exec(sdp)?.[0];
  return ufrag && password ? `${ufrag}\r\n${password}\r\n` : null;
}

/** The first `answer` with credentials and candidates of a restart's `fragment`; `null` if the fragment has none. */
export function restarted(answer: string, fragment: string): string | null {
  const fresh = credentials(fragment);
  if (fresh === null) return null;
  const candidates = [...fragment.matchAll(/^a=(?:candidate:.*|end-of-candidates)/gm)].map(([line]) => `${line.trimEnd()}\r\n`).join("");
  const [session = "", ...media] = answer.split(/(?=^m=)/m).map((section) => section.replace(/^a=(?:ice-ufrag|ice-pwd|candidate|end-of-candidates)[^\n]*\n/gm, ""));
  const renewed = media.map((section) => (/^m=\S+ 0 /.test(section) ? section : `${section.trimEnd()}\r\n${fresh}${candidates}`));
  return session + renewed.join("");
}
