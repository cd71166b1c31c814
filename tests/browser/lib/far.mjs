// A server that is far away: it runs in a network namespace of its own, and between the two is a link that can be made
// bad. The link is an emulator in user space, a program of its own (see `EMULATOR`).
//
// The namespace that this process is in is the near end, so it must be a fresh one: nothing of the machine may change.
// That is `unshare --net --mount node TOOL …`, as root.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { serve } from "./server.mjs";

/** Takes `NS_A IP_A NS_B IP_B CONDITIONS.json`: puts `wan0` into both namespaces and carries packets between them. */
const EMULATOR = process.env.TELESTAGE_NETEM;
const NEAR = { name: "near", address: "10.77.0.2" };
const FAR = { name: "far", address: "10.77.0.1" };
/** The emulator looks this often for other conditions; a packet that it held then has left too. */
const TAKES_EFFECT_MS = 150;

const ip = (...args) => promisify(execFile)("ip", args);

/** Names what this process would change for everybody. */
function refuseSharedNamespaces() {
  const of = (pid, kind) => readlinkSync(`/proc/${pid}/ns/${kind}`);
  const shared = ["net", "mnt"].filter((kind) => of("self", kind) === of(process.ppid, kind));
  if (shared.length > 0) throw new Error(`run this as \`unshare --net --mount node …\`: it shares its namespaces (${shared.join(", ")})`);
}

/** Makes the far end and a good link to it. */
export async function far() {
  if (!EMULATOR) throw new Error("TELESTAGE_NETEM names no link emulator");
  refuseSharedNamespaces();
  const folder = mkdtempSync(join(tmpdir(), "telestage-far-"));
  const conditions = join(folder, "conditions.json");
  // Names of namespaces live in /run: a place of this mount namespace's own keeps them from everybody else.
  await promisify(execFile)("mount", ["-t", "tmpfs", "none", "/run"]);
  await ip("netns", "add", FAR.name);
  await ip("netns", "attach", NEAR.name, String(process.pid));
  writeFileSync(conditions, "{}");
  const emulator = spawn("python3", [EMULATOR, NEAR.name, NEAR.address, FAR.name, FAR.address, conditions], { stdio: ["ignore", "ignore", "inherit"] });
  const ended = once(emulator, "exit");
  await waitForLink();
  // What a namespace takes for itself is decided before any rule is asked, unless rules come first.
  for (const { name } of [NEAR, FAR]) {
    await ip("-n", name, "rule", "add", "pref", "100", "lookup", "local");
    await ip("-n", name, "rule", "del", "pref", "0");
  }
  return {
    /** Starts the server there. */
    serve: (args) => serve([...args, "--bind", FAR.address, "--insecure"], { within: ["ip", "netns", "exec", FAR.name] }),
    /** Makes the link so from now on, as the emulator understands it. */
    async set(link) {
      writeFileSync(conditions, JSON.stringify(link));
      await sleep(TAKES_EFFECT_MS);
    },
    /** Loses every UDP packet at both ends, silently, as a firewall does; or lets them through again. */
    async blockUdp(isBlocked) {
      for (const { name } of [NEAR, FAR]) await ip("-n", name, "rule", isBlocked ? "add" : "del", "pref", "50", "iif", "wan0", "ipproto", "udp", "blackhole");
    },
    async close() {
      emulator.kill();
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Resolves when both ends have their addresses. */
async function waitForLink() {
  for (let tries = 0; tries < 100; tries += 1) {
    const ends = await Promise.all([NEAR, FAR].map(({ name }) => ip("-n", name, "-brief", "address", "show", "dev", "wan0").catch(() => ({ stdout: "" }))));
    if (ends.every(({ stdout }) => /10\.77\.0\.\d/.test(stdout))) return;
    await sleep(50);
  }
  throw new Error("the link does not come up");
}
