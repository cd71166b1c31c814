/** Copying where the page may, and in the old way over plain http; selecting for the hand where neither works. */

/** True if the text is on the clipboard. */
export async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // No clipboard over plain http, or no permission.
    return copyBySelection(text);
  }
}

/** The way of old pages, the only one over plain http: selects the text in a field and asks for a copy of that. */
function copyBySelection(text: string): boolean {
  const focus = document.activeElement;
  const field = Object.assign(document.createElement("textarea"), { value: text, readOnly: true });
  field.style.cssText = "position: fixed; top: 0; opacity: 0";
  // Within an open dialog nothing outside of it can be selected.
  (focus?.closest("dialog") ?? document.body).append(field);
  field.select();
  const isCopied = document.execCommand("copy");
  field.remove();
  if (focus instanceof HTMLElement) focus.focus({ preventScroll: true });
  return isCopied;
}

/** Selects all of an element's text, ready for Ctrl+C. */
export function select(element: HTMLElement): void {
  const range = document.createRange();
  range.selectNodeContents(element);
  const selection = getSelection();
  selection?.removeAllRanges();
  selection?.addRange(range);
}
