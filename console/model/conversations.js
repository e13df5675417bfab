import { Emitter } from "../../sdk/js/src/index.js";
import { newer } from "./merge.js";

/**
 * @typedef {import("../../sdk/js/src/index.js").Client} Client
 * @typedef {import("../../sdk/js/src/index.js").Conversation} Conversation
 * @typedef {import("../../sdk/js/src/index.js").Message} Message
 */

/** Conversations per page. */
const PAGE_SIZE = 50;
/** Unread messages are counted up to this number. */
const MAX_UNREAD = 100;

/**
 * The user's conversations, most recently active first.
 *
 * @extends {Emitter<{changed: undefined}>}
 */
export class Conversations extends Emitter {
  /** @type {Map<string, Conversation>} */
  #byId = new Map();
  /** @type {Map<string, Promise<Conversation>>} */
  #fetching = new Map();
  loaded = false;
  /** @type {string | undefined} */
  #cursor;

  /** @param {{client: Client, users: import("./users.js").Users, me: {id: string}}} options */
  constructor({ client, users, me }) {
    super();
    this.client = client;
    this.users = users;
    this.me = me;
  }

  list() {
    return [...this.#byId.values()].sort(
      (a, b) => lastActivity(b).localeCompare(lastActivity(a)) || (a.id < b.id ? 1 : -1),
    );
  }

  /** @param {string} id */
  get(id) {
    return this.#byId.get(id);
  }

  get hasMore() {
    return this.#cursor !== undefined;
  }

  /** Reads the first page. */
  async load() {
    this.#addPage(await this.client.listConversations({ limit: PAGE_SIZE }));
    this.loaded = true;
    this.emit("changed", undefined);
  }

  /** Reads the next page. */
  async loadMore() {
    if (!this.hasMore) return;
    const query = { limit: PAGE_SIZE, cursor: this.#cursor };
    this.#addPage(await this.client.listConversations(query));
  }

  /**
   * Reads one conversation. Concurrent calls for the same one share a request.
   *
   * @param {string} id
   */
  fetch(id) {
    const fetching =
      this.#fetching.get(id) ?? this.client.getConversation(id).then((found) => this.put(found));
    this.#fetching.set(id, fetching);
    return fetching.finally(() => this.#fetching.delete(id));
  }

  /**
   * Adds or updates a conversation. Returns the merged state.
   *
   * @param {Conversation} given from a response or an event
   */
  put(given) {
    const known = this.#byId.get(given.id);
    const conversation = known ? merge(known, given) : given;
    for (const user of given.participants ?? []) this.users.put(user);
    if (given.last_message) this.users.put(given.last_message.sender);
    this.#byId.set(given.id, conversation);
    this.emit("changed", undefined);
    return conversation;
  }

  /** @param {string} id */
  remove(id) {
    this.#byId.delete(id);
    this.emit("changed", undefined);
  }

  /** Applies a new message to its conversation. @param {Message} message */
  addMessage(message) {
    const known = this.#byId.get(message.conversation_id);
    if (!known || (known.last_message?.seq ?? 0) >= message.seq) return;
    this.put({ ...known, my: this.#myAfter(known, message), last_message: message });
  }

  /** Applies a changed message to its conversation. @param {Message} message */
  updateMessage(message) {
    const known = this.#byId.get(message.conversation_id);
    if (known?.last_message?.id === message.id) this.put({ ...known, last_message: message });
  }

  /** Marks a conversation as read up to `seq`. @param {string} id @param {number} seq */
  markRead(id, seq) {
    const known = this.#byId.get(id);
    if (!known?.my || known.my.read_seq > seq) return;
    this.put({ ...known, my: { ...known.my, unread: 0, read_seq: seq } });
  }

  /** @param {Conversation} known @param {Message} message */
  #myAfter({ my }, message) {
    if (!my) return undefined;
    if (message.sender.id === this.me.id) return { ...my, unread: 0, read_seq: message.seq };
    if (message.seq <= my.read_seq) return my;
    return { ...my, unread: Math.min(MAX_UNREAD, my.unread + 1) };
  }

  /** @param {import("../../sdk/js/src/index.js").Page<Conversation>} page */
  #addPage(page) {
    this.#cursor = page.has_more ? page.next_cursor : undefined;
    for (const conversation of page.data) this.put(conversation);
    this.emit("changed", undefined);
  }
}

/**
 * Merges two states of a conversation. Events contain neither `my` nor `last_message`.
 *
 * @param {Conversation} known
 * @param {Conversation} given
 * @returns {Conversation}
 */
function merge(known, given) {
  const isOlder = (known.last_message?.seq ?? 0) > (given.last_message?.seq ?? 0);
  if (isOlder || !given.last_message) {
    const my = isOlder ? known.my : (given.my ?? known.my);
    return { ...known, ...given, my, last_message: known.last_message };
  }
  const last_message = newer(known.last_message, given.last_message);
  return { ...known, ...given, my: given.my ?? known.my, last_message };
}

/** Returns the time of the last message. @param {Conversation} conversation */
function lastActivity({ last_message, created_at }) {
  return last_message?.created_at ?? created_at;
}
