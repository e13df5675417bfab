import { avatar } from "../common/avatar.js";
import { el } from "../common/dom.js";

/**
 * Returns a field to select users: known users by a checkbox, others by their external ids.
 *
 * @param {import("../../model/chat.js").Chat} chat
 */
export function usersField(chat) {
  const known = chat.users.all().filter(({ id }) => id !== chat.me.id);
  const boxes = known.map(({ id, name }) =>
    el("input", { type: "checkbox", value: id, "aria-label": name }),
  );
  const others = externalIdsInput("External user IDs, separated by commas");
  let max = Infinity;
  const selected = () => [
    ...boxes.filter((box) => box.checked).map((box) => box.value),
    ...parseExternalIds(others.value),
  ];
  for (const box of boxes) {
    box.addEventListener("change", () => {
      if (!box.checked || selected().length <= max) return;
      for (const other of boxes) other.checked = other === box;
    });
  }
  const choices = known.map((user, index) =>
    el("label", { class: "choice" }, boxes[index], avatar(user), el("span", { text: user.name })),
  );
  const legend = el("legend", { text: "Users" });
  return {
    element: el("fieldset", { class: "users-field" }, legend, ...choices, others),
    selected,
    /** @param {number} count how many users may be selected */
    setMax(count) {
      max = count;
      if (selected().length > max) boxes.forEach((box) => (box.checked = false));
      if (max === 1 && boxes.length === 1 && others.value === "") boxes[0].checked = true;
    },
  };
}

/** Returns an input for external ids. @param {string} placeholder */
export function externalIdsInput(placeholder) {
  return el("input", {
    class: "input",
    placeholder,
    "aria-label": "External user IDs",
    autocomplete: "off",
    spellcheck: "false",
  });
}

/** Returns user references for the API. @param {string} text external ids, separated by commas or spaces */
export function parseExternalIds(text) {
  const ids = text.split(/[\s,]+/).filter(Boolean);
  return ids.map((id) => `ext:${id}`);
}
