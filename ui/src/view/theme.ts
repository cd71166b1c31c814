/** Dark or light: dark unless the user chose otherwise, remembered where the browser allows it. */

import type { Theme } from "../core/page";
import { keep, kept } from "./kept";

/** The theme that was kept. */
export const theme = (): Theme => (kept("theme") === "light" ? "light" : "dark");

/** Shows the theme and keeps it. */
export function keepTheme(theme: Theme): void {
  showTheme(theme);
  keep("theme", theme);
}

/** Shows the theme. */
export function showTheme(theme: Theme): void {
  document.documentElement.dataset.theme = theme;
  document.querySelector('meta[name="theme-color"]')?.setAttribute("content", theme === "dark" ? "#0f1115" : "#eceef2");
}
