/**
 * Stores the last event received of each log, and the epoch that these numbers belong to. All
 * methods are synchronous. A client that persists its cursors passes its own implementation.
 *
 * @typedef {object} Cursors
 * @property {string | undefined} epoch
 * @property {number | undefined} user the last event received of the user's log
 * @property {(conversationId: string) => number | undefined} get
 * @property {(conversationId: string, seq: number) => void} set
 * @property {(conversationId: string) => void} delete
 * @property {() => void} clear
 * @property {() => Iterable<[string, number]>} entries
 */

/** Cursors in memory. @implements {Cursors} */
export class MemoryCursors {
  /** @type {string | undefined} */
  epoch;
  /** @type {number | undefined} */
  user;
  /** @type {Map<string, number>} */
  #seqs = new Map();

  /** @param {string} conversationId */
  get(conversationId) {
    return this.#seqs.get(conversationId);
  }

  /** @param {string} conversationId @param {number} seq */
  set(conversationId, seq) {
    this.#seqs.set(conversationId, seq);
  }

  /** @param {string} conversationId */
  delete(conversationId) {
    this.#seqs.delete(conversationId);
  }

  clear() {
    this.#seqs.clear();
  }

  entries() {
    return this.#seqs.entries();
  }
}
