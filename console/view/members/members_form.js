import { confirm } from "./confirm.js";
import { el } from "./dom.js";
import { externalIds } from "./people_field.js";

/**
 * Brings people into a group or channel, for those who run it, and leaves it.
 * @param {import("../model/chat.js").Chat} chat
 * @param {string} id
 */
export function membersForm(chat, id) {
  const { type, my } = chat.conversations.get(id) ?? {};
  if (type === "direct") return "";
  const runs = my?.role === "owner" || my?.role === "admin";
  const leave = el("button", { class: "secondary", type: "button", text: "Leave conversation", onclick: () => askToLeave(chat, id) });
  return el("div", { class: "members-form" }, runs ? adding(chat, id) : "", leave);
}

function adding(chat, id) {
  const field = el("input", { class: "input", placeholder: "External ids", "aria-label": "External ids of others", autocomplete: "off", spellcheck: "false" });
  const form = el("form", { class: "members-add" }, field, el("button", { class: "primary", text: "Add" }));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const participants = externalIds(field.value);
    if (participants.length === 0) return;
    field.value = "";
    void chat.try(() => chat.client.addParticipants(id, participants));
  });
  return form;
}

async function askToLeave(chat, id) {
  if (await confirm("Leave this conversation?", "Leave")) await chat.try(() => chat.client.leaveConversation(id));
}
