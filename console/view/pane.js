import { chatView } from "./chat/chat_view.js";
import { avatar } from "./common/avatar.js";
import { banner } from "./common/banner.js";
import { el } from "./common/dom.js";
import { icon } from "./common/icon.js";
import { notice } from "./common/notice.js";
import { conversationList } from "./conversations/conversation_list.js";
import { newConversation } from "./conversations/new_conversation.js";

/** @typedef {import("../model/chat.js").Chat} Chat */

/** Pane width from which list and conversation are shown together, in pixels; as in the stylesheet. */
const WIDE = 560;

/**
 * Returns the pane of one user: conversation list and selected conversation.
 *
 * @param {Chat} chat
 * @param {string} id of the element
 */
export function pane(chat, id) {
  const { name } = chat.users.get(chat.me.id);
  const create = () => newConversation(chat);
  const main = el("div", { class: "pane-chat" });
  const sidebar = el(
    "aside",
    { class: "sidebar" },
    userHeader(chat, name, create),
    conversationList(chat, create),
  );
  const user = chat.me.external_id ?? chat.me.id;
  const element = el(
    "section",
    { class: "pane", id, "aria-label": name, "data-user": user },
    sidebar,
    main,
    el("div", { class: "pane-notices" }, banner(chat), notice(chat)),
  );
  showSelected(chat, element, main);
  openFirst(chat, element);
  return element;
}

/** @param {Chat} chat @param {string} name @param {() => void} create */
function userHeader(chat, name, create) {
  const state = el("span", { class: "user-state" });
  const show = () => {
    state.textContent = stateText(chat.connection.state.name);
  };
  chat.on("state", show);
  show();
  const button = el(
    "button",
    {
      class: "icon-button",
      type: "button",
      "aria-label": "New conversation",
      title: "New conversation",
      onclick: create,
    },
    icon("compose"),
  );
  const text = el(
    "div",
    { class: "user-text" },
    el("h2", { class: "user-name", text: name }),
    state,
  );
  return el("header", { class: "user-header" }, avatar({ id: chat.me.id, name }), text, button);
}

/** @param {import("../../sdk/js/src/index.js").State["name"]} state */
function stateText(state) {
  if (state === "ready") return "Online";
  return state === "stopped" ? "Disconnected" : "Connecting…";
}

/** Shows the selected conversation. @param {Chat} chat @param {HTMLElement} element @param {HTMLElement} main */
function showSelected(chat, element, main) {
  /** @type {ReturnType<typeof chatView> | undefined} */
  let view;
  /** @param {string} [id] */
  const show = (id) => {
    view?.dispose();
    view = id === undefined ? undefined : chatView(chat, id);
    element.toggleAttribute("data-open", id !== undefined);
    const empty = el("p", { class: "pane-empty", text: "Select a conversation." });
    main.replaceChildren(view?.element ?? empty);
    view?.focus();
  };
  chat.on("selected", show);
  show(undefined);
}

/** Opens the most recent conversation at the start, in wide panes. @param {Chat} chat @param {HTMLElement} element */
function openFirst(chat, element) {
  const unsubscribe = chat.conversations.on("changed", () => {
    if (!chat.conversations.loaded) return;
    unsubscribe();
    const [first] = chat.conversations.list();
    if (first && !chat.selected && element.clientWidth >= WIDE) chat.select(first.id);
  });
}
