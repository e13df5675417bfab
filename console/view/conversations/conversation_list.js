import { conversationRow, updateRow } from "./conversation_row.js";
import { el } from "./dom.js";
import { keyed } from "./keyed.js";
import { oncePerFrame } from "./once_per_frame.js";

/**
 * The user's conversations. Arrows move, Enter opens.
 * @param {import("../model/chat.js").Chat} chat
 * @param {() => void} begin starts a new conversation
 */
export function conversationList(chat, begin) {
  const list = el("ul", { class: "conversations", role: "listbox", "aria-label": "Conversations" });
  const more = el("button", { class: "more", type: "button", text: "Show more", onclick: () => chat.try(() => chat.conversations.loadMore()) });
  const empty = el(
    "div",
    { class: "list-empty" },
    el("p", { text: "No conversations yet." }),
    el("button", { class: "primary", type: "button", text: "Start one", onclick: begin }),
  );
  const render = oncePerFrame(() => {
    const conversations = chat.conversations.list();
    keyed(list, conversations, {
      key: ({ id }) => id,
      create: ({ id }) => conversationRow(() => chat.select(id)),
      update: (row, conversation) => updateRow(row, chat, conversation),
    });
    makeReachable(list);
    empty.hidden = !chat.conversations.loaded || conversations.length > 0;
    more.hidden = !chat.conversations.hasMore;
  });
  list.addEventListener("keydown", (event) => move(event, list));
  for (const source of [chat.conversations, chat.people, chat.typing]) source.on("changed", render);
  chat.on("selected", render);
  empty.hidden = more.hidden = true;
  return el("div", { class: "list" }, list, more, empty);
}

/** Tab leads to one row only: the focused, else the selected, else the first. */
function makeReachable(list) {
  const rows = [...list.children];
  const focused = rows.find((row) => row === document.activeElement);
  const reachable = focused ?? rows.find((row) => row.getAttribute("aria-selected") === "true") ?? rows[0];
  for (const row of rows) row.tabIndex = row === reachable ? 0 : -1;
}

function move(event, list) {
  const rows = [...list.children];
  const at = rows.indexOf(document.activeElement);
  const target = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: rows.length - 1 }[event.key];
  if (event.key === "Enter" || event.key === " ") rows[at]?.click();
  else if (rows[target]) rows[target].focus();
  else return;
  event.preventDefault();
  makeReachable(list);
}
