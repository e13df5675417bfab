import { confirm } from "../common/confirm.js";
import { el } from "../common/dom.js";
import { externalIdsInput, parseExternalIds } from "./users_field.js";

/** @typedef {import("../../model/chat.js").Chat} Chat */

/**
 * Returns the form that adds members, for owners and admins, and leaves the conversation. A direct
 * conversation has none.
 *
 * @param {Chat} chat
 * @param {string} id
 */
export function membersForm(chat, id) {
  const { type, my } = chat.conversations.get(id) ?? {};
  if (type === "direct") return undefined;
  const canAdd = my?.role === "owner" || my?.role === "admin";
  const leave = el("button", {
    class: "secondary",
    type: "button",
    text: "Leave conversation",
    onclick: () => void confirmLeave(chat, id),
  });
  return el("div", { class: "members-form" }, canAdd ? addForm(chat, id) : undefined, leave);
}

/** @param {Chat} chat @param {string} id */
function addForm(chat, id) {
  const input = externalIdsInput("External user IDs");
  const button = el("button", { class: "primary", text: "Add" });
  const form = el("form", { class: "members-add" }, input, button);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const participants = parseExternalIds(input.value);
    if (participants.length === 0) return;
    input.value = "";
    void chat.try(() => chat.client.addParticipants(id, participants));
  });
  return form;
}

/** @param {Chat} chat @param {string} id */
async function confirmLeave(chat, id) {
  if (!(await confirm("Leave this conversation?", "Leave"))) return;
  await chat.try(() => chat.client.leaveConversation(id));
}
