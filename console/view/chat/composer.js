import { edit as editMessage } from "../model/message_verbs.js";
import { el } from "./dom.js";
import { icon } from "./icon.js";
import { typist } from "./typist.js";

/** Characters in the content of one message. */
const LONGEST = 20_000;

/**
 * Where messages are written and edited. Enter sends, Shift+Enter breaks the line, Escape leaves the
 * edit, the up arrow in an empty field edits one's last message.
 * @param {import("../model/chat.js").Chat} chat
 * @param {string} id
 */
export function composer(chat, id) {
  const field = el("textarea", { class: "field", rows: 1, maxlength: LONGEST, placeholder: "Message", "aria-label": "Message" });
  const send = el("button", { class: "send", type: "submit", "aria-label": "Send", title: "Send" }, icon("send"));
  const editing = el("div", { class: "editing", hidden: true }, icon("edit"), el("span", { text: "Editing message" }));
  const typing = typist(chat, id);
  const state = { chat, id, field, send, editing, typing, message: undefined };
  editing.append(el("button", { class: "icon-button", type: "button", "aria-label": "Cancel editing", onclick: () => edit(state, undefined) }, icon("close")));
  const element = el("form", { class: "composer" }, editing, el("div", { class: "composer-line" }, field, send));
  element.addEventListener("submit", (event) => {
    event.preventDefault();
    submit(state);
  });
  field.addEventListener("keydown", (event) => onKey(event, state));
  field.addEventListener("input", () => changed(state));
  field.addEventListener("blur", () => typing.stop());
  write(state, chat.typed.get(id) ?? "");
  return {
    element,
    edit: (message) => edit(state, message),
    focus: () => matchMedia("(hover: hover)").matches && field.focus({ preventScroll: true }),
    dispose: () => leave(state),
  };
}

function onKey(event, state) {
  if (event.isComposing) return;
  if (event.key === "Enter" && !event.shiftKey) {
    event.preventDefault();
    submit(state);
  } else if (event.key === "Escape" && state.message) {
    edit(state, undefined);
  } else if (event.key === "ArrowUp" && state.field.value === "" && !state.message) {
    event.preventDefault();
    edit(state, lastOwn(state.chat, state.id));
  }
}

function submit(state) {
  const content = state.field.value.trim();
  const { chat, id, message } = state;
  if (content === "") return;
  state.typing.stop();
  if (message) {
    if (content !== message.content) void chat.try(() => editMessage(chat, message, content));
    edit(state, undefined);
  } else {
    write(state, "");
    chat.outbox.send(id, content);
  }
}

/** Begins to edit a message, or ends that when there is none; what was typed before comes back. */
function edit(state, message) {
  if (!state.message) state.chat.typed.set(state.id, state.field.value);
  state.message = message;
  state.editing.hidden = !message;
  write(state, message?.content ?? state.chat.typed.get(state.id) ?? "");
  state.field.focus();
}

function write(state, content) {
  state.field.value = content;
  fit(state);
}

function changed(state) {
  fit(state);
  if (state.message) return;
  if (state.field.value.trim() === "") state.typing.stop();
  else state.typing.typed();
}

/** As high as the text, up to the stylesheet's limit; most browsers do that by themselves. */
function fit({ field, send }) {
  send.disabled = field.value.trim() === "";
  if (CSS.supports("field-sizing", "content")) return;
  field.style.height = "auto";
  if (field.isConnected) field.style.height = `${field.scrollHeight}px`;
}

function leave({ chat, id, field, message, typing }) {
  typing.stop();
  if (!message) chat.typed.set(id, field.value);
}

function lastOwn(chat, id) {
  return chat.timeline(id).messages().findLast(({ sender, deleted_at }) => sender.id === chat.me.id && !deleted_at);
}
