import { MAX_MEMBERS } from "../../model/members.js";
import { partner, title } from "../../model/title.js";
import { avatar } from "../common/avatar.js";
import { el } from "../common/dom.js";
import { icon } from "../common/icon.js";
import { presence } from "../common/presence.js";
import { subscribe } from "../common/subscribe.js";

/**
 * @typedef {import("../../model/chat.js").Chat} Chat
 * @typedef {import("../../../sdk/js/src/index.js").Conversation} Conversation
 */

/**
 * Returns the header of a conversation: name, presence or size, and the members button.
 *
 * @param {Chat} chat
 * @param {string} id
 * @param {{setOpener: (button: HTMLElement) => void}} members
 */
export function chatHeader(chat, id, members) {
  const image = el("span");
  const name = el("h3", { class: "chat-name" });
  const details = el("p", { class: "chat-details" });
  const back = button("Back to conversations", "back");
  const toggle = button("Members", "users");
  back.classList.add("chat-back");
  back.addEventListener("click", () => chat.select(undefined));
  toggle.setAttribute("aria-expanded", "false");
  members.setOpener(toggle);
  const render = () => {
    const conversation = chat.conversations.get(id);
    if (!conversation) return;
    const other = partner(chat, conversation);
    const text = title(chat, conversation);
    const channel = conversation.type === "channel";
    name.textContent = text;
    image.replaceChildren(
      avatar({ id: other?.id ?? id, name: text, online: other?.online, channel }),
    );
    details.textContent = other ? presence(other) : size(chat, conversation);
  };
  const element = el(
    "header",
    { class: "chat-header" },
    back,
    image,
    el("div", { class: "chat-title" }, name, details),
    toggle,
  );
  return { element, dispose: subscribe(render, chat.conversations, chat.users, chat.members) };
}

/** @param {string} label @param {import("../common/icon.js").IconName} drawing */
function button(label, drawing) {
  const properties = { class: "icon-button", type: "button", "aria-label": label, title: label };
  return el("button", properties, icon(drawing));
}

/** Returns the type and the number of members as text. @param {Chat} chat @param {Conversation} conversation */
function size(chat, { id, type, visibility, participant_count }) {
  const listed = chat.members.list(id).length;
  const isComplete = listed > 0 && listed < MAX_MEMBERS;
  const count = isComplete ? listed : participant_count;
  const channel = visibility === "public" ? "Public channel" : "Private channel";
  const kind = type === "channel" ? channel : "Group";
  return `${kind} · ${count} ${count === 1 ? "member" : "members"}`;
}
