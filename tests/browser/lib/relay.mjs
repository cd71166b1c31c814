// A network between page and server that the test holds in its hand: TCP and UDP on one port of its own.
import dgram from "node:dgram";
import net from "node:net";

/** Carries everything between a port of its own and the server's, until `down` is set. */
export async function relay(serverPort) {
  const state = { down: false, port: 0 };
  const sockets = new Set();
  const tcp = net.createServer((near) => {
    // A network that is gone answers nothing: who connects waits.
    const far = net.connect(serverPort, "127.0.0.1");
    for (const [from, to] of [
      [near, far],
      [far, near],
    ]) {
      sockets.add(from);
      from.on("data", (bytes) => (state.down ? state.held.push(() => to.write(bytes)) : to.write(bytes)));
      from.on("error", () => to.destroy());
      from.on("close", () => {
        sockets.delete(from);
        to.destroy();
      });
    }
  });
  state.held = [];
  await new Promise((resolve) => tcp.listen(0, "127.0.0.1", resolve));
  state.port = tcp.address().port;
  const udp = dgram.createSocket("udp4");
  await new Promise((resolve) => udp.bind(state.port, "127.0.0.1", resolve));
  const far = new Map();
  udp.on("message", (bytes, from) => {
    if (state.down) return;
    const key = `${from.address}:${from.port}`;
    let out = far.get(key);
    if (!out) {
      out = dgram.createSocket("udp4");
      out.on("message", (answer) => state.down || udp.send(answer, from.port, from.address));
      far.set(key, out);
    }
    out.send(bytes, serverPort, "127.0.0.1");
  });
  return {
    url: `http://127.0.0.1:${state.port}/`,
    port: state.port,
    cut: () => (state.down = true),
    mend: () => {
      state.down = false;
      for (const send of state.held.splice(0)) send();
    },
    close: () => {
      tcp.close();
      for (const socket of sockets) socket.destroy();
      udp.close();
      for (const socket of far.values()) socket.close();
    },
  };
}
