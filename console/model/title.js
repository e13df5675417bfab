/**
 * What a conversation is called: its name, or for two users the other one's.
 * @param {import("./chat.js").Chat} chat
 * @param {any} conversation
 */
export function title(chat, conversation) {
  if (conversation.type !== "direct") return conversation.name ?? "Unnamed";
  return partner(chat, conversation)?.name ?? "Direct conversation";
}

/** The other user of a direct conversation. */
export function partner(chat, { type, participants = [] }) {
  const other = type === "direct" && participants.find(({ id }) => id !== chat.me.id);
  return other ? chat.people.get(other.id) : undefined;
}
