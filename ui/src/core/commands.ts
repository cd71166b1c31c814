/** What can be done, by name and by key; pointer, keyboard and menus all come here. */

/** Everything a user can ask for without aiming at something. */
export type CommandId = "stages" | "tree" | "frame" | "all" | "parent" | "child" | "reload" | "cameras" | "diagnostics" | "report" | "viewers" | "record" | "theme" | "play" | "stepBack" | "stepOn" | "help" | "close";

/** A command as menus and tool tips show it. */
export interface Command {
  id: CommandId;
  label: string;
  /** As it is printed. */
  keys: string[];
}

/** All of them. */
export const COMMANDS: Record<CommandId, Command> = {
  stages: { id: "stages", label: "Open a stage", keys: ["O"] },
  tree: { id: "tree", label: "Stage browser", keys: ["B"] },
  frame: { id: "frame", label: "Frame what is selected", keys: ["F"] },
  all: { id: "all", label: "Frame everything", keys: ["A"] },
  parent: { id: "parent", label: "Select what it is in", keys: ["Alt+↑"] },
  child: { id: "child", label: "Select what is in it", keys: ["Alt+↓"] },
  reload: { id: "reload", label: "Load the stage again", keys: ["Shift+R"] },
  cameras: { id: "cameras", label: "Cameras", keys: ["C"] },
  diagnostics: { id: "diagnostics", label: "Diagnostics", keys: ["I"] },
  report: { id: "report", label: "Connection and latency", keys: ["L"] },
  viewers: { id: "viewers", label: "Who is here, and who drives", keys: ["V"] },
  record: { id: "record", label: "Record what is shown", keys: ["Shift+V"] },
  play: { id: "play", label: "Play or pause", keys: ["Space"] },
  stepBack: { id: "stepBack", label: "One frame back", keys: [","] },
  stepOn: { id: "stepOn", label: "One frame on", keys: ["."] },
  theme: { id: "theme", label: "Dark or light", keys: ["T"] },
  help: { id: "help", label: "Hands and keys", keys: ["H"] },
  close: { id: "close", label: "Close what is open", keys: ["Esc"] },
};

/** A key stroke without Ctrl and Meta. */
export interface Stroke {
  key: string;
  shift: boolean;
  alt?: boolean;
}

const NAMES: Record<string, string> = { Escape: "Esc", " ": "Space", ArrowUp: "↑", ArrowDown: "↓" };

/** The command of a key stroke. */
export function commandFor({ key, shift, alt = false }: Stroke): CommandId | null {
  if (key === "?") return "help";
  const name = NAMES[key] ?? (key.length === 1 ? key.toUpperCase() : key);
  const stroke = alt ? `Alt+${name}` : shift && key.length === 1 ? `Shift+${name}` : name;
  for (const command of Object.values(COMMANDS)) if (command.keys.includes(stroke)) return command.id;
  return null;
}

/** A key that moves the camera a little. */
export function nudgeFor({ key, shift }: Stroke): { command: "orbit" | "pan" | "zoom"; x: number; y: number } | null {
  const step = 1 / 24;
  const turn = (x: number, y: number) => ({ command: shift ? ("pan" as const) : ("orbit" as const), x: x * step, y: y * step });
  switch (key) {
    case "ArrowLeft":
      return turn(-1, 0);
    case "ArrowRight":
      return turn(1, 0);
    case "ArrowUp":
      return turn(0, -1);
    case "ArrowDown":
      return turn(0, 1);
    case "+":
    case "=":
      return { command: "zoom", x: 0, y: -1 };
    case "-":
    case "_":
      return { command: "zoom", x: 0, y: 1 };
    default:
      return null;
  }
}

/** Hands and keys, for the help. */
export const HANDS: [string, string][] = [
  ["Left drag", "Orbit"],
  ["Middle drag", "Pan"],
  ["Wheel, Alt + right drag", "Zoom to the cursor"],
  ["Right drag", "Look around"],
  ["Right button + W A S D Q E", "Fly; Shift is faster, the wheel sets the speed"],
  ["Click", "Select; Ctrl adds or takes out"],
  ["Shift + left drag", "Select all that is seen within; Ctrl adds or takes out, Esc leaves it"],
  ["Double click", "Frame what was clicked"],
  ["Arrow keys, Shift + arrows", "Orbit, pan"],
  ["+ and −", "Zoom"],
  ["One finger, two fingers", "Orbit; pan and pinch"],
];
