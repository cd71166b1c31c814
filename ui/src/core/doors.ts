/** Where a client goes in: the server's own doors, or those of one session. */

/** Addresses on one server. */
export interface Doors {
  /** The server's, ending in a slash. */
  server: string;
  /** Takes an offer. */
  whep: string;
  /** A WebSocket's, with a query that more can be added to. */
  socket: string;
  /** The picture as MJPEG. */
  mjpeg: string;
  /** Answers with success as long as there is somebody to show. */
  ping: string;
}

/** The doors of `server` (which ends in a slash), or those of its session. */
export function doors(server: string, session: string | null = null): Doors {
  const socket = server.replace(/^http/, "ws");
  if (session === null) return { server, whep: `${server}whep`, socket: `${socket}ws?`, mjpeg: `${server}stream?hud=0`, ping: `${server}ping` };
  const stream = `stream/${session}`;
  return {
    server,
    whep: `${server}whep?session=${session}`,
    socket: `${socket}${stream}?binary=1&`,
    mjpeg: `${server}${stream}/mjpeg`,
    ping: `${server}session/${session}`,
  };
}
