/**
 * Waits that double from `base` to `cap` milliseconds; the upper half of each is random, so that
 * clients which lost the same server do not come back at the same instant.
 */
export class Backoff {
  /**
   * @param {object} [options]
   * @param {number} [options.base] the first wait, in milliseconds
   * @param {number} [options.cap] the longest wait, in milliseconds
   * @param {() => number} [options.random] uniform in 0..1
   */
  constructor({ base = 500, cap = 30_000, random = Math.random } = {}) {
    this.base = base;
    this.cap = cap;
    this.random = random;
    this.attempt = 0;
  }

  /**
   * The next wait in milliseconds; never shorter than what the server asked for.
   * @param {number} [retryAfterMs]
   */
  next(retryAfterMs = 0) {
    const full = Math.min(this.cap, this.base * 2 ** this.attempt);
    this.attempt += 1;
    const jittered = full / 2 + (this.random() * full) / 2;
    return retryAfterMs > 0 ? retryAfterMs + jittered : jittered;
  }

  /** Starts over: the last attempt succeeded. */
  reset() {
    this.attempt = 0;
  }
}
