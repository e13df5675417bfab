import { el } from "../common/dom.js";
import { errorText } from "../common/notice.js";
import { usersField } from "../members/users_field.js";

/**
 * @typedef {import("../../model/chat.js").Chat} Chat
 * @typedef {import("../../../sdk/js/src/index.js").ConversationType} ConversationType
 */

/** @type {{type: ConversationType, label: string}[]} */
const TYPES = [
  { type: "direct", label: "Direct" },
  { type: "group", label: "Group" },
  { type: "channel", label: "Channel" },
];

/** Opens the dialog that creates a conversation. @param {Chat} chat */
export function newConversation(chat) {
  const form = createForm(chat);
  const dialog = el("dialog", { class: "dialog", "aria-label": "New conversation" }, form.element);
  form.cancel.addEventListener("click", () => dialog.close());
  form.element.addEventListener("change", form.update);
  form.element.addEventListener("submit", async (event) => {
    event.preventDefault();
    const id = await create(chat, form);
    if (id === undefined) return;
    dialog.close();
    chat.select(id);
  });
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  form.update();
  dialog.showModal();
}

/** @param {Chat} chat */
function createForm(chat) {
  const name = el("input", { class: "input", name: "name", maxlength: 256, autocomplete: "off" });
  const nameField = el("label", { class: "labeled-field" }, el("span", { text: "Name" }), name);
  const isPublic = el("input", { type: "checkbox", name: "public" });
  const publicField = el(
    "label",
    { class: "checkbox-field" },
    isPublic,
    el("span", { text: "Anyone can join" }),
  );
  const users = usersField(chat);
  const error = el("p", { class: "dialog-error", role: "alert" });
  const cancel = el("button", { class: "secondary", type: "button", text: "Cancel" });
  const types = TYPES.map(({ type, label }, index) => typeOption(type, label, index === 0));
  const element = el(
    "form",
    { class: "form" },
    el("h3", { text: "New conversation" }),
    el("div", { class: "segments", role: "radiogroup", "aria-label": "Type" }, ...types),
    nameField,
    users.element,
    publicField,
    error,
    el(
      "div",
      { class: "dialog-buttons" },
      cancel,
      el("button", { class: "primary", text: "Create" }),
    ),
  );
  const type = () =>
    TYPES.find((option) => option.type === new FormData(element).get("type"))?.type;
  const update = () => {
    const isDirect = type() === "direct";
    nameField.hidden = isDirect;
    name.required = !isDirect;
    publicField.hidden = type() !== "channel";
    users.setMax(isDirect ? 1 : Infinity);
  };
  return { element, cancel, error, isPublic, name, type, update, users };
}

/** @param {ConversationType} type @param {string} label @param {boolean} checked */
function typeOption(type, label, checked) {
  const input = el("input", { type: "radio", name: "type", value: type, checked });
  return el("label", { class: "segment" }, input, el("span", { text: label }));
}

/**
 * Creates the conversation. Returns its id, or undefined after showing the error in the form.
 *
 * @param {Chat} chat
 * @param {ReturnType<typeof createForm>} form
 */
async function create(chat, { error, isPublic, name, type: selectedType, users }) {
  const type = selectedType() ?? "direct";
  const participants = users.selected();
  if (type === "direct" && participants.length !== 1) {
    error.textContent = "Select one user.";
    return undefined;
  }
  /** @type {"public" | "private"} */
  const channelVisibility = isPublic.checked ? "public" : "private";
  try {
    const conversation = await chat.client.createConversation({
      type,
      participants,
      name: type === "direct" ? undefined : name.value.trim(),
      visibility: type === "channel" ? channelVisibility : undefined,
    });
    return chat.conversations.put(conversation).id;
  } catch (failure) {
    error.textContent = errorText(failure);
    return undefined;
  }
}
