import { avatar } from "../common/avatar.js";
import { el } from "../common/dom.js";
import { errorText } from "../common/notice.js";
import { clock } from "../common/time.js";
import { attachments } from "./attachments.js";
import { isEmojiOnly } from "./emoji.js";
import { keepFocus } from "./keep_focus.js";
import { reactions } from "./reactions.js";
import { receiptIcon } from "./receipt_icon.js";
import { text } from "./text.js";

/**
 * @typedef {import("../../../sdk/js/src/index.js").Draft} Draft
 * @typedef {import("../../model/timeline_items.js").ShownMessage} ShownMessage
 */

/**
 * @typedef {object} MessageState
 * @property {import("../../model/chat.js").Chat} chat
 * @property {import("../../model/timeline_items.js").MessageItem} item
 * @property {string} name the sender's name
 * @property {boolean} withSender whether the sender's name and avatar are shown
 * @property {import("./receipt_icon.js").Status} [status]
 * @property {(message: ShownMessage, emoji: string) => void} react
 * @property {(draft: Draft) => void} retry
 * @property {(draft: Draft) => void} discard
 */

/** What each element shows, to skip updates without a change. @type {WeakMap<Element, string>} */
const shownStates = new WeakMap();

/** Returns an empty message element, which can be focused. */
export function messageElement() {
  return el("article", { class: "message", tabindex: -1 }, el("div", { class: "message-body" }));
}

/** Updates a message element. Does nothing if nothing changed. @param {HTMLElement} element @param {MessageState} state */
export function updateMessage(element, state) {
  const { item, name, withSender, status } = state;
  const { message, mine, first, last } = item;
  const shown = JSON.stringify([message, name, withSender, status, first, last]);
  if (shownStates.get(element) === shown) return;
  shownStates.set(element, shown);
  element.className = classNames({
    message: true,
    mine,
    theirs: !mine,
    first,
    last,
    "with-sender": withSender,
    deleted: message.deleted_at !== undefined,
  });
  element.setAttribute("aria-label", `${mine ? "You" : name}, ${clock(message.created_at)}`);
  element.dataset.message = message.id ?? "";
  keepFocus(element, () => element.firstElementChild?.replaceChildren(...body(state)));
}

/** @param {Record<string, boolean | undefined>} given */
function classNames(given) {
  const names = Object.keys(given).filter((name) => given[name]);
  return names.join(" ");
}

/** @param {MessageState} state */
function body({ chat, item, name, withSender, status, react, retry, discard }) {
  const { message, first, last } = item;
  const sender = withSender && first ? el("span", { class: "sender", text: name }) : undefined;
  const bubble = el(
    "div",
    { class: "bubble" },
    sender,
    content(message),
    ...attachments(chat, message),
    meta(message, status),
  );
  return [
    withSender && last ? avatar({ id: message.sender.id, name }) : undefined,
    bubble,
    reactions(message, (emoji) => react(message, emoji)),
    message.draft?.state === "failed" ? sendError(message.draft, { retry, discard }) : undefined,
  ].filter((part) => part !== undefined);
}

/** @param {ShownMessage} message @param {MessageState["status"]} status */
function meta({ edited_at, deleted_at, created_at }, status) {
  return el(
    "span",
    { class: "meta" },
    edited_at && !deleted_at ? el("span", { text: "edited" }) : undefined,
    el("time", { datetime: created_at, text: clock(created_at) }),
    status && receiptIcon(status),
  );
}

/** @param {ShownMessage} message */
function content({ content = "", deleted_at }) {
  if (deleted_at) return el("p", { class: "tombstone", text: "This message was deleted" });
  if (content === "") return undefined;
  const emoji = isEmojiOnly(content) ? " content-emoji" : "";
  return el("p", { class: `content${emoji}`, dir: "auto" }, ...text(content));
}

/** Returns the error of a failed draft with its buttons. @param {Draft} draft @param {Pick<MessageState, "retry" | "discard">} actions */
function sendError(draft, { retry, discard }) {
  return el(
    "p",
    { class: "send-error" },
    errorText(draft.error),
    el("button", {
      type: "button",
      text: "Try again",
      onclick: () => retry(draft),
    }),
    el("button", {
      type: "button",
      text: "Discard",
      onclick: () => discard(draft),
    }),
  );
}
