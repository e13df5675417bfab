import { LogSubscription } from "./log_subscription.js";

/** @typedef {import("./types.js").UserEvent} UserEvent */

/** The id of the only log that is followed here. */
const USER_LOG = "user";

/** Delivers the events of the user's own log in order and exactly once. */
export class UserLog {
  /**
   * @param {object} options
   * @param {import("./cursors.js").Cursors} options.cursors
   * @param {(from: number, to: number) => Promise<import("./types.js").UserLogRange>} options.fetch
   * @param {(event: UserEvent) => void} options.onEvent
   * @param {(reset: {reason: string}) => void} options.onReset
   * @param {() => void} options.onUnavailable called if a range cannot be fetched now
   */
  constructor({ cursors, fetch, onEvent, onReset, onUnavailable }) {
    this.subscription = new LogSubscription({
      cursors: userCursor(cursors),
      fetch: async (_, from, to) => {
        const range = await fetch(from, to);
        return { to: range.to, events: range.events.map(asLogEvent) };
      },
      onEvent: ({ seq, type, data }) => onEvent({ seq, type, data }),
      onReset: ({ reason }) => onReset({ reason }),
      onUnavailable,
    });
  }

  /**
   * Compares the log with its head at the time of the handshake.
   *
   * @param {number} head
   * @param {number} [cursor] the cursor that the handshake sent
   */
  syncHead(head, cursor) {
    this.subscription.syncHead(USER_LOG, head, cursor);
  }

  /** @param {UserEvent} event */
  receive(event) {
    this.subscription.receive(asLogEvent(event));
  }

  /** @param {string} reason */
  reset(reason) {
    this.subscription.reset(USER_LOG, reason);
  }

  /** Cancels the fetch in progress, after its connection was lost. */
  interrupt() {
    this.subscription.interrupt();
  }
}

/** @param {UserEvent} event */
function asLogEvent(event) {
  return { ...event, conversation_id: USER_LOG };
}

/**
 * @param {import("./cursors.js").Cursors} cursors
 * @returns {import("./log_subscription.js").LogCursors}
 */
function userCursor(cursors) {
  return {
    get: () => cursors.user,
    set: (_, seq) => {
      cursors.user = seq;
    },
    delete: () => {
      cursors.user = undefined;
    },
  };
}
