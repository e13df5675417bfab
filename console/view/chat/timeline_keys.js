import { isEditable } from "../../model/timeline_items.js";

/**
 * @typedef {import("../../model/timeline_items.js").ShownMessage} ShownMessage
 * @typedef {ReturnType<typeof import("./timeline_actions.js").timelineActions>} Actions
 */

/**
 * Returns the keyboard handler of a timeline. Up, Down, Home and End move the focus; r reacts,
 * e edits, Delete deletes; Escape moves the focus to the composer.
 *
 * @param {HTMLElement} items
 * @param {WeakMap<Element, ShownMessage>} messages the message of each element
 * @param {Actions} actions
 * @param {() => void} leave
 */
export function timelineKeys(items, messages, actions, leave) {
  /** @param {KeyboardEvent} event */
  return (event) => {
    /** @type {HTMLElement[]} */
    const elements = [...items.querySelectorAll("article")];
    const current = document.activeElement?.closest("article");
    const focused = elements.findIndex((element) => element === current);
    const last = elements.length - 1;
    /** @type {Partial<Record<string, number>>} */
    const targets = {
      ArrowUp: focused < 0 ? last : focused - 1,
      ArrowDown: focused < 0 ? last : focused + 1,
      Home: 0,
      End: last,
    };
    const target = elements[targets[event.key] ?? -1];
    const message = current ? messages.get(current) : undefined;
    if (target) target.focus();
    else if (event.key === "Escape") leave();
    else if (!run(event.key, message, actions)) return;
    event.preventDefault();
  };
}

/** Runs the action of a key. Returns whether there was one. @param {string} key @param {ShownMessage | undefined} message @param {Actions} actions */
function run(key, message, actions) {
  if (!isEditable(message)) return false;
  const { canEdit, canRemove } = actions.permissions(message);
  if (key === "r") actions.focusMenu();
  else if (key === "e" && canEdit) actions.edit(message);
  else if (key === "Delete" && canRemove) void actions.remove(message);
  else return false;
  return true;
}
