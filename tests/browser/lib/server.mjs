// The built server as a process: started, waited for by its ready line, stopped or killed.
import { spawn, execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import net from "node:net";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** The program. */
export const BIN = process.env.TELESTAGE_BIN ?? fileURLToPath(new URL("../../../target/debug/telestage", import.meta.url));
const READY_SECS = 90;
// Options of the server are variables of this name too: tests decide them alone.
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("TELESTAGE_")));

/** A test stage's path. */
export const stage = (name) => fileURLToPath(new URL(`../../stages/${name}`, import.meta.url));

/** Starts `telestage serve …args`; resolves when it says that it is ready. */
export async function serve(args, options) {
  const server = start(args, options);
  server.url = await server.ready;
  server.port = Number(new URL(server.url).port);
  return server;
}

/** Starts `telestage serve …args` and does not wait: `ready` is the address that it will announce. `within` is a command
 * that becomes the server, such as one that goes into another namespace first. `data` is the folder of all programs' data. */
export function start(args, { port = 0, within = [], data } = {}) {
  const [program, ...words] = [...within, BIN, "serve", ...args, "--port", String(port)];
  const child = spawn(program, words, { env: data === undefined ? env : { ...env, XDG_DATA_HOME: data }, stdio: ["ignore", "pipe", "pipe"] });
  let log = "";
  child.stderr.on("data", (text) => (log += text));
  const gone = new Promise((resolve) => {
    child.on("exit", (code, signal) => resolve({ code, signal }));
    child.on("error", (error) => resolve({ code: error.message, signal: null }));
  });
  const ready = new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`not ready after ${READY_SECS} s\n${log}`)), READY_SECS * 1000);
    let out = "";
    child.stdout.on("data", (text) => {
      out += text;
      const line = /^telestage ready: (\S+)$/m.exec(out);
      if (!line) return;
      clearTimeout(late);
      resolve(line[1]);
    });
    void gone.then(({ code, signal }) => {
      clearTimeout(late);
      reject(new Error(`the server ended: ${code ?? signal}\n${log}`));
    });
  }).catch((error) => {
    child.kill("SIGKILL");
    throw error;
  });
  const end = async (signal) => {
    child.kill(signal);
    return gone;
  };
  return { ready, pid: child.pid, log: () => log, stop: () => end("SIGTERM"), kill: () => end("SIGKILL") };
}

/** A port that nobody listens on. */
export async function freePort() {
  const socket = net.createServer();
  await new Promise((resolve) => socket.listen(0, "127.0.0.1", resolve));
  const { port } = socket.address();
  await new Promise((resolve) => socket.close(resolve));
  return port;
}

/** Processes that `pid` started and that still run. */
export async function children(pid) {
  const tasks = await readdir(`/proc/${pid}/task`);
  const lists = await Promise.all(tasks.map((task) => readFile(`/proc/${pid}/task/${task}/children`, "utf8").catch(() => "")));
  return lists.flatMap((list) => list.trim().split(" ").filter(Boolean).map(Number));
}

/** Runs `telestage …args` to its end; answers what it prints. */
export async function run(args) {
  const { stdout } = await promisify(execFile)(BIN, args, { env, maxBuffer: 64 * 1024 * 1024 });
  return stdout;
}
