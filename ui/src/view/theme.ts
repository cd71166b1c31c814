/** Dark or light: dark unless the user chose otherwise, remembered where the browser allows it. */

export type Theme = "dark" | "light";

const KEY = "telestage.theme";

/** The theme that was kept. */
export function theme(): Theme {
  try {
    return localStorage.getItem(KEY) === "light" ? "light" : "dark";
  } catch {
    return "dark";
  }
}

/** Shows the theme and keeps it. */
export function keepTheme(theme: Theme): void {
  showTheme(theme);
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // Private windows forget; so do we.
  }
}

/** Shows the theme. */
export function showTheme(theme: Theme): void {
  document.documentElement.dataset.theme = theme;
  document.querySelector('meta[name="theme-color"]')?.setAttribute("content", theme === "dark" ? "#0f1115" : "#eceef2");
}
