import { el } from "./dom.js";
import { peopleField } from "./people_field.js";

const KINDS = [
  ["direct", "Direct"],
  ["group", "Group"],
  ["channel", "Channel"],
];

/**
 * Asks what is to begin and with whom, and opens it.
 * @param {import("../model/chat.js").Chat} chat
 */
export function newConversation(chat) {
  const kinds = KINDS.map(([value, label], at) => option(value, label, at === 0));
  const name = el("input", { class: "input", name: "name", maxlength: 256, autocomplete: "off" });
  const named = el("label", { class: "labelled" }, el("span", { text: "Name" }), name);
  const open = el("label", { class: "checked" }, el("input", { type: "checkbox", name: "public" }), el("span", { text: "Everybody may join" }));
  const people = peopleField(chat);
  const problem = el("p", { class: "dialog-problem", role: "alert" });
  const form = el(
    "form",
    { class: "form" },
    el("h3", { text: "New conversation" }),
    el("div", { class: "segments", role: "radiogroup", "aria-label": "Kind" }, ...kinds),
    named,
    people.element,
    open,
    problem,
    el("div", { class: "dialog-buttons" }, el("button", { class: "secondary", type: "button", text: "Cancel", onclick: () => dialog.close() }), el("button", { class: "primary", text: "Start" })),
  );
  const dialog = el("dialog", { class: "dialog", "aria-label": "New conversation" }, form);
  const adapt = () => {
    const kind = new FormData(form).get("kind");
    named.hidden = kind === "direct";
    name.required = kind !== "direct";
    open.hidden = kind !== "channel";
    people.allow(kind === "direct" ? 1 : Infinity);
  };
  form.addEventListener("change", adapt);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void start(chat, form, people.chosen(), problem, dialog);
  });
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  adapt();
  dialog.showModal();
}

function option(value, label, checked) {
  return el("label", { class: "segment" }, el("input", { type: "radio", name: "kind", value, checked }), el("span", { text: label }));
}

async function start(chat, form, participants, problem, dialog) {
  const fields = new FormData(form);
  const type = fields.get("kind");
  if (type === "direct" && participants.length !== 1) {
    problem.textContent = "Choose one person.";
    return;
  }
  const name = type === "direct" ? undefined : fields.get("name").trim();
  const visibility = type === "channel" ? (fields.has("public") ? "public" : "private") : undefined;
  try {
    const { id } = chat.conversations.put(await chat.client.createConversation({ type, name, visibility, participants }));
    dialog.close();
    chat.select(id);
  } catch (error) {
    problem.textContent = error.message;
  }
}
