import { avatar } from "./avatar.js";
import { el } from "./dom.js";

/**
 * Chooses people: known ones by a click, others by their external ids.
 * @param {import("../model/chat.js").Chat} chat
 */
export function peopleField(chat) {
  const known = chat.people.all().filter(({ id }) => id !== chat.me.id);
  const boxes = known.map((person) => el("input", { type: "checkbox", value: person.id, "aria-label": person.name }));
  const others = el("input", { class: "input", placeholder: "External ids, separated by commas", "aria-label": "External ids of others", autocomplete: "off", spellcheck: "false" });
  let most = Infinity;
  const chosen = () => [...boxes.filter((box) => box.checked).map((box) => box.value), ...externalIds(others.value)];
  for (const box of boxes) {
    box.addEventListener("change", () => {
      if (box.checked && chosen().length > most) boxes.filter((other) => other !== box).forEach((other) => (other.checked = false));
    });
  }
  const choices = known.map((person, at) => el("label", { class: "choice" }, boxes[at], avatar(person), el("span", { text: person.name })));
  const element = el("fieldset", { class: "people" }, el("legend", { text: "People" }), ...choices, others);
  return {
    element,
    chosen,
    /** @param {number} count how many may be chosen */
    allow(count) {
      most = count;
      if (chosen().length > most) boxes.forEach((box) => (box.checked = false));
      if (most === 1 && boxes.length === 1 && others.value === "") boxes[0].checked = true;
    },
  };
}

/** How requests name the users typed. @param {string} typed external ids, parted by commas or blanks */
export function externalIds(typed) {
  return typed.split(/[\s,]+/).filter(Boolean).map((id) => `ext:${id}`);
}
