import { Follower } from "./follower.js";

/** The only log that is followed here. */
const OWN = "user";

/**
 * @typedef {object} UserEvent
 * @property {number} seq its place in the user's log
 * @property {string} type such as `relationship.updated`; skip what you do not know
 * @property {any} data ids and versions; read what they name
 */

/** Brings the records of the user's own log in order, each once. */
export class UserLog {
  /**
   * @param {object} options
   * @param {import("./cursors.js").Cursors} options.cursors
   * @param {(from: number, to: number) => Promise<{events: any[], to: number}>} options.fetch
   * @param {(event: UserEvent) => void} options.deliver
   * @param {(reset: {reason: string}) => void} options.reset
   * @param {() => void} options.broken called when a range cannot be had now; a resume brings it
   */
  constructor({ cursors, fetch, deliver, reset, broken }) {
    const own = {
      get: () => cursors.user,
      set: (_, seq) => { cursors.user = seq; },
      delete: () => { cursors.user = undefined; },
    };
    this.follower = new Follower({
      cursors: /** @type {any} */ (own),
      fetch: (_, from, to) => fetch(from, to),
      deliver: ({ seq, type, data }) => deliver({ seq, type, data }),
      reset: ({ reason }) => reset({ reason }),
      broken,
    });
  }

  /** The head at the moment of connecting. @param {number} head @param {number} [seen] the cursor of the hello */
  head(head, seen) {
    this.follower.head(OWN, head, seen);
  }

  /** @param {UserEvent} event */
  receive(event) {
    this.follower.receive({ ...event, conversation_id: OWN });
  }

  /** @param {string} reason */
  reset(reason) {
    this.follower.reset(OWN, reason);
  }

  /** Forgets the fill under way: its connection is gone. */
  interrupt() {
    this.follower.interrupt();
  }
}
