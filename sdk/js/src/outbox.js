import { Backoff } from "./backoff.js";
import { Emitter } from "./emitter.js";
import { isTransient, retryAfter } from "./problem.js";
import { randomId } from "./random_id.js";

/**
 * @typedef {object} Draft
 * @property {string} conversation_id
 * @property {string} client_message_id
 * @property {string} content
 * @property {import("./types.js").NewAttachment[]} attachments empty until they are ready
 * @property {string} created_at
 * @property {"preparing" | "waiting" | "sending" | "failed"} state `preparing` while attachments are uploaded
 * @property {unknown} [error] of the last attempt
 */

/**
 * @typedef {object} Attached
 * @property {() => Promise<import("./types.js").NewAttachment[]>} attachments resolves once they are uploaded; called again by a retry
 */

/** Unsent messages per conversation. */
const MAX_PENDING = 1_000;

/**
 * Sends the messages of each conversation one after another. Each is retried with the same client
 * message id until the server accepts or rejects it.
 *
 * @extends {Emitter<{changed: Draft, sent: {draft: Draft, id: string, seq: number}}>}
 */
export class Outbox extends Emitter {
  /** Unsent messages by conversation. @type {Map<string, Draft[]>} */
  #drafts = new Map();
  /** Conversations whose messages are being sent. @type {Set<string>} */
  #draining = new Set();
  /** Returns the attachments of drafts that wait for uploads. @type {WeakMap<Draft, Attached["attachments"]>} */
  #preparations = new WeakMap();
  /** Ends the delays before a retry. @type {Set<() => void>} */
  #wakers = new Set();
  #closed = false;

  /**
   * @param {object} options
   * @param {import("./connection.js").Connection} options.connection used while it is ready
   * @param {import("./client.js").Client} options.client used otherwise
   * @param {import("./backoff.js").BackoffOptions} [options.backoff]
   */
  constructor({ connection, client, backoff }) {
    super();
    this.connection = connection;
    this.client = client;
    this.backoff = backoff;
    this.unsubscribe = connection.on("ready", () => this.#wake());
  }

  /**
   * Adds a message. A message with attachments is sent once they are uploaded; those after it do
   * not wait for it. Fails if too many messages of the conversation are pending.
   *
   * @param {string} conversationId
   * @param {string} content
   * @param {Attached} [attached]
   * @returns {Draft}
   */
  send(conversationId, content, attached) {
    const drafts = this.#drafts.get(conversationId) ?? [];
    if (drafts.length >= MAX_PENDING) throw new Error(`Outbox full (${MAX_PENDING} messages).`);
    /** @type {Draft} */
    const draft = {
      conversation_id: conversationId,
      client_message_id: randomId(),
      content,
      attachments: [],
      created_at: new Date().toISOString(),
      state: "waiting",
    };
    drafts.push(draft);
    this.#drafts.set(conversationId, drafts);
    if (attached) this.#preparations.set(draft, attached.attachments);
    this.#start(draft);
    return draft;
  }

  /** Sends a failed draft again. @param {Draft} draft */
  retry(draft) {
    this.#start(draft);
  }

  /** Removes a failed draft. @param {Draft} draft */
  discard(draft) {
    const drafts = this.pending(draft.conversation_id).filter((other) => other !== draft);
    this.#drafts.set(draft.conversation_id, drafts);
  }

  /** Returns the unsent drafts of a conversation. @param {string} conversationId */
  pending(conversationId) {
    return [...(this.#drafts.get(conversationId) ?? [])];
  }

  /** Stops sending. Drafts are not stored: they are lost with this object. */
  close() {
    this.#closed = true;
    this.unsubscribe();
    this.#wake();
  }

  /** @param {Draft} draft */
  #start(draft) {
    if (this.#preparations.has(draft)) {
      void this.#prepare(draft);
    } else {
      this.#update(draft, "waiting");
      void this.#drain(draft.conversation_id);
    }
  }

  /** Waits for the attachments of a draft, then sends it. @param {Draft} draft */
  async #prepare(draft) {
    this.#update(draft, "preparing");
    try {
      draft.attachments = (await this.#preparations.get(draft)?.()) ?? [];
    } catch (error) {
      this.#update(draft, "failed", error);
      return;
    }
    if (!this.pending(draft.conversation_id).includes(draft)) return;
    this.#preparations.delete(draft);
    this.#start(draft);
  }

  /** @param {string} conversationId */
  async #drain(conversationId) {
    if (this.#draining.has(conversationId)) return;
    this.#draining.add(conversationId);
    const backoff = new Backoff(this.backoff);
    const next = () => this.pending(conversationId).find(isSendable);
    for (let draft = next(); draft && !this.#closed; draft = next()) {
      await this.#attempt(draft, backoff);
    }
    this.#draining.delete(conversationId);
  }

  /** @param {Draft} draft @param {Backoff} backoff */
  async #attempt(draft, backoff) {
    this.#update(draft, "sending");
    try {
      const { id, seq } = await this.#deliver(draft);
      backoff.reset();
      this.discard(draft);
      this.emit("sent", { draft, id, seq });
    } catch (error) {
      const retry = isTransient(error);
      this.#update(draft, retry ? "waiting" : "failed", error);
      if (retry) await this.#sleep(backoff.next(retryAfter(error)));
    }
  }

  /** @param {Draft} draft @returns {Promise<{id: string, seq: number}>} */
  #deliver({ conversation_id, client_message_id, content, attachments }) {
    const message = {
      client_message_id,
      ...(content !== "" && { content }),
      ...(attachments.length > 0 && { attachments }),
    };
    if (this.connection.state.name === "ready") {
      return this.connection.send({ conversation_id, ...message });
    }
    return this.client.sendMessage(conversation_id, message);
  }

  /** Waits for the delay, or until the connection is ready. @param {number} ms */
  #sleep(ms) {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.#wakers.delete(wake);
        resolve(undefined);
      };
      const timer = setTimeout(wake, ms);
      this.#wakers.add(wake);
    });
  }

  #wake() {
    for (const wake of [...this.#wakers]) wake();
  }

  /** @param {Draft} draft @param {Draft["state"]} state @param {unknown} [error] */
  #update(draft, state, error) {
    draft.state = state;
    draft.error = error;
    this.emit("changed", draft);
  }
}

/** @param {Draft} draft */
function isSendable({ state }) {
  return state === "waiting" || state === "sending";
}
