import { Emitter } from "../../sdk/js/src/index.js";

/** Members shown and asked for at most; marks are not kept in larger conversations. */
const SHOWN = 100;

/** Who takes part in a conversation and how far each has come. Emits `changed` with its id. */
export class Members extends Emitter {
  /** @type {Map<string, Map<string, any>>} */
  #byConversation = new Map();

  /** @param {{client: any, people: import("./people.js").People}} parts */
  constructor({ client, people }) {
    super();
    this.client = client;
    this.people = people;
  }

  /** @param {string} id the conversation */
  async load(id) {
    const page = await this.client.listParticipants(id, { limit: SHOWN });
    const members = new Map(page.data.map((member) => [member.user.id, this.#raised(id, member)]));
    this.#byConversation.set(id, members);
    for (const { user } of page.data) this.people.learn(user);
    this.emit("changed", id);
  }

  /** A participant that came or changed. @param {string} id @param {any} member */
  put(id, member) {
    this.people.learn(member.user);
    this.#byConversation.get(id)?.set(member.user.id, this.#raised(id, member));
    this.emit("changed", id);
  }

  /** @param {string} id @param {string} userId */
  remove(id, userId) {
    this.#byConversation.get(id)?.delete(userId);
    this.emit("changed", id);
  }

  /** @param {{conversation_id: string, user_id: string, seq: number}} mark @param {"read_seq" | "delivered_seq"} kind */
  raise({ conversation_id, user_id, seq }, kind) {
    const member = this.#byConversation.get(conversation_id)?.get(user_id);
    if (!member || (member[kind] ?? 0) >= seq) return;
    member[kind] = seq;
    this.emit("changed", conversation_id);
  }

  /** @param {string} id */
  of(id) {
    return [...(this.#byConversation.get(id)?.values() ?? [])];
  }

  /**
   * How far a message has come with everybody else there.
   * @param {{conversation_id: string, seq: number, sender: {id: string}}} message
   * @returns {"sent" | "delivered" | "read"}
   */
  status({ conversation_id, seq, sender }) {
    const others = this.of(conversation_id).filter(({ user }) => user.id !== sender.id);
    const all = (mark) => others.length > 0 && others.every((member) => mark(member) >= seq);
    if (all(({ read_seq = 0 }) => read_seq)) return "read";
    return all(({ read_seq = 0, delivered_seq = 0 }) => Math.max(read_seq, delivered_seq)) ? "delivered" : "sent";
  }

  /** The member with its marks no lower than they were known: a signal may have been faster. */
  #raised(id, member) {
    const known = this.#byConversation.get(id)?.get(member.user.id);
    const highest = (kind) => Math.max(member[kind] ?? 0, known?.[kind] ?? 0);
    return { ...member, read_seq: highest("read_seq"), delivered_seq: highest("delivered_seq") };
  }
}
