/** What the page knows about the way to the server and the server does not: the address that the page itself came from. */

/** Priority of the page's own address: below all that the server names (type preference 90, the last of its local ones). */
const PRIORITY = 1_509_949_695;

/**
 * `answer` with one more TCP candidate in each section: the host and port that served the page. Behind a forwarded port
 * (`ssh -L`, a container) it is the only one that leads anywhere. Nothing is added over https: what listens there speaks
 * TLS, which media does not.
 */
export function withOwnAddress(answer: string, server: string): string {
  const own = endpoint(server);
  if (own === null) return answer;
  const { host, port } = own;
  const line = `a=candidate:999 1 tcp ${PRIORITY} ${host} ${port} typ host tcptype passive`;
  const known = new RegExp(`^a=candidate:\\S+ 1 tcp \\d+ ${host.replace(/[^\w]/g, "\\$&")} ${port} `, "m");
  const [session = "", ...media] = answer.split(/(?=^m=)/m);
  const extended = media.map((section) => {
    if (known.test(section) || /^m=\S+ 0 /.test(section)) return section;
    const end = /^a=end-of-candidates/m.exec(section);
    return end ? `${section.slice(0, end.index)}${line}\r\n${section.slice(end.index)}` : `${section}${line}\r\n`;
  });
  return session + extended.join("");
}

/** Host and port of a plain `http` address. */
function endpoint(server: string): { host: string; port: string } | null {
  const [, bracketed, plain, port = "80"] = /^http:\/\/(?:\[([0-9a-f:.]+)\]|([^/:?#]+))(?::(\d+))?(?:[/?#]|$)/i.exec(server) ?? [];
  const name = bracketed ?? plain;
  if (name === undefined) return null;
  return { host: name.toLowerCase() === "localhost" ? "127.0.0.1" : name, port };
}
