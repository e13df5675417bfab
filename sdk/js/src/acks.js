/** Tells the server what arrived: one frame per conversation and interval, however much came. */
export class Acks {
  /** @type {Map<string, number>} */
  #waiting = new Map();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /**
   * @param {(conversationId: string, seq: number) => boolean} send false when it could not go out
   * @param {number} [everyMs]
   */
  constructor(send, everyMs = 250) {
    this.send = send;
    this.everyMs = everyMs;
  }

  /** @param {string} conversationId @param {number} seq */
  note(conversationId, seq) {
    this.#waiting.set(conversationId, Math.max(seq, this.#waiting.get(conversationId) ?? 0));
    this.#timer ??= setTimeout(() => this.flush(), this.everyMs);
  }

  /** Sends what waits; what cannot go out now waits for the next flush. */
  flush() {
    this.pause();
    for (const [conversationId, seq] of this.#waiting) {
      if (this.send(conversationId, seq)) this.#waiting.delete(conversationId);
    }
  }

  /** Keeps what waits for the next connection, which will not bring these records again. */
  pause() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
