import { colored, QUICK_REACTIONS } from "./emoji.js";
import { el } from "./dom.js";
import { icon } from "./icon.js";

/**
 * What can be done with a message: react, edit, delete. There is one per timeline; it stands with
 * the message that is pointed at or focused.
 * @param {{react: (message: any, emoji: string) => void, edit: (message: any) => void, remove: (message: any) => void}} verbs
 */
export function messageActions(verbs) {
  let message;
  const reactions = QUICK_REACTIONS.map((emoji) =>
    el("button", { class: "action action-emoji", type: "button", "aria-label": `React with ${colored(emoji)}`, text: colored(emoji), onclick: () => verbs.react(message, emoji) }),
  );
  const edit = action("edit", "Edit", () => verbs.edit(message));
  const remove = action("trash", "Delete", () => verbs.remove(message));
  const element = el("div", { class: "actions", role: "toolbar", "aria-label": "Message actions" }, ...reactions, edit, remove);
  element.addEventListener("keydown", (event) => move(event, element));
  return {
    element,
    /** @param {any} shown @param {{canEdit: boolean, canRemove: boolean}} may */
    standWith(shown, { canEdit, canRemove }) {
      message = shown;
      edit.hidden = !canEdit;
      remove.hidden = !canRemove;
    },
    focus: () => reactions[0].focus(),
  };
}

function action(drawing, label, onclick) {
  return el("button", { class: "action", type: "button", "aria-label": label, title: label, onclick }, icon(drawing));
}

function move(event, element) {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (!step) return;
  const buttons = [...element.children].filter((button) => !button.hidden);
  const at = buttons.indexOf(document.activeElement);
  buttons[(at + step + buttons.length) % buttons.length].focus();
  event.stopPropagation();
}
