import { remove, toggleReaction } from "../../model/message_actions.js";
import { isEditable } from "../../model/timeline_items.js";
import { confirm } from "../common/confirm.js";
import { closest } from "../common/dom.js";
import { messageMenu } from "./message_menu.js";

/**
 * @typedef {import("../../model/chat.js").Chat} Chat
 * @typedef {import("../../../sdk/js/src/index.js").Message} Message
 * @typedef {import("../../model/timeline_items.js").ShownMessage} ShownMessage
 */

/**
 * Returns the actions of a timeline and attaches the menu to the message under the pointer or with
 * the focus.
 *
 * @param {object} options
 * @param {Chat} options.chat
 * @param {string} options.id
 * @param {HTMLElement} options.items
 * @param {WeakMap<Element, ShownMessage>} options.messages the message of each element
 * @param {(message: Message) => void} options.edit
 */
export function timelineActions({ chat, id, items, messages, edit }) {
  /** @param {ShownMessage} message @param {string} emoji */
  const react = (message, emoji) => {
    if (isEditable(message)) void chat.try(() => toggleReaction(chat, message, emoji));
  };
  /** @param {Message} message */
  const confirmRemove = async (message) => {
    if (!(await confirm("Delete this message for everyone?", "Delete"))) return;
    await chat.try(() => remove(chat, message));
  };
  const menu = messageMenu({ react, edit, remove: (message) => void confirmRemove(message) });
  /** @param {Event} event */
  const attach = (event) => {
    const element = closest(event, ".message");
    if (!element) return;
    const message = messages.get(element);
    if (isEditable(message)) menu.attach(element, message, permissions(chat, id, message));
  };
  items.addEventListener("pointerover", attach);
  items.addEventListener("focusin", attach);
  return {
    react,
    edit,
    remove: confirmRemove,
    focusMenu: menu.focus,
    /** @param {Message} message */
    permissions: (message) => permissions(chat, id, message),
  };
}

/**
 * Returns what the user may do: senders edit and delete their own messages, owners and admins of a
 * group or channel delete any.
 *
 * @param {Chat} chat
 * @param {string} id
 * @param {Message} message
 */
function permissions(chat, id, { sender }) {
  const isMine = sender.id === chat.me.id;
  const { my, type } = chat.conversations.get(id) ?? {};
  const isAdmin = my?.role === "owner" || my?.role === "admin";
  return { canEdit: isMine, canRemove: isMine || (isAdmin && type !== "direct") };
}
