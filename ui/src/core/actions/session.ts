/** Who drives, what is kept of the picture, how the connection is. */
import type { Action } from "../actions";
import { stageName } from "../format";
import type { Desk } from "../page";
import { standing, viewers } from "../sharing";
import { group, offline, stageless, unable, unless } from "./row";

const alone = ({ state }: Desk): string | null => (standing(state).name === "alone" ? "Nobody else is here" : null);
const own = ({ state }: Desk): string | null => (state.view === "own" ? "You see a view of your own" : null);
const drives = ({ state }: Desk): boolean => state.control?.controller !== undefined && state.control.controller === state.welcome?.client_id;
const waits = ({ state }: Desk): boolean => state.welcome !== null && state.control?.waiting.includes(state.welcome.client_id) === true;
const shared = unless(offline, unable("control"), own, alone);

export const SESSION = group("Session", {
  askForControl: {
    title: "Ask for control",
    also: "request drive",
    why: unless(shared, (desk) => (drives(desk) ? "You drive" : waits(desk) ? "You have asked" : null)),
    run: ({ client }) => client.askForControl(),
  },
  takeControl: {
    title: "Take control",
    also: "drive",
    why: unless(shared, (desk) => (drives(desk) ? "You drive" : null)),
    run: ({ client }) => client.takeControl(),
  },
  releaseControl: {
    title: (desk) => (waits(desk) ? "Stop asking for control" : "Release control"),
    also: "give back",
    why: unless(offline, unable("control"), (desk) => (drives(desk) || waits(desk) ? null : "You neither drive nor ask to")),
    run: ({ client }) => client.releaseControl(),
  },
  keepControl: {
    title: "Keep control",
    also: "refuse deny",
    why: unless(shared, (desk) => (drives(desk) && desk.state.control?.waiting.length ? null : "Nobody asks you for control")),
    run: ({ state, client }) => state.welcome && client.grantControl(state.welcome.client_id),
  },
  ownView: {
    title: "Own view",
    also: "private camera alone",
    why: unless(offline, unable("own_view"), own),
    run: ({ client }) => client.chooseView("own"),
  },
  sharedView: {
    title: "Back to the shared view",
    also: "follow together",
    why: unless(offline, ({ state }) => (state.view === "own" ? null : "You see the shared view")),
    run: ({ client }) => client.chooseView("shared"),
  },
  record: {
    title: ({ state }) => (state.recording ? "Stop recording" : "Record what is shown"),
    also: "video movie start",
    keys: ["Shift+V"],
    isOn: ({ state }) => state.recording !== null,
    why: unless(offline, unable("record")),
    run: ({ client }) => client.toggleRecording(),
  },
  snapshot: {
    // The server draws it from the view that all share.
    title: ({ state }) => (state.view === "own" ? "Save a picture of the shared view" : "Save the picture"),
    also: "snapshot screenshot image png download",
    keys: ["Shift+S"],
    why: unless(offline, stageless),
    run: ({ state, page }) => page.save(`${state.connection.address}/snapshot.png`, `${state.stage ? stageName(state.stage.url) : "telestage"}.png`),
  },
  copyReport: {
    title: "Copy the connection report",
    also: "clipboard support latency",
    run: ({ page }) => page.copyReport(),
  },
  retry: {
    title: "Connect now",
    also: "reconnect try again",
    why: ({ state }) => {
      const { name } = state.connection.phase;
      return name === "live" ? "Connected" : name === "connecting" ? "It is being tried" : null;
    },
    run: ({ client }) => client.retry(),
  },
  cancel: {
    title: "Stop connecting",
    also: "cancel",
    why: ({ state }) => {
      const { name } = state.connection.phase;
      return name === "connecting" || name === "waiting" ? null : "No connection is being tried";
    },
    run: ({ client }) => client.cancel(),
  },
  dismiss: {
    title: "Put the message away",
    also: "dismiss notice error",
    why: ({ state }) => (state.notice === null ? "There is no message" : null),
    run: ({ client }) => client.dismiss(),
  },
});

/** Gives control to each of the others who share the view. */
export function giveControl(desk: Desk): Action[] {
  if (!drives(desk)) return [];
  const others = viewers(desk.state).filter(({ client_id, view }) => client_id !== desk.state.welcome?.client_id && view === "shared");
  return others.map(({ client_id, name }) => ({
    id: `give:${client_id}`,
    title: `Give control to ${name}`,
    group: "Session",
    also: "grant",
    keys: [],
    isOn: null,
    why: offline(desk),
    run: () => desk.client.grantControl(client_id),
  }));
}
