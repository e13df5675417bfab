import { isTransient } from "./problem.js";

/**
 * @typedef {object} LogEvent
 * @property {string} conversation_id
 * @property {number} seq its place in the conversation's log
 * @property {string} type such as `message.new`; skip what you do not know
 * @property {any} data the object's present state
 */

/**
 * Brings each conversation's events in order, each once: what was seen is ignored, the next is
 * applied, and anything later first fetches what lies between.
 */
export class Follower {
  /** Conversations being filled, and how far. @type {Map<string, {to: number}>} */
  #filling = new Map();
  /** Gaps seen, events ignored as seen before, and logs given up, since the start. */
  stats = { gaps: 0, repeated: 0, resets: 0 };

  /**
   * @param {object} options
   * @param {import("./cursors.js").Cursors} options.cursors
   * @param {(id: string, from: number, to: number) => Promise<{events: LogEvent[], to: number}>} options.fetch
   * @param {(event: LogEvent) => void} options.deliver
   * @param {(reset: {conversation_id: string, reason: string}) => void} options.reset
   * @param {() => void} options.broken called when a range cannot be had now; a resume brings it
   */
  constructor({ cursors, fetch, deliver, reset, broken }) {
    this.cursors = cursors;
    this.fetch = fetch;
    this.deliver = deliver;
    this.onReset = reset;
    this.broken = broken;
  }

  /**
   * The head of a log at the moment of connecting. A log without cursor is followed from here; one
   * that is shorter than what was seen of it is another log.
   * @param {string} id
   * @param {number} head
   * @param {number} [seen] the cursor that the connection began with
   */
  head(id, head, seen = 0) {
    if (seen > head) this.reset(id, "log_shorter");
    if (this.cursors.get(id) === undefined) this.cursors.set(id, head);
  }

  /** @param {LogEvent} event */
  receive(event) {
    const { conversation_id: id, seq } = event;
    const cursor = this.cursors.get(id) ?? seq - 1;
    const gap = this.#filling.get(id);
    if (seq <= cursor) {
      this.stats.repeated += 1;
    } else if (gap) {
      gap.to = Math.max(seq, gap.to);
    } else if (seq === cursor + 1) {
      this.#apply(event);
    } else {
      this.stats.gaps += 1;
      void this.#fill(id, seq);
    }
  }

  /** Gives the log up to be read anew; it is followed from its next event. @param {string} id @param {string} reason */
  reset(id, reason) {
    this.stats.resets += 1;
    this.#filling.delete(id);
    this.cursors.delete(id);
    this.onReset({ conversation_id: id, reason });
  }

  /** Forgets the fills under way: their connection is gone. */
  interrupt() {
    this.#filling = new Map();
  }

  /** @param {LogEvent} event */
  #apply(event) {
    this.deliver(event);
    this.cursors.set(event.conversation_id, event.seq);
  }

  /** Fetches what is missing, and what came while it was fetched. @param {string} id @param {number} to */
  async #fill(id, to) {
    const gap = { to };
    const open = () => this.#filling.get(id) === gap;
    this.#filling.set(id, gap);
    try {
      for (let from = this.#next(id); open() && from <= gap.to; from = this.#next(id)) {
        const range = await this.fetch(id, from, gap.to);
        if (open() && !this.#applyRange(id, range.events)) this.reset(id, "unreadable");
      }
      if (open()) this.#filling.delete(id);
    } catch (error) {
      if (open() && isTransient(error)) this.broken();
      else if (open()) this.reset(id, error.code ?? "unreadable");
    }
  }

  /** The number that may be applied next. @param {string} id */
  #next(id) {
    return (this.cursors.get(id) ?? 0) + 1;
  }

  /** Whether the range went on where the cursor stands, without a hole. */
  #applyRange(id, events) {
    for (const event of events) {
      if (event.seq !== this.#next(id)) return false;
      this.#apply({ ...event, conversation_id: id });
    }
    return events.length > 0;
  }
}
