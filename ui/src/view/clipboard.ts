/** Copying where the page may (secure contexts only); selecting for the hand where it may not. */

/** True if the text is on the clipboard. */
export async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // No clipboard over plain http, or no permission.
    return false;
  }
}

/** Selects all of an element's text, ready for Ctrl+C. */
export function select(element: HTMLElement): void {
  const range = document.createRange();
  range.selectNodeContents(element);
  const selection = getSelection();
  selection?.removeAllRanges();
  selection?.addRange(range);
}
