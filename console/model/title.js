/** @typedef {import("./chat.js").Chat} Chat */
/** @typedef {import("../../sdk/js/src/index.js").Conversation} Conversation */

/**
 * Returns the name of a conversation. A direct conversation has the name of the other user.
 *
 * @param {Chat} chat
 * @param {Conversation | undefined} conversation
 */
export function title(chat, conversation) {
  if (!conversation) return "Unnamed";
  if (conversation.type !== "direct") return conversation.name ?? "Unnamed";
  return partner(chat, conversation)?.name ?? "Direct conversation";
}

/** Returns the other user of a direct conversation. @param {Chat} chat @param {Conversation} conversation */
export function partner(chat, { type, participants = [] }) {
  if (type !== "direct") return undefined;
  const other = participants.find(({ id }) => id !== chat.me.id);
  return other && chat.users.get(other.id);
}
