/** One value that others watch. Changes within one turn of the event loop are told once. */

/** Told after a change; ends with the call of what `subscribe` answered. */
export type Watcher<T> = (value: T) => void;

/** A value and its watchers. */
export class Store<T> {
  #value: T;
  #watchers = new Set<Watcher<T>>();
  #told = true;

  constructor(value: T) {
    this.#value = value;
  }

  /** The value now. */
  get value(): T {
    return this.#value;
  }

  /** Puts another value there; the same one is no change. */
  set(value: T): void {
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    if (!this.#told) return;
    this.#told = false;
    void Promise.resolve().then(() => {
      this.#told = true;
      for (const watcher of this.#watchers) watcher(this.#value);
    });
  }

  /** Tells the value now and after each change. */
  subscribe(watcher: Watcher<T>): () => void {
    this.#watchers.add(watcher);
    watcher(this.#value);
    return () => this.#watchers.delete(watcher);
  }
}
