import { partner, title } from "../model/title.js";
import { avatar } from "./avatar.js";
import { el } from "./dom.js";
import { brief } from "./time.js";

/** A row of the list, empty. @param {() => void} open */
export function conversationRow(open) {
  return el("li", { class: "row", role: "option", onclick: open });
}

/** Brings a row up to date. @param {HTMLElement} row @param {any} chat @param {any} conversation */
export function updateRow(row, chat, conversation) {
  const { id, type, last_message, my } = conversation;
  const name = title(chat, conversation);
  const unread = my?.unread ?? 0;
  row.setAttribute("aria-selected", String(chat.selected === id));
  row.classList.toggle("row-unread", unread > 0);
  row.replaceChildren(
    avatar({ id: partner(chat, conversation)?.id ?? id, name, online: partner(chat, conversation)?.online, channel: type === "channel" }),
    el("span", { class: "row-line" }, el("span", { class: "row-name", text: name }), el("time", { class: "row-time", text: last_message ? brief(last_message.created_at) : "" })),
    el("span", { class: "row-line" }, preview(chat, conversation), badge(unread)),
  );
}

function preview(chat, { id, type, last_message }) {
  const [typist] = chat.typing.in(id);
  if (typist) return el("span", { class: "row-text row-typing", text: "typing…" });
  return el("span", { class: "row-text", text: last_message ? said(chat, type, last_message) : "No messages yet" });
}

function said(chat, type, { sender, content, deleted_at, attachments = [] }) {
  const what = deleted_at ? "Message deleted" : content || attachments[0]?.name || "Attachment";
  if (sender.id === chat.me.id) return `You: ${what}`;
  return type === "direct" ? what : `${firstName(chat.people.get(sender.id).name)}: ${what}`;
}

function firstName(name) {
  return name.split(/\s/)[0];
}

function badge(unread) {
  if (unread === 0) return "";
  const shown = unread > 99 ? "99+" : String(unread);
  return el("span", { class: "badge", "aria-label": `${shown} unread`, text: shown });
}
