/**
 * @typedef {import("./chat.js").Chat} Chat
 * @typedef {import("../../sdk/js/src/index.js").LogEventData} LogEventData
 * @typedef {import("../../sdk/js/src/index.js").Message} Message
 */

/**
 * Applies an event of a conversation's log to the model. Unknown types are ignored.
 *
 * @param {Chat} chat
 * @param {import("../../sdk/js/src/index.js").LogEvent} event
 */
export function applyEvent(chat, { conversation_id: id, type, data }) {
  /** @type {Partial<Record<string, (chat: Chat, id: string, data: never) => void>>} */
  const handlers = HANDLERS;
  handlers[type]?.(chat, id, /** @type {never} */ (data));
}

/** @type {{[T in keyof LogEventData]: (chat: Chat, id: string, data: LogEventData[T]) => void}} */
const HANDLERS = {
  "message.new": addMessage,
  "message.updated": updateMessage,
  "message.deleted": updateMessage,
  "reaction.new": (chat, id, data) => updateReaction(chat, id, data, true),
  "reaction.deleted": (chat, id, data) => updateReaction(chat, id, data, false),
  "conversation.created": (chat, id) => fetchConversation(chat, id),
  "conversation.updated": (chat, id, { conversation }) => {
    if (chat.conversations.get(id)) chat.conversations.put(conversation);
  },
  "conversation.deleted": (chat, id) => close(chat, id),
  "participant.added": addParticipant,
  "participant.updated": (chat, id, { participant }) => chat.members.put(id, participant),
  "participant.removed": removeParticipant,
  "user.erased": reload,
  "messages.expired": reload,
};

/** @param {Chat} chat @param {string} id @param {Message} message */
function addMessage(chat, id, message) {
  chat.typing.stop(id, message.sender.id);
  chat.openTimeline(id)?.add(message);
  if (chat.conversations.get(id)) chat.conversations.addMessage(message);
  else fetchConversation(chat, id);
}

/** @param {Chat} chat @param {string} id @param {Message} message */
function updateMessage(chat, id, message) {
  chat.openTimeline(id)?.update(message);
  chat.conversations.updateMessage(message);
}

/**
 * @param {Chat} chat
 * @param {string} id
 * @param {LogEventData["reaction.new"]} reaction
 * @param {boolean} present
 */
function updateReaction(chat, id, { message, emoji, user_id }, present) {
  const timeline = chat.openTimeline(id);
  if (user_id === chat.me.id) timeline?.updateOwnReaction(message, emoji, present);
  else timeline?.update(message);
}

/** @param {Chat} chat @param {string} id @param {LogEventData["participant.added"]} data */
function addParticipant(chat, id, { participant }) {
  const isMe = participant.user.id === chat.me.id;
  if (isMe || !chat.conversations.get(id)) fetchConversation(chat, id);
  chat.members.put(id, participant);
}

/** @param {Chat} chat @param {string} id @param {LogEventData["participant.removed"]} data */
function removeParticipant(chat, id, { participant }) {
  chat.members.remove(id, participant.user.id);
  if (participant.user.id === chat.me.id) close(chat, id);
}

/** Reads the conversation again: many messages were removed at once. @param {Chat} chat @param {string} id */
function reload(chat, id) {
  const timeline = chat.openTimeline(id);
  timeline?.clear();
  if (timeline) void chat.try(() => timeline.load());
  fetchConversation(chat, id);
}

/** @param {Chat} chat @param {string} id */
function fetchConversation(chat, id) {
  void chat.try(() => chat.conversations.fetch(id));
}

/** @param {Chat} chat @param {string} id */
function close(chat, id) {
  chat.conversations.remove(id);
  if (chat.selected === id) chat.select(undefined);
}
