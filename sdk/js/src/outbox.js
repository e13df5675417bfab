import { Backoff } from "./backoff.js";
import { Emitter } from "./emitter.js";
import { randomId } from "./identify.js";
import { isTransient } from "./problem.js";

/**
 * @typedef {object} Draft
 * @property {string} conversation_id
 * @property {string} client_message_id
 * @property {string} content
 * @property {string} created_at when it was written
 * @property {"waiting" | "sending" | "failed"} state
 * @property {Error} [error] why it failed
 */

/** Messages that may wait in one conversation before a further one is refused. */
const WAITING = 1_000;

/**
 * Messages on their way: one after another per conversation, each tried until the server took or
 * refused it, always under the same client message id. Emits `changed` (a {@link Draft}) and `sent`
 * ({draft, id, seq}).
 */
export class Outbox extends Emitter {
  /** What the server has not taken, by conversation. @type {Map<string, Draft[]>} */
  #drafts = new Map();
  /** Conversations whose drafts are being sent. @type {Set<string>} */
  #draining = new Set();
  /** @type {Set<() => void>} */
  #sleepers = new Set();
  #closed = false;

  /**
   * @param {object} options
   * @param {import("./connection.js").Connection} options.connection used while it is ready
   * @param {import("./client.js").Client} options.client used while it is not
   * @param {ConstructorParameters<typeof Backoff>[0]} [options.backoff]
   */
  constructor({ connection, client, backoff }) {
    super();
    this.connection = connection;
    this.client = client;
    this.backoff = backoff;
    this.stopListening = connection.on("ready", () => this.#wake());
  }

  /**
   * @param {string} conversationId
   * @param {string} content
   * @returns {Draft}
   */
  send(conversationId, content) {
    const drafts = this.#drafts.get(conversationId) ?? [];
    if (drafts.length >= WAITING) throw new Error("Too many messages wait to be sent.");
    /** @type {Draft} */
    const draft = {
      conversation_id: conversationId,
      client_message_id: randomId(),
      content,
      created_at: new Date().toISOString(),
      state: "waiting",
    };
    drafts.push(draft);
    this.#drafts.set(conversationId, drafts);
    void this.#drain(conversationId);
    return draft;
  }

  /** Tries a failed draft again. @param {Draft} draft */
  retry(draft) {
    this.#change(draft, "waiting");
    void this.#drain(draft.conversation_id);
  }

  /** Forgets a failed draft. @param {Draft} draft */
  discard(draft) {
    const drafts = this.pending(draft.conversation_id).filter((other) => other !== draft);
    this.#drafts.set(draft.conversation_id, drafts);
  }

  /** Drafts of a conversation that the server has not taken. @param {string} conversationId */
  pending(conversationId) {
    return [...(this.#drafts.get(conversationId) ?? [])];
  }

  /** Stops sending; what waits is lost with this object. */
  close() {
    this.#closed = true;
    this.stopListening();
    this.#wake();
  }

  /** @param {string} conversationId */
  async #drain(conversationId) {
    if (this.#draining.has(conversationId)) return;
    this.#draining.add(conversationId);
    const backoff = new Backoff(this.backoff);
    const next = () => this.pending(conversationId).find((draft) => draft.state !== "failed");
    for (let draft = next(); draft && !this.#closed; draft = next()) {
      await this.#attempt(draft, backoff);
    }
    this.#draining.delete(conversationId);
  }

  /** @param {Draft} draft @param {Backoff} backoff */
  async #attempt(draft, backoff) {
    this.#change(draft, "sending");
    try {
      const { id, seq } = await this.#deliver(draft);
      backoff.reset();
      this.discard(draft);
      this.emit("sent", { draft, id, seq });
    } catch (error) {
      this.#change(draft, isTransient(error) ? "waiting" : "failed", error);
      if (draft.state === "waiting") await this.#sleep(backoff.next(error.retryAfterMs));
    }
  }

  /** @param {Draft} draft */
  #deliver({ conversation_id, client_message_id, content }) {
    if (this.connection.state.name === "ready") {
      return this.connection.send({ conversation_id, client_message_id, content });
    }
    return this.client.sendMessage(conversation_id, { client_message_id, content });
  }

  /** Until the connection is ready or the time is over. @param {number} ms */
  #sleep(ms) {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.#sleepers.delete(wake);
        resolve(undefined);
      };
      const timer = setTimeout(wake, ms);
      this.#sleepers.add(wake);
    });
  }

  #wake() {
    for (const wake of [...this.#sleepers]) wake();
  }

  /** @param {Draft} draft @param {Draft["state"]} state @param {Error} [error] */
  #change(draft, state, error) {
    draft.state = state;
    draft.error = error;
    this.emit("changed", draft);
  }
}
