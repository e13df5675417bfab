import { childElements, el } from "../common/dom.js";
import { icon } from "../common/icon.js";
import { colored, QUICK_REACTIONS } from "./emoji.js";

/** @typedef {import("../../../sdk/js/src/index.js").Message} Message */

/**
 * Returns the menu of a message: react, edit, delete. Each timeline has one, which is attached to
 * the message under the pointer or with the focus.
 *
 * @param {object} actions
 * @param {(message: Message, emoji: string) => void} actions.react
 * @param {(message: Message) => void} actions.edit
 * @param {(message: Message) => void} actions.remove
 */
export function messageMenu(actions) {
  /** @type {Message | undefined} */
  let message;
  /** @param {(message: Message) => void} action */
  const run = (action) => () => {
    if (message) action(message);
  };
  const reactions = QUICK_REACTIONS.map((emoji) =>
    el("button", {
      class: "menu-button menu-emoji",
      type: "button",
      "aria-label": `React with ${colored(emoji)}`,
      text: colored(emoji),
      onclick: run((shown) => actions.react(shown, emoji)),
    }),
  );
  const edit = menuButton("edit", "Edit", run(actions.edit));
  const remove = menuButton("trash", "Delete", run(actions.remove));
  const element = el(
    "div",
    { class: "message-menu", role: "toolbar", "aria-label": "Message actions" },
    ...reactions,
    edit,
    remove,
  );
  element.addEventListener("keydown", (event) => onKey(event, element));
  return {
    element,
    /**
     * Attaches the menu to the element of a message.
     *
     * @param {HTMLElement} target
     * @param {Message} shown
     * @param {{canEdit: boolean, canRemove: boolean}} permissions
     */
    attach(target, shown, { canEdit, canRemove }) {
      message = shown;
      edit.hidden = !canEdit;
      remove.hidden = !canRemove;
      if (element.parentElement !== target) target.append(element);
    },
    focus: () => reactions[0].focus(),
  };
}

/** @param {import("../common/icon.js").IconName} drawing @param {string} label @param {() => void} onclick */
function menuButton(drawing, label, onclick) {
  return el(
    "button",
    { class: "menu-button", type: "button", "aria-label": label, title: label, onclick },
    icon(drawing),
  );
}

/** @param {KeyboardEvent} event @param {HTMLElement} element */
function onKey(event, element) {
  const step = event.key === "ArrowLeft" ? -1 : event.key === "ArrowRight" ? 1 : 0;
  if (step === 0) return;
  const buttons = childElements(element).filter((button) => !button.hidden);
  const focused = buttons.findIndex((button) => button === document.activeElement);
  buttons[(focused + step + buttons.length) % buttons.length].focus();
  event.stopPropagation();
}
