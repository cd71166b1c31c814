/** What hands can do to the picture, in words, for whoever looks it up. */
import type { Grip, Hand, Preset } from "./presets";

type Rows = readonly (readonly [hand: string, what: string])[];

const WORDS: Record<Hand, string> = { orbit: "Orbit", pan: "Pan", zoom: "Zoom to the cursor", look: "Look around", marquee: "Select all that is seen within a rectangle" };
const BUTTONS = ["left", "middle", "right"] as const;

/** With a mouse. */
export function mouse({ grips }: Preset): Rows {
  const rows = (Object.keys(WORDS) as Hand[]).flatMap((hand): Rows => {
    const names = grips.filter((grip) => grip.hand === hand).sort((a, b) => held(a).length - held(b).length).map((grip) => capital(`${[...held(grip), BUTTONS[grip.button]].join(" + ")} drag`));
    if (hand === "zoom") names.unshift("Wheel");
    return names.length === 0 ? [] : [[names.join(", "), WORDS[hand]]];
  });
  const looking = grips.find(({ hand }) => hand === "look");
  const fly: Rows = looking ? [[`${capital(BUTTONS[looking.button])} button + W A S D Q E`, "Fly; Shift is faster, the wheel sets the speed"]] : [];
  return [...rows, ...fly, ["Click", "Select; Ctrl adds or takes out"], ["Double click", "Frame what was clicked"]];
}

/** With fingers. */
export const TOUCH: Rows = [
  ["One finger", "Orbit"],
  ["Two fingers", "Pan; pinch to zoom"],
  ["Tap, double tap", "Select; frame"],
];

const held = ({ alt, shift, ctrl }: Grip): string[] => [...(ctrl ? ["Ctrl"] : []), ...(alt ? ["Alt"] : []), ...(shift ? ["Shift"] : [])];
const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
