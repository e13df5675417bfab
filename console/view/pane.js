import { avatar } from "./avatar.js";
import { banner } from "./banner.js";
import { chatView } from "./chat_view.js";
import { conversationList } from "./conversation_list.js";
import { el } from "./dom.js";
import { icon } from "./icon.js";
import { newConversation } from "./new_conversation.js";
import { notice } from "./notice.js";

/** Room for the list beside the conversation, in pixels. Kept with the stylesheet's figure. */
const WIDE = 560;

/**
 * Everything one user sees.
 * @param {import("../model/chat.js").Chat} chat
 * @param {string} id the element's
 */
export function pane(chat, id) {
  const { name } = chat.people.get(chat.me.id);
  const begin = () => newConversation(chat);
  const main = el("div", { class: "pane-chat" });
  const element = el(
    "section",
    { class: "pane", id, "aria-label": name, "data-user": chat.me.external_id ?? chat.me.id },
    el("aside", { class: "sidebar" }, identity(chat, name, begin), conversationList(chat, begin)),
    main,
    el("div", { class: "pane-news" }, banner(chat), notice(chat)),
  );
  showSelected(chat, element, main);
  openFirst(chat, element);
  return element;
}

function identity(chat, name, begin) {
  const state = el("span", { class: "identity-state" });
  const words = { ready: "Online", stopped: "Signed out" };
  const show = () => (state.textContent = words[chat.connection.state.name] ?? "Connecting…");
  chat.on("state", show);
  show();
  return el(
    "header",
    { class: "identity" },
    avatar({ id: chat.me.id, name }),
    el("div", { class: "identity-words" }, el("h2", { class: "identity-name", text: name }), state),
    el("button", { class: "icon-button", type: "button", "aria-label": "New conversation", title: "New conversation", onclick: begin }, icon("compose")),
  );
}

/** Keeps the conversation beside the list the selected one. */
function showSelected(chat, element, main) {
  let view;
  const show = (id) => {
    view?.dispose();
    view = id === undefined ? undefined : chatView(chat, id);
    element.toggleAttribute("data-open", id !== undefined);
    main.replaceChildren(view?.element ?? el("p", { class: "pane-empty", text: "Choose a conversation to read it here." }));
    view?.focus();
  };
  chat.on("selected", show);
  show(undefined);
}

/** Where there is room the most recent conversation is open from the start. */
function openFirst(chat, element) {
  const stop = chat.conversations.on("changed", () => {
    if (!chat.conversations.loaded) return;
    stop();
    const [first] = chat.conversations.list();
    if (first && !chat.selected && element.clientWidth >= WIDE) chat.select(first.id);
  });
}
