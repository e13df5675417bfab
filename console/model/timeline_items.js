/**
 * @typedef {import("../../sdk/js/src/index.js").Draft} Draft
 * @typedef {import("../../sdk/js/src/index.js").Message} Message
 */

/** Consecutive messages of one sender form a group within this time. */
const GROUP_MS = 5 * 60_000;

/**
 * A stored message or a draft.
 *
 * @typedef {(
 *   Partial<Message> & Pick<Message, "conversation_id" | "sender" | "created_at"> & {draft?: Draft}
 * )} ShownMessage
 */

/**
 * @typedef {object} MessageItem
 * @property {"message"} kind
 * @property {string} key the same for a draft and the message that it becomes
 * @property {ShownMessage} message
 * @property {boolean} mine
 * @property {boolean} [first] whether it is the first of its group
 * @property {boolean} [last] whether it is the last of its group
 */

/** @typedef {{kind: "day", key: string, time: string}} DayItem */
/** @typedef {{kind: "new", key: string}} NewItem */
/** @typedef {MessageItem | DayItem | NewItem} Item */

/**
 * Returns whether the message is stored and not deleted, so that it can be changed.
 *
 * @param {ShownMessage | undefined} message
 * @returns {message is Message}
 */
export function isEditable(message) {
  return message?.id !== undefined && !message.deleted_at;
}

/**
 * Returns messages and drafts in the order they are shown, with separators for days and for the
 * first unread message.
 *
 * @param {object} options
 * @param {Message[]} options.messages oldest first
 * @param {Draft[]} options.drafts
 * @param {string} options.me
 * @param {number} [options.readSeq] the last message read before the conversation was opened
 * @returns {Item[]}
 */
export function timelineItems({ messages, drafts, me, readSeq = Infinity }) {
  /** @type {Item[]} */
  const items = [];
  /** @type {ShownMessage | undefined} */
  let previous;
  let hasNew = false;
  for (const message of withDrafts(messages, drafts, me)) {
    const mine = message.sender.id === me;
    if (!previous || !isSameDay(previous, message)) {
      const time = message.created_at;
      items.push({ kind: "day", key: `day ${new Date(time).toDateString()}`, time });
    }
    if (!hasNew && !mine && (message.seq ?? 0) > readSeq) {
      items.push({ kind: "new", key: "new" });
      hasNew = true;
    }
    items.push({ kind: "message", key: keyOf(message), message, mine });
    previous = message;
  }
  return items.map((item, index) => withGroup(items[index - 1], item, items[index + 1]));
}

/**
 * Appends the drafts that are not stored yet.
 *
 * @param {Message[]} messages
 * @param {Draft[]} drafts
 * @param {string} me
 * @returns {ShownMessage[]}
 */
function withDrafts(messages, drafts, me) {
  const own = messages.filter(({ sender }) => sender.id === me);
  const stored = new Set(own.map((message) => message.client_message_id));
  const unsent = drafts.filter((draft) => !stored.has(draft.client_message_id));
  const shown = unsent.map((draft) => {
    const { conversation_id, client_message_id, content, created_at } = draft;
    return { conversation_id, client_message_id, content, created_at, draft, sender: { id: me } };
  });
  return [...messages, ...shown];
}

/**
 * Returns the item with its position in its group.
 *
 * @param {Item | undefined} previous
 * @param {Item} item
 * @param {Item | undefined} next
 */
function withGroup(previous, item, next) {
  if (item.kind !== "message") return item;
  return { ...item, first: !isSameGroup(previous, item), last: !isSameGroup(item, next) };
}

/** @param {Item | undefined} a @param {Item | undefined} b */
function isSameGroup(a, b) {
  if (a?.kind !== "message" || b?.kind !== "message") return false;
  if (a.message.sender.id !== b.message.sender.id) return false;
  return Date.parse(b.message.created_at) - Date.parse(a.message.created_at) < GROUP_MS;
}

/** @param {ShownMessage} a @param {ShownMessage} b */
function isSameDay(a, b) {
  return new Date(a.created_at).toDateString() === new Date(b.created_at).toDateString();
}

/** @param {ShownMessage} message */
function keyOf({ id, client_message_id, sender }) {
  return client_message_id ? `by ${sender.id} ${client_message_id}` : `message ${id}`;
}
