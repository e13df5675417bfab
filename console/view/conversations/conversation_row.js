import { partner, title } from "../../model/title.js";
import { avatar } from "../common/avatar.js";
import { el } from "../common/dom.js";
import { brief } from "../common/time.js";

/**
 * @typedef {import("../../model/chat.js").Chat} Chat
 * @typedef {import("../../../sdk/js/src/index.js").Conversation} Conversation
 * @typedef {import("../../../sdk/js/src/index.js").Message} Message
 */

/** Returns an empty row of the list. @param {() => void} open */
export function conversationRow(open) {
  return el("li", { class: "row", role: "option", onclick: open });
}

/** Updates a row. @param {HTMLElement} row @param {Chat} chat @param {Conversation} conversation */
export function updateRow(row, chat, conversation) {
  const { id, type, last_message, my } = conversation;
  const name = title(chat, conversation);
  const other = partner(chat, conversation);
  const unread = my?.unread ?? 0;
  const time = last_message ? brief(last_message.created_at) : "";
  row.setAttribute("aria-selected", String(chat.selected === id));
  row.classList.toggle("row-unread", unread > 0);
  row.replaceChildren(
    avatar({ id: other?.id ?? id, name, online: other?.online, channel: type === "channel" }),
    el(
      "span",
      { class: "row-line" },
      el("span", { class: "row-name", text: name }),
      el("time", { class: "row-time", text: time }),
    ),
    el("span", { class: "row-line" }, preview(chat, conversation), badge(unread)),
  );
}

/** @param {Chat} chat @param {Conversation} conversation */
function preview(chat, { id, type, last_message }) {
  const isTyping = chat.typing.usersIn(id).length > 0;
  if (isTyping) return el("span", { class: "row-text row-typing", text: "typing…" });
  const text = last_message ? previewText(chat, type, last_message) : "No messages yet";
  return el("span", { class: "row-text", text });
}

/** @param {Chat} chat @param {Conversation["type"]} type @param {Message} message */
function previewText(chat, type, { sender, content, deleted_at, attachments = [] }) {
  const text = deleted_at ? "Message deleted" : content || attachments[0]?.name || "Attachment";
  if (sender.id === chat.me.id) return `You: ${text}`;
  return type === "direct" ? text : `${firstName(chat.users.get(sender.id).name)}: ${text}`;
}

/** @param {string} name */
function firstName(name) {
  return name.split(/\s/)[0];
}

/** @param {number} unread */
function badge(unread) {
  if (unread === 0) return undefined;
  const text = unread > 99 ? "99+" : String(unread);
  return el("span", { class: "badge", "aria-label": `${text} unread`, text });
}
