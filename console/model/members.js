import { Emitter } from "../../sdk/js/src/index.js";

/**
 * @typedef {import("../../sdk/js/src/index.js").Message} Message
 * @typedef {import("../../sdk/js/src/index.js").Participant} Participant
 * @typedef {"read_seq" | "delivered_seq"} ReceiptKind
 */

/** Members that are fetched and shown. The server keeps no receipts in larger conversations. */
export const MAX_MEMBERS = 100;

/**
 * The members of conversations with their receipts. `changed` names the conversation.
 *
 * @extends {Emitter<{changed: string}>}
 */
export class Members extends Emitter {
  /** @type {Map<string, Map<string, Participant>>} */
  #byConversation = new Map();

  /**
   * @param {object} options
   * @param {import("../../sdk/js/src/index.js").Client} options.client
   * @param {import("./users.js").Users} options.users
   */
  constructor({ client, users }) {
    super();
    this.client = client;
    this.users = users;
  }

  /** @param {string} id the conversation */
  async load(id) {
    const page = await this.client.listParticipants(id, { limit: MAX_MEMBERS });
    const members = new Map(
      page.data.map((member) => [member.user.id, this.#withReceipts(id, member)]),
    );
    this.#byConversation.set(id, members);
    for (const { user } of page.data) this.users.put(user);
    this.emit("changed", id);
  }

  /** Adds or updates a member. @param {string} id the conversation @param {Participant} member */
  put(id, member) {
    this.users.put(member.user);
    this.#byConversation.get(id)?.set(member.user.id, this.#withReceipts(id, member));
    this.emit("changed", id);
  }

  /** @param {string} id the conversation @param {string} userId */
  remove(id, userId) {
    this.#byConversation.get(id)?.delete(userId);
    this.emit("changed", id);
  }

  /**
   * Raises a member's receipt. An older receipt is ignored.
   *
   * @param {{conversation_id: string, user_id: string, seq: number}} receipt
   * @param {ReceiptKind} kind
   */
  raiseReceipt({ conversation_id, user_id, seq }, kind) {
    const member = this.#byConversation.get(conversation_id)?.get(user_id);
    if (!member || (member[kind] ?? 0) >= seq) return;
    member[kind] = seq;
    this.emit("changed", conversation_id);
  }

  /** @param {string} id the conversation */
  list(id) {
    return [...(this.#byConversation.get(id)?.values() ?? [])];
  }

  /**
   * Returns the delivery status of a message: the lowest of all other members.
   *
   * @param {Pick<Message, "conversation_id" | "seq" | "sender">} message
   * @returns {"sent" | "delivered" | "read"}
   */
  status({ conversation_id, seq, sender }) {
    const others = this.list(conversation_id).filter(({ user }) => user.id !== sender.id);
    /** @param {(member: Participant) => number} receipt */
    const all = (receipt) => others.length > 0 && others.every((member) => receipt(member) >= seq);
    if (all(({ read_seq = 0 }) => read_seq)) return "read";
    const isDelivered = all(({ read_seq = 0, delivered_seq = 0 }) =>
      Math.max(read_seq, delivered_seq),
    );
    return isDelivered ? "delivered" : "sent";
  }

  /**
   * Returns the member with the highest known receipts: a signal may arrive before the response.
   *
   * @param {string} id
   * @param {Participant} member
   */
  #withReceipts(id, member) {
    const known = this.#byConversation.get(id)?.get(member.user.id);
    /** @param {ReceiptKind} kind */
    const highest = (kind) => Math.max(member[kind] ?? 0, known?.[kind] ?? 0);
    return { ...member, read_seq: highest("read_seq"), delivered_seq: highest("delivered_seq") };
  }
}
