import { edit as editMessage } from "../../model/message_actions.js";
import { isEditable } from "../../model/timeline_items.js";
import { el } from "../common/dom.js";
import { icon } from "../common/icon.js";
import { attachmentTray } from "./attachment_tray.js";
import { filePicker } from "./file_picker.js";
import { typingNotifier } from "./typing_notifier.js";

/**
 * @typedef {import("../../model/chat.js").Chat} Chat
 * @typedef {import("../../../sdk/js/src/index.js").Message} Message
 */

/** Characters of one message. */
const MAX_LENGTH = 20_000;

/**
 * @typedef {object} State
 * @property {Chat} chat
 * @property {string} id the conversation
 * @property {HTMLTextAreaElement} field
 * @property {HTMLButtonElement} send
 * @property {HTMLElement} editing the line above the field while a message is edited
 * @property {ReturnType<typeof typingNotifier>} typing
 * @property {Message | undefined} message the message being edited
 */

/**
 * Returns the composer. Enter sends, Shift+Enter inserts a line break, Escape cancels editing, and
 * the up arrow in an empty field edits the user's last message.
 *
 * @param {Chat} chat
 * @param {string} id
 */
export function composer(chat, id) {
  const field = el("textarea", {
    class: "field",
    rows: 1,
    maxlength: MAX_LENGTH,
    placeholder: "Message",
    "aria-label": "Message",
  });
  const send = el(
    "button",
    { class: "send", type: "submit", "aria-label": "Send", title: "Send" },
    icon("send"),
  );
  const cancel = el(
    "button",
    { class: "icon-button", type: "button", "aria-label": "Cancel editing" },
    icon("close"),
  );
  const label = el("span", { text: "Editing message" });
  const editing = el("div", { class: "editing", hidden: true }, icon("edit"), label, cancel);
  const typing = typingNotifier(chat, id);
  /** @type {State} */
  const state = { chat, id, field, send, editing, typing, message: undefined };
  const tray = attachmentTray(chat.files, id);
  const line = el("div", { class: "composer-line" });
  const element = el("form", { class: "composer" }, editing, tray.element, line);
  line.append(filePicker(chat, id, element), field, send);
  const unsubscribe = chat.files.on("changed", () => fit(state));
  element.addEventListener("submit", (event) => {
    event.preventDefault();
    submit(state);
  });
  cancel.addEventListener("click", () => setEdited(state, undefined));
  field.addEventListener("keydown", (event) => onKey(event, state));
  field.addEventListener("input", () => onInput(state));
  field.addEventListener("blur", () => typing.stop());
  setText(state, chat.composerText.get(id) ?? "");
  return {
    element,
    /** Starts editing a message. @param {Message} message */
    edit: (message) => setEdited(state, message),
    focus: () => {
      if (matchMedia("(hover: hover)").matches) field.focus({ preventScroll: true });
    },
    dispose: () => {
      unsubscribe();
      tray.dispose();
      dispose(state);
    },
  };
}

/** @param {KeyboardEvent} event @param {State} state */
function onKey(event, state) {
  if (event.isComposing) return;
  if (event.key === "Enter" && !event.shiftKey) {
    event.preventDefault();
    submit(state);
  } else if (event.key === "Escape" && state.message) {
    setEdited(state, undefined);
  } else if (event.key === "ArrowUp" && state.field.value === "" && !state.message) {
    event.preventDefault();
    setEdited(state, lastOwnMessage(state.chat, state.id));
  }
}

/** @param {State} state */
function submit(state) {
  const content = state.field.value.trim();
  const { chat, id, message } = state;
  if (content === "" && (message || chat.files.list(id).length === 0)) return;
  state.typing.stop();
  if (message) {
    if (content !== message.content) void chat.try(() => editMessage(chat, message, content));
    setEdited(state, undefined);
  } else {
    setText(state, "");
    chat.send(id, content);
  }
}

/** Starts or ends editing. The text typed before is kept. @param {State} state @param {Message | undefined} message */
function setEdited(state, message) {
  if (!state.message) state.chat.composerText.set(state.id, state.field.value);
  state.message = message;
  state.editing.hidden = !message;
  setText(state, message?.content ?? state.chat.composerText.get(state.id) ?? "");
  state.field.focus();
}

/** @param {State} state @param {string} text */
function setText(state, text) {
  state.field.value = text;
  fit(state);
}

/** @param {State} state */
function onInput(state) {
  fit(state);
  if (state.message) return;
  if (state.field.value.trim() === "") state.typing.stop();
  else state.typing.onInput();
}

/** Fits the height to the text, in browsers without `field-sizing`. @param {State} state */
function fit({ chat, id, field, send, message }) {
  const hasFiles = !message && chat.files.list(id).length > 0;
  send.disabled = field.value.trim() === "" && !hasFiles;
  if (CSS.supports("field-sizing", "content")) return;
  field.style.height = "auto";
  if (field.isConnected) field.style.height = `${field.scrollHeight}px`;
}

/** @param {State} state */
function dispose({ chat, id, field, message, typing }) {
  typing.stop();
  if (!message) chat.composerText.set(id, field.value);
}

/** @param {Chat} chat @param {string} id */
function lastOwnMessage(chat, id) {
  const own = chat
    .timeline(id)
    .messages()
    .filter(({ sender }) => sender.id === chat.me.id);
  return own.findLast(isEditable);
}
