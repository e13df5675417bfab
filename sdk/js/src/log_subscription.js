import { Problem, isTransient } from "./problem.js";

/** @typedef {import("./types.js").LogEvent} LogEvent */

/** @typedef {Pick<import("./cursors.js").Cursors, "get" | "set" | "delete">} LogCursors */

/**
 * Delivers the events of each log in order and exactly once. Duplicates are ignored. If an event is
 * ahead of the cursor, the events in between are fetched first.
 */
export class LogSubscription {
  /** Logs whose gap is being fetched, with the last `seq` to fetch. @type {Map<string, {to: number}>} */
  #gaps = new Map();
  /** Counts since the start. */
  stats = { gaps: 0, duplicates: 0, resets: 0 };

  /**
   * @param {object} options
   * @param {LogCursors} options.cursors
   * @param {(id: string, from: number, to: number) => Promise<import("./types.js").LogRange>} options.fetch
   * @param {(event: LogEvent) => void} options.onEvent
   * @param {(reset: import("./types.js").ConversationReset) => void} options.onReset
   * @param {() => void} options.onUnavailable called if a range cannot be fetched now; a resume
   * delivers it
   */
  constructor({ cursors, fetch, onEvent, onReset, onUnavailable }) {
    this.cursors = cursors;
    this.fetch = fetch;
    this.onEvent = onEvent;
    this.onReset = onReset;
    this.onUnavailable = onUnavailable;
  }

  /**
   * Compares a log with its head at the time of the handshake. A log without a cursor is followed
   * from its head. A log that is shorter than the cursor is reset.
   *
   * @param {string} id
   * @param {number} head
   * @param {number} [cursor] the cursor that the handshake sent
   */
  syncHead(id, head, cursor = 0) {
    if (cursor > head) this.reset(id, "log_shorter");
    if (this.cursors.get(id) === undefined) this.cursors.set(id, head);
  }

  /** @param {LogEvent} event */
  receive(event) {
    const { conversation_id: id, seq } = event;
    const cursor = this.cursors.get(id) ?? seq - 1;
    const gap = this.#gaps.get(id);
    if (seq <= cursor) {
      this.stats.duplicates += 1;
    } else if (gap) {
      gap.to = Math.max(seq, gap.to);
    } else if (seq === cursor + 1) {
      this.#deliver(event);
    } else {
      this.stats.gaps += 1;
      void this.#fill(id, seq);
    }
  }

  /**
   * Drops the cursor of a log: its content must be read again. It is followed from its next event.
   *
   * @param {string} id
   * @param {string} reason
   */
  reset(id, reason) {
    this.stats.resets += 1;
    this.#gaps.delete(id);
    this.cursors.delete(id);
    this.onReset({ conversation_id: id, reason });
  }

  /** Cancels the fetches in progress, after their connection was lost. */
  interrupt() {
    this.#gaps = new Map();
  }

  /** @param {LogEvent} event */
  #deliver(event) {
    this.onEvent(event);
    this.cursors.set(event.conversation_id, event.seq);
  }

  /**
   * Fetches the events up to `to`, and those that arrive in the meantime.
   *
   * @param {string} id
   * @param {number} to
   */
  async #fill(id, to) {
    const gap = { to };
    const isCurrent = () => this.#gaps.get(id) === gap;
    this.#gaps.set(id, gap);
    try {
      for (let from = this.#next(id); isCurrent() && from <= gap.to; from = this.#next(id)) {
        const range = await this.fetch(id, from, gap.to);
        if (isCurrent() && !this.#deliverRange(id, range.events)) this.reset(id, "unreadable");
      }
      if (isCurrent()) this.#gaps.delete(id);
    } catch (error) {
      if (isCurrent() && isTransient(error)) this.onUnavailable();
      else if (isCurrent()) this.reset(id, error instanceof Problem ? error.code : "unreadable");
    }
  }

  /** Returns the `seq` of the next event to deliver. @param {string} id */
  #next(id) {
    return (this.cursors.get(id) ?? 0) + 1;
  }

  /**
   * Delivers a range. Returns false if it is empty or does not continue at the cursor.
   *
   * @param {string} id
   * @param {LogEvent[]} events
   */
  #deliverRange(id, events) {
    for (const event of events) {
      if (event.seq !== this.#next(id)) return false;
      this.#deliver({ ...event, conversation_id: id });
    }
    return events.length > 0;
  }
}
