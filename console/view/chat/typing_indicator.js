import { el } from "./dom.js";
import { listening } from "./listening.js";

/** Who is writing at the moment. */
export function typingLine(chat, id) {
  const words = el("span", { role: "status" });
  const dots = el("span", { class: "typing-dots", "aria-hidden": "true" }, el("i"), el("i"), el("i"));
  const element = el("div", { class: "typing" }, dots, words);
  const render = () => {
    const names = chat.typing.in(id).map((userId) => chat.people.get(userId).name);
    element.toggleAttribute("data-active", names.length > 0);
    words.textContent = sentence(names);
  };
  return { element, dispose: listening(render, [chat.typing, "changed"]) };
}

function sentence(names) {
  if (names.length === 0) return "";
  if (names.length > 2) return "Several people are typing…";
  return `${names.join(" and ")} ${names.length === 1 ? "is" : "are"} typing…`;
}
