import { Emitter } from "../../sdk/js/src/index.js";

/** The server sends `typing.stopped`. This timeout applies if that signal is lost. */
const TIMEOUT_MS = 60_000;

/**
 * The users who are typing. `changed` names the conversation.
 *
 * @extends {Emitter<{changed: string}>}
 */
export class Typing extends Emitter {
  /** @type {Map<string, Map<string, ReturnType<typeof setTimeout>>>} */
  #timers = new Map();

  /** @param {string} conversationId @param {string} userId */
  start(conversationId, userId) {
    const timers = this.#timers.get(conversationId) ?? new Map();
    this.#timers.set(conversationId, timers);
    clearTimeout(timers.get(userId));
    timers.set(
      userId,
      setTimeout(() => this.stop(conversationId, userId), TIMEOUT_MS),
    );
    this.emit("changed", conversationId);
  }

  /** @param {string} conversationId @param {string} userId */
  stop(conversationId, userId) {
    const timers = this.#timers.get(conversationId);
    clearTimeout(timers?.get(userId));
    if (timers?.delete(userId)) this.emit("changed", conversationId);
  }

  /** Removes all users: signals sent while the connection was lost are missing. */
  clear() {
    for (const [conversationId, timers] of this.#timers) {
      for (const userId of [...timers.keys()]) this.stop(conversationId, userId);
    }
  }

  /** Returns the ids of the users who are typing. @param {string} conversationId */
  usersIn(conversationId) {
    return [...(this.#timers.get(conversationId)?.keys() ?? [])];
  }
}
