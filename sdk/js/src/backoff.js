/**
 * @typedef {object} BackoffOptions
 * @property {number} [baseMs] the first delay, in milliseconds; 500 by default
 * @property {number} [maxMs] the longest delay, in milliseconds; 30,000 by default
 * @property {() => number} [random] uniform in 0..1
 */

/**
 * Computes exponential retry delays. The upper half of each delay is random, so that clients that
 * lost the same server do not reconnect at the same time.
 */
export class Backoff {
  /** @param {BackoffOptions} [options] */
  constructor({ baseMs = 500, maxMs = 30_000, random = Math.random } = {}) {
    this.baseMs = baseMs;
    this.maxMs = maxMs;
    this.random = random;
    this.attempt = 0;
  }

  /**
   * Returns the next delay in milliseconds, at least `retryAfterMs`.
   *
   * @param {number} [retryAfterMs] the delay requested by the server
   */
  next(retryAfterMs = 0) {
    const full = Math.min(this.maxMs, this.baseMs * 2 ** this.attempt);
    this.attempt += 1;
    const jittered = full / 2 + (this.random() * full) / 2;
    return retryAfterMs > 0 ? retryAfterMs + jittered : jittered;
  }

  /** Starts again at the first delay, after a success. */
  reset() {
    this.attempt = 0;
  }
}
