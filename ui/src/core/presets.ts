/**
 * What a drag does, by button and held keys: the default preset, and the habits of other programs. Fingers, the wheel,
 * clicks and keys are the same in all of them.
 */

/** What a drag does. */
export type Hand = "orbit" | "pan" | "zoom" | "look" | "marquee";

/** A button with the keys that must be held with it; others do not matter. */
export interface Grip {
  button: 0 | 1 | 2;
  alt?: true;
  shift?: true;
  ctrl?: true;
  hand: Hand;
}

/** A preset: the first grip that fits counts. */
export interface Preset {
  /** As its users call it. */
  name: string;
  grips: readonly Grip[];
}

const [LEFT, MIDDLE, RIGHT] = [0, 1, 2] as const;

/** All of them. */
export const PRESETS = {
  default: {
    name: "Telestage",
    grips: [
      { button: LEFT, alt: true, hand: "orbit" },
      { button: LEFT, shift: true, hand: "marquee" },
      { button: LEFT, hand: "orbit" },
      { button: MIDDLE, hand: "pan" },
      { button: RIGHT, alt: true, hand: "zoom" },
      { button: RIGHT, hand: "look" },
    ],
  },
  kit: {
    name: "Omniverse Kit",
    grips: [
      { button: LEFT, alt: true, hand: "orbit" },
      { button: LEFT, hand: "marquee" },
      { button: MIDDLE, hand: "pan" },
      { button: RIGHT, alt: true, hand: "zoom" },
      { button: RIGHT, hand: "look" },
    ],
  },
  usdview: {
    name: "usdview",
    grips: [
      { button: LEFT, alt: true, ctrl: true, hand: "pan" },
      { button: LEFT, alt: true, hand: "orbit" },
      { button: LEFT, hand: "marquee" },
      { button: MIDDLE, hand: "pan" },
      { button: RIGHT, alt: true, hand: "zoom" },
      { button: RIGHT, hand: "look" },
    ],
  },
  blender: {
    name: "Blender",
    grips: [
      { button: MIDDLE, shift: true, hand: "pan" },
      { button: MIDDLE, ctrl: true, hand: "zoom" },
      { button: MIDDLE, hand: "orbit" },
      { button: LEFT, alt: true, shift: true, hand: "pan" },
      { button: LEFT, alt: true, ctrl: true, hand: "zoom" },
      { button: LEFT, alt: true, hand: "orbit" },
      { button: LEFT, hand: "marquee" },
      { button: RIGHT, hand: "look" },
    ],
  },
  cad: {
    name: "CAD turntable",
    grips: [
      { button: MIDDLE, ctrl: true, hand: "pan" },
      { button: MIDDLE, shift: true, hand: "zoom" },
      { button: MIDDLE, hand: "orbit" },
      { button: RIGHT, hand: "pan" },
      { button: LEFT, alt: true, hand: "orbit" },
      { button: LEFT, hand: "marquee" },
    ],
  },
} satisfies Record<string, Preset>;

export type PresetId = keyof typeof PRESETS;

/** In the order in which they are offered. */
export const PRESET_IDS = Object.keys(PRESETS) as PresetId[];

/** The preset of a text that was kept; the default for any other. */
export const presetOf = (text: string | null): PresetId => PRESET_IDS.find((id) => id === text) ?? "default";

/** What a drag with this button and these keys does; `null`: nothing. */
export function handOf(preset: Preset, press: { button: number; alt: boolean; shift: boolean; ctrl: boolean }): Hand | null {
  const fits = (grip: Grip): boolean => grip.button === press.button && (!grip.alt || press.alt) && (!grip.shift || press.shift) && (!grip.ctrl || press.ctrl);
  return preset.grips.find(fits)?.hand ?? null;
}
