/** Finds dead connections: a ping that no frame follows in time ends the socket. */
export class Heartbeat {
  #timer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #overdue;

  /**
   * @param {object} options
   * @param {() => void} options.ping
   * @param {() => void} options.dead called once when nothing came back
   * @param {number} [options.everyMs] between two pings
   * @param {number} [options.answerMs] how long an answer may take
   */
  constructor({ ping, dead, everyMs = 25_000, answerMs = 10_000 }) {
    this.#timer = setInterval(() => {
      ping();
      this.#overdue ??= setTimeout(dead, answerMs);
    }, everyMs);
  }

  /** Any frame from the server proves that it is there. */
  heard() {
    clearTimeout(this.#overdue);
    this.#overdue = undefined;
  }

  stop() {
    clearInterval(this.#timer);
    this.heard();
  }
}
