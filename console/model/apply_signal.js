/**
 * @typedef {import("./chat.js").Chat} Chat
 * @typedef {import("../../sdk/js/src/index.js").SignalData} SignalData
 */

/**
 * Applies a transient signal to the model. Unknown types are ignored.
 *
 * @param {Chat} chat
 * @param {import("../../sdk/js/src/index.js").Signal} signal
 */
export function applySignal(chat, { type, data }) {
  /** @type {Partial<Record<string, (chat: Chat, data: never) => void>>} */
  const handlers = HANDLERS;
  handlers[type]?.(chat, /** @type {never} */ (data));
}

/** @type {{[T in keyof SignalData]: (chat: Chat, data: SignalData[T]) => void}} */
const HANDLERS = {
  "typing.started": ({ typing, me }, { conversation_id, user_id }) => {
    if (user_id !== me.id) typing.start(conversation_id, user_id);
  },
  "typing.stopped": ({ typing }, { conversation_id, user_id }) =>
    typing.stop(conversation_id, user_id),
  "read.updated": updateRead,
  "delivered.updated": ({ members }, receipt) => members.raiseReceipt(receipt, "delivered_seq"),
  "presence.changed": ({ users }, presence) => users.setPresence(presence),
};

/**
 * Applies a read receipt. If another device of the same user read further, the unread count is
 * fetched: only the server has it.
 *
 * @param {Chat} chat
 * @param {SignalData["read.updated"]} receipt
 */
function updateRead(chat, receipt) {
  chat.members.raiseReceipt(receipt, "read_seq");
  const conversation = chat.conversations.get(receipt.conversation_id);
  const knownSeq = conversation?.my?.read_seq ?? 0;
  if (receipt.user_id !== chat.me.id || receipt.seq <= knownSeq) return;
  void chat.try(() => chat.conversations.fetch(receipt.conversation_id));
}
