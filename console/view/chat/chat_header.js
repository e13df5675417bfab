import { partner, title } from "../model/title.js";
import { avatar } from "./avatar.js";
import { el } from "./dom.js";
import { icon } from "./icon.js";
import { listening } from "./listening.js";
import { lastSeen } from "./time.js";

/**
 * Who or what the conversation is with.
 * @param {import("../model/chat.js").Chat} chat
 * @param {string} id
 * @param {{toggle: () => boolean}} members
 */
export function chatHeader(chat, id, members) {
  const face = el("span", {});
  const name = el("h3", { class: "chat-name" });
  const about = el("p", { class: "chat-about" });
  const back = el("button", { class: "icon-button chat-back", type: "button", "aria-label": "Back to conversations", onclick: () => chat.select(undefined) }, icon("back"));
  const people = el("button", { class: "icon-button", type: "button", "aria-label": "Members", title: "Members", "aria-expanded": "false" }, icon("people"));
  members.opener = people;
  people.addEventListener("click", () => members.toggle());
  const render = () => {
    const conversation = chat.conversations.get(id);
    if (!conversation) return;
    const other = partner(chat, conversation);
    name.textContent = title(chat, conversation);
    face.replaceChildren(avatar({ id: other?.id ?? id, name: name.textContent, online: other?.online, channel: conversation.type === "channel" }));
    about.textContent = other ? presence(other) : size(chat, conversation);
  };
  const element = el("header", { class: "chat-header" }, back, face, el("div", { class: "chat-words" }, name, about), people);
  return { element, dispose: listening(render, [chat.conversations, "changed"], [chat.people, "changed"], [chat.members, "changed"]) };
}

/** @param {{online?: boolean, last_seen_at?: string}} person */
export function presence({ online, last_seen_at }) {
  if (online) return "Online";
  return last_seen_at ? lastSeen(last_seen_at) : "Offline";
}

function size(chat, { id, type, visibility, participant_count }) {
  const count = chat.members.of(id).length < 100 ? chat.members.of(id).length || participant_count : participant_count;
  const kind = type === "channel" ? `${visibility === "public" ? "Public" : "Private"} channel` : "Group";
  return `${kind} · ${count} ${count === 1 ? "member" : "members"}`;
}
