/** Which panels were open, remembered where the browser allows it. */

const TREE = "telestage.tree";

/** Whether the stage browser was open. */
export function isTreeKept(): boolean {
  try {
    return localStorage.getItem(TREE) === "open";
  } catch {
    return false;
  }
}

/** Keeps whether it is. */
export function keepTree(isOpen: boolean): void {
  try {
    localStorage.setItem(TREE, isOpen ? "open" : "closed");
  } catch {
    // Private windows forget; so do we.
  }
}
