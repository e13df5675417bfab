/** @typedef {{intervalMs?: number, timeoutMs?: number}} HeartbeatOptions */

/** Detects dead connections: a ping without a response in time is reported. */
export class Heartbeat {
  /** @type {ReturnType<typeof setInterval>} */
  #interval;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timeout;

  /**
   * @param {object} options
   * @param {() => void} options.ping
   * @param {() => void} options.onTimeout
   * @param {number} [options.intervalMs] time between two pings
   * @param {number} [options.timeoutMs] time to wait for a frame after a ping
   */
  constructor({ ping, onTimeout, intervalMs = 25_000, timeoutMs = 10_000 }) {
    this.#interval = setInterval(() => {
      ping();
      this.#timeout ??= setTimeout(onTimeout, timeoutMs);
    }, intervalMs);
  }

  /** Records a frame from the server. Any frame proves that the connection works. */
  onFrame() {
    clearTimeout(this.#timeout);
    this.#timeout = undefined;
  }

  stop() {
    clearInterval(this.#interval);
    this.onFrame();
  }
}
