/** Cursors in one `hello` or `resume` frame. */
const CURSORS_PER_FRAME = 1_000;

/** Continues all logs at their cursors on a new socket. */
export class Resume {
  /** The cursors that the handshake sent. @type {Map<string, number>} */
  #sent = new Map();
  /** The cursor of the user's log that the handshake sent. @type {number | undefined} */
  #sentUser;
  /** @type {Record<string, number>} */
  #heads = {};

  /**
   * @param {object} options
   * @param {import("./cursors.js").Cursors} options.cursors
   * @param {import("./log_subscription.js").LogSubscription} options.log
   * @param {import("./user_log.js").UserLog} options.userLog
   */
  constructor({ cursors, log, userLog }) {
    this.cursors = cursors;
    this.log = log;
    this.userLog = userLog;
  }

  /** The last `seq` of each conversation, as the server sent them. */
  get heads() {
    return this.#heads;
  }

  /** Takes a snapshot of the cursors. Returns the fields of the handshake. */
  start() {
    this.#sent = new Map(this.cursors.entries());
    this.#sentUser = this.cursors.user;
    this.#heads = {};
    return { pages: pages(this.#sent), user_cursor: this.cursors.user, epoch: this.cursors.epoch };
  }

  /**
   * Applies one page of heads. Returns whether the epoch changed: then all cursors are invalid and
   * were dropped.
   *
   * @param {import("./types.js").ReadyFrame} ready
   */
  apply({ epoch, heads, user_seq }) {
    const changed = this.#adoptEpoch(epoch);
    if (user_seq !== undefined) this.userLog.syncHead(user_seq, this.#sentUser);
    for (const [id, head] of Object.entries(heads)) {
      this.log.syncHead(id, head, this.#sent.get(id));
    }
    Object.assign(this.#heads, heads);
    return changed;
  }

  /** @param {string} epoch */
  #adoptEpoch(epoch) {
    const previous = this.cursors.epoch;
    this.cursors.epoch = epoch;
    if (previous === undefined || previous === epoch) return false;
    this.cursors.clear();
    this.cursors.user = undefined;
    this.#sent.clear();
    this.#sentUser = undefined;
    return true;
  }
}

/** Splits the cursors into objects of the size of one frame. @param {Map<string, number>} cursors */
function pages(cursors) {
  const entries = [...cursors];
  const count = Math.ceil(entries.length / CURSORS_PER_FRAME);
  return Array.from({ length: count }, (_, page) => {
    const start = page * CURSORS_PER_FRAME;
    return Object.fromEntries(entries.slice(start, start + CURSORS_PER_FRAME));
  });
}
