import { el } from "./dom.js";

/**
 * Asks before something that cannot be undone.
 * @param {string} question
 * @param {string} verb
 * @returns {Promise<boolean>}
 */
export function confirm(question, verb) {
  const dialog = el(
    "dialog",
    { class: "dialog dialog-small", "aria-label": question },
    el(
      "form",
      { method: "dialog" },
      el("p", { class: "dialog-question", text: question }),
      el("div", { class: "dialog-buttons" }, el("button", { class: "secondary", value: "", text: "Cancel" }), el("button", { class: "danger", value: "yes", text: verb, autofocus: true })),
    ),
  );
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
  });
}
