import { el } from "../common/dom.js";
import { subscribe } from "../common/subscribe.js";

/**
 * Returns the line that names the users who are typing.
 *
 * @param {import("../../model/chat.js").Chat} chat
 * @param {string} id
 */
export function typingIndicator(chat, id) {
  const text = el("span", { role: "status" });
  const dots = el(
    "span",
    { class: "typing-dots", "aria-hidden": "true" },
    el("i"),
    el("i"),
    el("i"),
  );
  const element = el("div", { class: "typing" }, dots, text);
  const render = () => {
    const names = chat.typing.usersIn(id).map((userId) => chat.users.get(userId).name);
    element.toggleAttribute("data-active", names.length > 0);
    text.textContent = sentence(names);
  };
  return { element, dispose: subscribe(render, chat.typing) };
}

/** @param {string[]} names */
function sentence(names) {
  if (names.length === 0) return "";
  if (names.length > 2) return "Several people are typing…";
  return `${names.join(" and ")} ${names.length === 1 ? "is" : "are"} typing…`;
}
