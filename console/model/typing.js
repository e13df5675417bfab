import { Emitter } from "../../sdk/js/src/index.js";

/** The server says when a user stops; this is for an end that was lost. */
const FORGET_MS = 60_000;

/** Who is writing where. Emits `changed` with the conversation's id. */
export class Typing extends Emitter {
  /** @type {Map<string, Map<string, ReturnType<typeof setTimeout>>>} */
  #timers = new Map();

  /** @param {string} conversationId @param {string} userId */
  started(conversationId, userId) {
    const timers = this.#timers.get(conversationId) ?? new Map();
    this.#timers.set(conversationId, timers);
    clearTimeout(timers.get(userId));
    timers.set(userId, setTimeout(() => this.stopped(conversationId, userId), FORGET_MS));
    this.emit("changed", conversationId);
  }

  /** @param {string} conversationId @param {string} userId */
  stopped(conversationId, userId) {
    const timers = this.#timers.get(conversationId);
    clearTimeout(timers?.get(userId));
    if (timers?.delete(userId)) this.emit("changed", conversationId);
  }

  /** Forgets everyone: what changed without a connection is not known. */
  clear() {
    for (const [conversationId, timers] of this.#timers) {
      for (const userId of [...timers.keys()]) this.stopped(conversationId, userId);
    }
  }

  /** The ids of those who write there now. @param {string} conversationId */
  in(conversationId) {
    return [...(this.#timers.get(conversationId)?.keys() ?? [])];
  }
}
