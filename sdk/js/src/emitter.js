/**
 * Dispatches named events to listeners. An exception in one listener does not affect the others.
 *
 * @template {object} Events the type of each event's value, by the event's name
 */
export class Emitter {
  /** @type {Map<keyof Events, Set<(value: never) => void>>} */
  #listeners = new Map();

  /**
   * Adds a listener.
   *
   * @template {keyof Events} Name
   * @param {Name} name
   * @param {(value: Events[Name]) => void} listener
   * @returns {() => void} removes the listener
   */
  on(name, listener) {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  /**
   * Calls the listeners of an event.
   *
   * @template {keyof Events} Name
   * @param {Name} name
   * @param {Events[Name]} value
   */
  emit(name, value) {
    for (const listener of this.#listeners.get(name) ?? []) {
      try {
        /** @type {(value: Events[Name]) => void} */ (listener)(value);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
