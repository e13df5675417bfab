import { timelineItems } from "../../model/timeline_items.js";
import { title } from "../../model/title.js";
import { el } from "../common/dom.js";
import { icon } from "../common/icon.js";
import { reconcileChildren } from "../common/reconcile_children.js";
import { scheduleRender } from "../common/schedule_render.js";
import { subscribe } from "../common/subscribe.js";
import { messageElement, updateMessage } from "./message.js";
import { olderLoader } from "./older_loader.js";
import { readReceipts } from "./read_receipts.js";
import { scrollAnchor } from "./scroll_anchor.js";
import { separator } from "./separator.js";
import { timelineActions } from "./timeline_actions.js";
import { timelineKeys } from "./timeline_keys.js";

/**
 * @typedef {import("../../model/chat.js").Chat} Chat
 * @typedef {import("../../model/timeline_items.js").MessageItem} MessageItem
 * @typedef {import("../../model/timeline_items.js").ShownMessage} ShownMessage
 */

/**
 * @typedef {object} View
 * @property {Chat} chat
 * @property {string} id the conversation
 * @property {HTMLElement} items
 * @property {WeakMap<Element, ShownMessage>} messages the message of each element
 * @property {number} [readSeq] the last message read before the conversation was opened
 * @property {import("./timeline_keys.js").Actions} actions
 */

/**
 * Returns the timeline of a conversation, newest message last. Older messages are loaded when the
 * user scrolls back.
 *
 * @param {Chat} chat
 * @param {string} id
 * @param {{edit: (message: import("../../../sdk/js/src/index.js").Message) => void, focus: () => void}} composer
 */
export function timelineView(chat, id, composer) {
  const timeline = chat.timeline(id);
  const items = el("div", { class: "items" });
  const older = el("div", { class: "older" });
  const label = `Messages with ${title(chat, chat.conversations.get(id))}`;
  const log = el(
    "div",
    { class: "timeline", role: "log", "aria-label": label, tabindex: 0 },
    older,
    items,
  );
  const toEnd = el(
    "button",
    { class: "to-end", type: "button", "aria-label": "Jump to the latest message", hidden: true },
    icon("down"),
  );
  const scroll = scrollAnchor(log, items, (atEnd) => (toEnd.hidden = atEnd));
  const receipts = readReceipts(chat, id, log, scroll);
  const loadOlder = olderLoader(chat, timeline, log);
  const messages = new WeakMap();
  const actions = timelineActions({ chat, id, items, messages, edit: composer.edit });
  const view = { chat, id, items, messages, readSeq: readSeqBefore(chat, id), actions };
  const render = scheduleRender(items, () => {
    scroll.keep(() => show(view));
    older.toggleAttribute("data-more", timeline.hasOlder);
    receipts.check();
    void loadOlder();
  });
  toEnd.addEventListener("click", () => scroll.toEnd());
  log.addEventListener("scroll", () => void loadOlder());
  log.addEventListener("keydown", timelineKeys(items, messages, actions, composer.focus));
  const unsubscribes = [
    chat.outbox.on("changed", ({ state }) => {
      if (state === "sending" || state === "preparing") scroll.toEnd();
    }),
    subscribe(render, timeline, chat.users, chat.members, chat.outbox),
    receipts.dispose,
  ];
  return {
    element: el("div", { class: "timeline-frame" }, log, toEnd),
    dispose: () => unsubscribes.forEach((unsubscribe) => unsubscribe()),
  };
}

/** Returns the read position when the conversation is opened, if there are unread messages. @param {Chat} chat @param {string} id */
function readSeqBefore(chat, id) {
  const my = chat.conversations.get(id)?.my;
  return my && my.unread > 0 ? my.read_seq : undefined;
}

/** @param {View} view */
function show(view) {
  const { chat, id, items, readSeq } = view;
  const messages = chat.timeline(id).messages();
  const drafts = chat.outbox.pending(id);
  reconcileChildren(items, timelineItems({ messages, drafts, me: chat.me.id, readSeq }), {
    key: ({ key }) => key,
    create: (item) => (item.kind === "message" ? messageElement() : separator(item)),
    update: (element, item) => {
      if (item.kind === "message") update(view, element, item);
    },
  });
}

/** @param {View} view @param {HTMLElement} element @param {MessageItem} item */
function update({ chat, id, messages, actions }, element, item) {
  const { message, mine } = item;
  messages.set(element, message);
  updateMessage(element, {
    chat,
    item,
    name: chat.users.get(message.sender.id).name,
    withSender: !mine && chat.conversations.get(id)?.type !== "direct",
    status: mine ? statusOf(chat, message) : undefined,
    react: actions.react,
    retry: (draft) => chat.outbox.retry(draft),
    discard: (draft) => chat.discard(draft),
  });
}

/** @param {Chat} chat @param {ShownMessage} message */
function statusOf(chat, { draft, deleted_at, conversation_id, seq = 0, sender }) {
  if (deleted_at) return undefined;
  return draft?.state ?? chat.members.status({ conversation_id, seq, sender });
}
