/** Which prims a click may select: those that a front end has named, or everything before it named any. */

/** One front end's list. */
export class Pickable {
  #paths: Set<string> | null = null;

  /** Whether there is a list at all. */
  get isListed(): boolean {
    return this.#paths !== null;
  }

  /** These too. */
  add(paths: readonly unknown[]): void {
    this.#paths ??= new Set();
    for (const path of paths) if (typeof path === "string") this.#paths.add(path);
  }

  /** Another stage: nothing of the list is there any more. */
  clear(): void {
    this.#paths = null;
  }

  /** What a hit on `path` selects: the prim, else the nearest one above it that is listed; `null` for nothing. */
  of(path: string): string | null {
    if (this.#paths === null) return path;
    for (let prim = path; prim.length > 1; prim = prim.slice(0, prim.lastIndexOf("/"))) if (this.#paths.has(prim)) return prim;
    return null;
  }
}
