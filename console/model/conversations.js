import { Emitter } from "../../sdk/js/src/index.js";
import { newer } from "./merge.js";

/** Conversations asked for at once. */
const PAGE = 50;
/** Unread messages are counted up to here. */
const UNREAD = 100;

/** The user's conversations, the last active first. Emits `changed`. */
export class Conversations extends Emitter {
  /** @type {Map<string, any>} */
  #byId = new Map();
  /** @type {Map<string, Promise<any>>} */
  #fetching = new Map();
  loaded = false;
  #cursor;

  /** @param {{client: any, people: import("./people.js").People, me: {id: string}}} parts */
  constructor({ client, people, me }) {
    super();
    this.client = client;
    this.people = people;
    this.me = me;
  }

  list() {
    return [...this.#byId.values()].sort((a, b) => activity(b).localeCompare(activity(a)) || (a.id < b.id ? 1 : -1));
  }

  /** @param {string} id */
  get(id) {
    return this.#byId.get(id);
  }

  get hasMore() {
    return this.#cursor !== undefined;
  }

  /** Reads the most recent ones anew. */
  async load() {
    this.#take(await this.client.listConversations({ limit: PAGE }));
    this.loaded = true;
    this.emit("changed");
  }

  async loadMore() {
    if (this.hasMore) this.#take(await this.client.listConversations({ limit: PAGE, cursor: this.#cursor }));
    this.emit("changed");
  }

  /** One conversation, read from the server; requests for the same one share the answer. @param {string} id */
  fetch(id) {
    const fetching = this.#fetching.get(id) ?? this.client.getConversation(id).then((found) => this.put(found));
    this.#fetching.set(id, fetching);
    return fetching.finally(() => this.#fetching.delete(id));
  }

  /** @param {any} given a whole conversation, or one as an event knows it */
  put(given) {
    const known = this.#byId.get(given.id);
    for (const user of given.participants ?? []) this.people.learn(user);
    if (given.last_message) this.people.learn(given.last_message.sender);
    this.#byId.set(given.id, known ? merged(known, given) : given);
    this.emit("changed");
    return this.#byId.get(given.id);
  }

  /** @param {string} id */
  remove(id) {
    this.#byId.delete(id);
    this.emit("changed");
  }

  /** A message that was just written, in a conversation that is known. @param {any} message */
  arrived(message) {
    const known = this.#byId.get(message.conversation_id);
    if (!known || known.last_message?.seq >= message.seq) return;
    const mine = message.sender.id === this.me.id;
    const { unread = 0, read_seq = 0 } = known.my ?? {};
    const my = mine
      ? { ...known.my, unread: 0, read_seq: message.seq }
      : { ...known.my, unread: Math.min(UNREAD, unread + (message.seq > read_seq ? 1 : 0)) };
    this.put({ ...known, my, last_message: message });
  }

  /** A later state of a message. @param {any} message */
  updated(message) {
    const known = this.#byId.get(message.conversation_id);
    if (known?.last_message?.id === message.id) this.put({ ...known, last_message: message });
  }

  /** Everything up to a message is read. @param {string} id @param {number} seq */
  read(id, seq) {
    const known = this.#byId.get(id);
    if (!known || (known.my?.read_seq ?? 0) > seq) return;
    this.put({ ...known, my: { ...known.my, unread: 0, read_seq: seq } });
  }

  #take(page) {
    this.#cursor = page.has_more ? page.next_cursor : undefined;
    for (const conversation of page.data) this.put(conversation);
  }
}

/** What the reader is to a conversation and its last message are absent in events. */
function merged(known, given) {
  const behind = (known.last_message?.seq ?? 0) > (given.last_message?.seq ?? 0);
  return {
    ...known,
    ...given,
    my: behind || !given.my ? known.my : given.my,
    last_message: behind || !given.last_message ? known.last_message : newer(known.last_message, given.last_message),
  };
}

/** When something was last said. */
function activity({ last_message, created_at }) {
  return last_message?.created_at ?? created_at;
}
