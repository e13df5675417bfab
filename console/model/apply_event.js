/**
 * Brings what a record says into what the user sees.
 * @param {import("./chat.js").Chat} chat
 * @param {{conversation_id: string, type: string, data: any}} event
 */
export function applyEvent(chat, { conversation_id: id, type, data }) {
  APPLY[type]?.(chat, id, data);
}

/** @type {Record<string, (chat: any, id: string, data: any) => void>} */
const APPLY = {
  "message.new": messageNew,
  "message.updated": messageChanged,
  "message.deleted": messageChanged,
  "reaction.new": (chat, id, data) => reactionChanged(chat, id, data, true),
  "reaction.deleted": (chat, id, data) => reactionChanged(chat, id, data, false),
  "conversation.created": (chat, id) => fetchConversation(chat, id),
  "conversation.updated": (chat, id, { conversation }) => chat.conversations.get(id) && chat.conversations.put(conversation),
  "conversation.deleted": (chat, id) => close(chat, id),
  "participant.added": (chat, id, data) => participantCame(chat, id, data),
  "participant.updated": (chat, id, { participant }) => chat.members.put(id, participant),
  "participant.removed": participantWent,
  "user.erased": readAnew,
  "messages.expired": readAnew,
};

function messageNew(chat, id, message) {
  chat.typing.stopped(id, message.sender.id);
  chat.openTimeline(id)?.add(message);
  if (chat.conversations.get(id)) chat.conversations.arrived(message);
  else fetchConversation(chat, id);
}

function messageChanged(chat, id, message) {
  chat.openTimeline(id)?.update(message);
  chat.conversations.updated(message);
}

function reactionChanged(chat, id, { message, emoji, user_id }, present) {
  const timeline = chat.openTimeline(id);
  if (user_id === chat.me.id) timeline?.updateOwnReaction(message, emoji, present);
  else timeline?.update(message);
}

function participantCame(chat, id, { participant }) {
  if (participant.user.id === chat.me.id || !chat.conversations.get(id)) fetchConversation(chat, id);
  chat.members.put(id, participant);
}

function participantWent(chat, id, { participant }) {
  chat.members.remove(id, participant.user.id);
  if (participant.user.id === chat.me.id) close(chat, id);
}

/** Messages were wiped, many at once: what is here is read anew. */
function readAnew(chat, id) {
  const timeline = chat.openTimeline(id);
  timeline?.clear();
  if (timeline) void chat.try(() => timeline.load());
  fetchConversation(chat, id);
}

function fetchConversation(chat, id) {
  void chat.try(() => chat.conversations.fetch(id));
}

function close(chat, id) {
  chat.conversations.remove(id);
  if (chat.selected === id) chat.select(undefined);
}
