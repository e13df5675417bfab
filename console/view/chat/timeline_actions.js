import { remove, toggleReaction } from "../model/message_verbs.js";
import { confirm } from "./confirm.js";
import { messageActions } from "./message_actions.js";

/**
 * The actions of a timeline, which stand with the message that is pointed at or focused.
 * @param {{chat: import("../model/chat.js").Chat, id: string, items: HTMLElement}} view
 * @param {(message: any) => void} edit
 */
export function timelineActions({ chat, id, items }, edit) {
  const react = (message, emoji) => void chat.try(() => toggleReaction(chat, message, emoji));
  const ask = async (message) => {
    if (await confirm("Delete this message for everybody?", "Delete")) await chat.try(() => remove(chat, message));
  };
  const actions = messageActions({ react, edit, remove: ask });
  const standWith = ({ target }) => {
    const element = target.closest(".message");
    if (!element?.message?.id || element.message.deleted_at) return;
    actions.standWith(element.message, may(chat, id, element.message));
    if (actions.element.parentElement !== element) element.append(actions.element);
  };
  items.addEventListener("pointerover", standWith);
  items.addEventListener("focusin", standWith);
  return { react, edit, remove: ask, focus: actions.focus, may: (message) => may(chat, id, message) };
}

/** Senders edit and delete their own; who runs the conversation deletes anybody's. */
function may(chat, id, { sender }) {
  const mine = sender.id === chat.me.id;
  const runs = ["owner", "admin"].includes(chat.conversations.get(id)?.my?.role);
  return { canEdit: mine, canRemove: mine || (runs && chat.conversations.get(id)?.type !== "direct") };
}
