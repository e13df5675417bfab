import { Emitter } from "../../sdk/js/src/index.js";
import { newer, withOwnReaction } from "./merge.js";

/** Messages asked for at once. */
const PAGE = 40;

/**
 * The newest messages of one conversation, without holes up to its end. Emits `changed`.
 */
export class Timeline extends Emitter {
  /** @type {Map<string, any>} */
  #messages = new Map();
  loaded = false;
  loading = false;
  hasOlder = false;

  /** @param {{client: any, people: import("./people.js").People, id: string}} parts */
  constructor({ client, people, id }) {
    super();
    this.client = client;
    this.people = people;
    this.id = id;
  }

  /** Oldest first. */
  messages() {
    return [...this.#messages.values()].sort((a, b) => a.seq - b.seq);
  }

  /** @param {string} id */
  get(id) {
    return this.#messages.get(id);
  }

  /** Reads the end of the conversation; what arrives meanwhile stands behind it. */
  async load() {
    const page = await this.client.listMessages(this.id, { limit: PAGE, direction: "backward" });
    this.loaded = true;
    this.#take(page);
  }

  /** Lets go of everything: it is to be read anew. */
  clear() {
    this.#messages.clear();
    this.loaded = false;
    this.hasOlder = false;
  }

  /** Reads the page before what is here; does nothing when there is none or one is on its way. */
  async loadOlder() {
    if (!this.hasOlder || this.loading) return;
    this.loading = true;
    try {
      const [oldest] = this.messages();
      this.#take(await this.client.listMessages(this.id, { limit: PAGE, cursor: oldest.id, direction: "backward" }));
    } finally {
      this.loading = false;
    }
  }

  /** A message that was just written. @param {any} message */
  add(message) {
    this.#put(message);
    this.emit("changed");
  }

  /** A later state of a message; those before what is here are skipped. @param {any} message */
  update(message) {
    if (!this.#messages.has(message.id)) return;
    this.#put(message);
    this.emit("changed");
  }

  /** The reader's own reaction came or went. @param {any} message @param {string} emoji @param {boolean} present */
  updateOwnReaction(message, emoji, present) {
    const known = this.get(message.id);
    if (known) this.update(withOwnReaction({ ...message, my_reactions: known.my_reactions }, emoji, present));
  }

  /** Lets go of all but the newest messages. */
  trim() {
    const messages = this.messages();
    for (const { id } of messages.slice(0, -PAGE)) this.#messages.delete(id);
    this.hasOlder ||= messages.length > PAGE;
  }

  #take(page) {
    this.hasOlder = page.has_more;
    for (const message of page.data) this.#put(message);
    this.emit("changed");
  }

  #put(message) {
    this.people.learn(message.sender);
    this.#messages.set(message.id, newer(this.#messages.get(message.id), message));
  }
}
