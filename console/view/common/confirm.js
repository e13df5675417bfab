import { el } from "./dom.js";

/**
 * Asks for confirmation of an action that cannot be undone.
 *
 * @param {string} question
 * @param {string} action the label of the button
 * @returns {Promise<boolean>}
 */
export function confirm(question, action) {
  const buttons = el(
    "div",
    { class: "dialog-buttons" },
    el("button", { class: "secondary", value: "", text: "Cancel" }),
    el("button", { class: "danger", value: "yes", text: action, autofocus: true }),
  );
  const form = el(
    "form",
    { method: "dialog" },
    el("p", { class: "dialog-question", text: question }),
    buttons,
  );
  const dialog = el("dialog", { class: "dialog dialog-small", "aria-label": question }, form);
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
  });
}
