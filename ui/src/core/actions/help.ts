/** Finding what can be done. */
import { UNCHANGED } from "../keymap";
import { group } from "./row";

export const HELP = group("Help", {
  palette: {
    title: "Search actions",
    also: "command palette find",
    keys: ["Ctrl+K"],
    run: ({ page }) => page.choose("palette"),
  },
  menu: {
    title: "All actions",
    also: "menu",
    keys: ["M"],
    run: ({ page }) => page.choose("menu"),
  },
  help: {
    title: "Help: hands and keys",
    also: "shortcuts keyboard mouse touch gestures",
    keys: ["?", "H"],
    isOn: ({ page }) => page.panel === "help",
    run: ({ page }) => page.toggle("help"),
  },
  singles: {
    title: "Single keys",
    also: "shortcuts letters off on",
    isOn: ({ page }) => page.keyMap.hasSingles,
    run: ({ page }) => page.changeKeys({ ...page.keyMap, hasSingles: !page.keyMap.hasSingles }),
  },
  resetKeys: {
    title: "Reset all keys",
    also: "shortcuts defaults",
    why: ({ page }) => (page.keyMap === UNCHANGED || (page.keyMap.hasSingles && Object.keys(page.keyMap.own).length === 0) ? "They are as they were made" : null),
    run: ({ page }) => page.changeKeys(UNCHANGED),
  },
  hints: {
    title: "Show the first steps",
    also: "hints tips introduction",
    isOn: ({ page }) => page.hasHints,
    run: ({ page }) => page.showHints(!page.hasHints),
  },
});
