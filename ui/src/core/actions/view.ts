/** How the page looks. */
import { group } from "./row";

export const VIEW = group("View", {
  theme: {
    title: ({ page }) => (page.theme === "dark" ? "Light theme" : "Dark theme"),
    also: "dark light colours appearance",
    keys: ["T"],
    run: ({ page }) => page.switchTheme(),
  },
});
