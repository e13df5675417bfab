import { Emitter } from "../../sdk/js/src/index.js";
import { newer, withOwnReaction } from "./merge.js";

/** @typedef {import("../../sdk/js/src/index.js").Message} Message */

/** Messages per page. */
const PAGE_SIZE = 40;

/**
 * The newest messages of one conversation, without gaps up to the last one.
 *
 * @extends {Emitter<{changed: undefined}>}
 */
export class Timeline extends Emitter {
  /** @type {Map<string, Message>} */
  #messages = new Map();
  loaded = false;
  loading = false;
  hasOlder = false;

  /**
   * @param {object} options
   * @param {import("../../sdk/js/src/index.js").Client} options.client
   * @param {import("./users.js").Users} options.users
   * @param {string} options.id the conversation
   */
  constructor({ client, users, id }) {
    super();
    this.client = client;
    this.users = users;
    this.id = id;
  }

  /** Returns the messages, oldest first. */
  messages() {
    return [...this.#messages.values()].sort((a, b) => a.seq - b.seq);
  }

  /** @param {string} id */
  get(id) {
    return this.#messages.get(id);
  }

  /** Reads the newest page. */
  async load() {
    const query = { limit: PAGE_SIZE, direction: /** @type {const} */ ("backward") };
    const page = await this.client.listMessages(this.id, query);
    this.loaded = true;
    this.#addPage(page);
  }

  /** Removes all messages; they must be read again. */
  clear() {
    this.#messages.clear();
    this.loaded = false;
    this.hasOlder = false;
  }

  /** Reads the page before the oldest message. Does nothing if there is none or it is being read. */
  async loadOlder() {
    const [oldest] = this.messages();
    if (!this.hasOlder || this.loading || !oldest) return;
    this.loading = true;
    try {
      const direction = /** @type {const} */ ("backward");
      const query = { limit: PAGE_SIZE, cursor: oldest.id, direction };
      this.#addPage(await this.client.listMessages(this.id, query));
    } finally {
      this.loading = false;
    }
  }

  /** Adds a new message. @param {Message} message */
  add(message) {
    this.#put(message);
    this.emit("changed", undefined);
  }

  /** Updates a message. Messages older than the first page read are ignored. @param {Message} message */
  update(message) {
    if (!this.#messages.has(message.id)) return;
    this.#put(message);
    this.emit("changed", undefined);
  }

  /**
   * Adds or removes the reader's own reaction.
   *
   * @param {Message} message
   * @param {string} emoji
   * @param {boolean} present
   */
  updateOwnReaction(message, emoji, present) {
    const known = this.get(message.id);
    if (!known) return;
    const { my_reactions } = known;
    this.update(withOwnReaction({ ...message, my_reactions }, emoji, present));
  }

  /** Removes all but the newest messages. */
  trim() {
    const messages = this.messages();
    for (const { id } of messages.slice(0, -PAGE_SIZE)) this.#messages.delete(id);
    this.hasOlder ||= messages.length > PAGE_SIZE;
  }

  /** @param {import("../../sdk/js/src/index.js").Page<Message>} page */
  #addPage(page) {
    this.hasOlder = page.has_more;
    for (const message of page.data) this.#put(message);
    this.emit("changed", undefined);
  }

  /** @param {Message} message */
  #put(message) {
    this.users.put(message.sender);
    this.#messages.set(message.id, newer(this.#messages.get(message.id), message));
  }
}
