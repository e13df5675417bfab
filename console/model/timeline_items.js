/** Messages of one sender this close to each other stand as one group, in milliseconds. */
const GROUP_MS = 5 * 60_000;

/**
 * @typedef {object} Item what stands in a timeline
 * @property {"day" | "new" | "message"} kind
 * @property {string} key the same for the same thing, also when a draft became a message
 * @property {any} [message]
 * @property {string} [time] of the day
 * @property {boolean} [mine]
 * @property {boolean} [first] of its group
 * @property {boolean} [last] of its group
 */

/**
 * Messages and drafts in the order they are shown, with days and the line above what is new.
 * @param {object} of
 * @param {any[]} of.messages oldest first
 * @param {any[]} of.drafts
 * @param {string} of.me
 * @param {number} [of.readSeq] the last message read before the conversation was opened
 * @returns {Item[]}
 */
export function timelineItems({ messages, drafts, me, readSeq }) {
  const items = [];
  let before;
  let isNew = readSeq === undefined;
  for (const message of withDrafts(messages, drafts, me)) {
    const mine = message.sender.id === me;
    if (!before || !sameDay(before, message)) {
      items.push({ kind: "day", key: `day ${new Date(message.created_at).toDateString()}`, time: message.created_at });
    }
    if (!isNew && !mine && message.seq > readSeq) {
      items.push({ kind: "new", key: "new" });
      isNew = true;
    }
    items.push({ kind: "message", key: key(message), message, mine });
    before = message;
  }
  return grouped(items);
}

/** Drafts that are not messages yet stand at the end. */
function withDrafts(messages, drafts, me) {
  const taken = new Set(messages.filter(({ sender }) => sender.id === me).map((message) => message.client_message_id));
  const waiting = drafts.filter((draft) => !taken.has(draft.client_message_id));
  return [...messages, ...waiting.map((draft) => ({ ...draft, draft, sender: { id: me } }))];
}

/** Says of each message whether it begins or ends a group. */
function grouped(items) {
  return items.map((item, at) => {
    if (item.kind !== "message") return item;
    return { ...item, first: !together(items[at - 1], item), last: !together(item, items[at + 1]) };
  });
}

function together(a, b) {
  if (a?.kind !== "message" || b?.kind !== "message" || a.message.sender.id !== b.message.sender.id) return false;
  return Date.parse(b.message.created_at) - Date.parse(a.message.created_at) < GROUP_MS;
}

function sameDay(a, b) {
  return new Date(a.created_at).toDateString() === new Date(b.created_at).toDateString();
}

function key({ id, client_message_id, sender }) {
  return client_message_id ? `by ${sender.id} ${client_message_id}` : `message ${id}`;
}
