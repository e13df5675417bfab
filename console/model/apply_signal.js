/**
 * Brings what is so at the moment into what the user sees.
 * @param {import("./chat.js").Chat} chat
 * @param {{type: string, data: any}} signal
 */
export function applySignal(chat, { type, data }) {
  APPLY[type]?.(chat, data);
}

/** @type {Record<string, (chat: any, data: any) => void>} */
const APPLY = {
  "typing.started": ({ typing, me }, data) => data.user_id !== me.id && typing.started(data.conversation_id, data.user_id),
  "typing.stopped": ({ typing }, data) => typing.stopped(data.conversation_id, data.user_id),
  "read.updated": readUpdated,
  "delivered.updated": ({ members }, data) => members.raise(data, "delivered_seq"),
  "presence.changed": ({ people }, data) => people.seen(data),
};

/** One's own mark comes from another device: what is unread then is the server's to say. */
function readUpdated(chat, data) {
  chat.members.raise(data, "read_seq");
  const known = chat.conversations.get(data.conversation_id);
  if (data.user_id !== chat.me.id || data.seq <= (known?.my?.read_seq ?? 0)) return;
  void chat.try(() => chat.conversations.fetch(data.conversation_id));
}
