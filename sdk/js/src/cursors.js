/**
 * Where a client keeps how far it has read each conversation's log and the user's own, and the
 * epoch these numbers belong to. A client with storage passes an object of the same shape; it must answer at once.
 *
 * @typedef {object} Cursors
 * @property {string | undefined} epoch
 * @property {number | undefined} user the last record of the user's own log
 * @property {(conversationId: string) => number | undefined} get
 * @property {(conversationId: string, seq: number) => void} set
 * @property {(conversationId: string) => void} delete
 * @property {() => void} clear
 * @property {() => Iterable<[string, number]>} entries
 */

/** Cursors that end with the process. @implements {Cursors} */
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
