/** Up and down arrows through a field and the list under it. */

/** Moves the focus to the next of the stops that `selector` finds within the element that listens. */
export function step(event: KeyboardEvent, selector: string): void {
  const by = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
  if (by === 0) return;
  const stops = [...(event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>(selector)];
  stops[stops.indexOf(document.activeElement as HTMLElement) + by]?.focus();
  event.preventDefault();
}
