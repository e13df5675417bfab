import { withOwnReaction } from "./merge.js";

/** @param {import("./chat.js").Chat} chat @param {any} message @param {string} content */
export async function edit(chat, message, content) {
  const { id, version } = message;
  take(chat, message, await chat.client.editMessage(id, { content, version }));
}

/** @param {import("./chat.js").Chat} chat @param {any} message */
export async function remove(chat, message) {
  take(chat, message, await chat.client.deleteMessage(message.id));
}

/** Adds one's own reaction, or takes it back. @param {import("./chat.js").Chat} chat @param {any} message @param {string} emoji */
export async function toggleReaction(chat, message, emoji) {
  const present = !message.my_reactions?.includes(emoji);
  const verb = present ? "addReaction" : "removeReaction";
  const answer = await chat.client[verb](message.id, emoji);
  take(chat, message, answer && withOwnReaction({ ...answer, my_reactions: message.my_reactions }, emoji, present));
}

/** The answer may be faster than the record. */
function take(chat, { conversation_id }, answer) {
  if (answer?.id) chat.openTimeline(conversation_id)?.update(answer);
}
