// A small viewer in the manner of those that were written for Kit applications: it asks for a root that it takes for granted,
// opens what says `children` and is no list, and names what may be picked. `?server=HOST&port=N&stage=URL`.
import { AppStreamer, StreamType } from "telestage-client/appstreamer";

const query = new URLSearchParams(location.search);
const find = (id) => document.getElementById(id);
const say = (event_type, payload = {}) => AppStreamer.sendMessage(JSON.stringify({ event_type, payload }));
const show = (text) => (find("status").value = text);

/** Everything that was heard, for whoever looks. */
const viewer = { messages: [], events: [], AppStreamer, say };
globalThis.viewer = viewer;

const prims = new Map();
let selected = [];
let isAlive = false;
let poll = 0;

await AppStreamer.connect({
  streamSource: StreamType.DIRECT,
  streamConfig: {
    videoElementId: "remote-video",
    audioElementId: "remote-audio",
    signalingServer: query.get("server") ?? location.hostname,
    signalingPort: Number(query.get("port") ?? 49100),
    mediaServer: location.hostname,
    authenticate: false,
    maxReconnects: Number(query.get("reconnects") ?? 20),
    nativeTouchEvents: true,
    fps: 60,
    onStart: (event) => note("start", event),
    onUpdate: (event) => note("update", event),
    onStop: (event) => note("stop", event),
    onTerminate: (event) => note("terminate", event),
    onCustomEvent: hear,
  },
}).then(begin, (event) => show(event.info));

function note(callback, event) {
  viewer.events.push({ callback, ...event });
  show(`${event.action}: ${event.status}`);
}

/** A proof of life first: the application may be slower than its stream. */
function begin() {
  const ask = () => void say("loadingStateQuery").catch(() => {});
  poll = setInterval(() => (isAlive ? clearInterval(poll) : ask()), 3000);
  ask();
}

function hear({ event_type, payload }) {
  viewer.messages.push({ event_type, payload });
  switch (event_type) {
    case "loadingStateResponse":
      isAlive = true;
      if (payload.url === "" && query.has("stage")) return void say("openStageRequest", { url: query.get("stage") });
      if (payload.loading_state === "idle" && payload.url !== "") list("/World");
      return;
    case "openedStageResult":
      show(payload.result === "success" ? `opened ${payload.url}` : payload.error);
      prims.clear();
      find("tree").replaceChildren();
      return void say("loadingStateQuery");
    case "updateProgressAmount":
      return show(`loading: ${Math.round(payload.progress * 100)} %`);
    case "updateProgressActivity":
      return show(`loading: ${payload.text}`);
    case "getChildrenResponse":
      return grow(payload);
    case "stageSelectionChanged":
      return mark(payload.prims);
    case "resetStageResponse":
    case "makePrimsPickableResponse":
      if (payload.result !== "success") show(payload.error);
      return;
    case "changeResolutionConfirmation":
      return show(`resolution: ${payload.resolution}`);
    case "timelineStatusResponse":
      return show(`timeline: ${payload.mode}`);
  }
}

const list = (prim_path) => say("getChildrenRequest", { prim_path, filters: ["USDGeom"] });

function grow({ prim_path, children }) {
  const above = prims.get(prim_path);
  const place = above?.list ?? find("tree");
  if (above) above.prim.children = children;
  place.replaceChildren(...children.map((prim) => line(prim)));
  void say("makePrimsPickable", { paths: children.map(({ path }) => path) });
}

function line(prim) {
  const item = document.createElement("li");
  const rows = document.createElement("ul");
  const button = Object.assign(document.createElement("button"), { textContent: `${"children" in prim ? "▸ " : ""}${prim.name}`, title: prim.path });
  button.addEventListener("click", () => {
    mark([prim.path]);
    void say("selectPrimsRequest", { paths: [prim.path] });
    // Not loaded yet is what is no list.
    if ("children" in prim && !Array.isArray(prim.children)) void list(prim.path);
  });
  item.append(button, rows);
  prims.set(prim.path, { prim, button, list: rows });
  button.ariaPressed = String(selected.includes(prim.path));
  return item;
}

function mark(paths) {
  selected = paths;
  for (const [path, { button }] of prims) button.ariaPressed = String(paths.includes(path));
}

find("reset").addEventListener("click", () => say("resetStage"));
find("clear").addEventListener("click", () => {
  mark([]);
  void say("selectPrimsRequest", { paths: [] });
});
find("larger").addEventListener("click", () => say("changeResolutionRequest", { width: 960, height: 540 }));
find("play").addEventListener("click", () => say("timelineControl", { action: "play" }));
find("stop").addEventListener("click", () => AppStreamer.stop());
find("terminate").addEventListener("click", () => AppStreamer.terminate());
