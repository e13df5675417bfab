/** Sends delivery receipts: at most one frame per conversation and interval. */
export class AckBatcher {
  /** @type {Map<string, number>} */
  #pending = new Map();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /**
   * @param {(conversationId: string, seq: number) => boolean} send returns whether the frame was sent
   * @param {number} [intervalMs]
   */
  constructor(send, intervalMs = 250) {
    this.send = send;
    this.intervalMs = intervalMs;
  }

  /**
   * Schedules a receipt for all events up to `seq`.
   *
   * @param {string} conversationId
   * @param {number} seq
   */
  add(conversationId, seq) {
    this.#pending.set(conversationId, Math.max(seq, this.#pending.get(conversationId) ?? 0));
    this.#timer ??= setTimeout(() => this.flush(), this.intervalMs);
  }

  /** Sends pending receipts. Those that cannot be sent are kept for the next flush. */
  flush() {
    this.pause();
    for (const [conversationId, seq] of this.#pending) {
      if (this.send(conversationId, seq)) this.#pending.delete(conversationId);
    }
  }

  /** Stops the timer. Pending receipts are kept: a resume does not deliver their events again. */
  pause() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
