import { withOwnReaction } from "./merge.js";

/** @typedef {import("./chat.js").Chat} Chat */
/** @typedef {import("../../sdk/js/src/index.js").Message} Message */

/** @param {Chat} chat @param {Message} message @param {string} content */
export async function edit(chat, message, content) {
  const { id, version } = message;
  apply(chat, await chat.client.editMessage(id, { content, version }));
}

/** @param {Chat} chat @param {Message} message */
export async function remove(chat, message) {
  await chat.client.deleteMessage(message.id);
}

/** Adds or removes the user's own reaction. @param {Chat} chat @param {Message} message @param {string} emoji */
export async function toggleReaction(chat, message, emoji) {
  const { my_reactions } = message;
  const present = !my_reactions?.includes(emoji);
  const response = present
    ? await chat.client.addReaction(message.id, emoji)
    : await chat.client.removeReaction(message.id, emoji);
  apply(chat, withOwnReaction({ ...response, my_reactions }, emoji, present));
}

/** Applies the response, which may arrive before the event. @param {Chat} chat @param {Message} message */
function apply(chat, message) {
  chat.openTimeline(message.conversation_id)?.update(message);
}
