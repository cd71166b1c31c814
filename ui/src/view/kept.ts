/** What this page remembers for the next visit, where the browser allows it. */

/** What was kept under this name; `null` if nothing was. */
export function kept(name: string): string | null {
  try {
    return localStorage.getItem(`telestage.${name}`);
  } catch {
    return null;
  }
}

/** Keeps it. */
export function keep(name: string, value: string): void {
  try {
    localStorage.setItem(`telestage.${name}`, value);
  } catch {
    // Private windows forget; so do we.
  }
}
