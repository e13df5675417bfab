import { childElements, el } from "../common/dom.js";
import { reconcileChildren } from "../common/reconcile_children.js";
import { scheduleRender } from "../common/schedule_render.js";
import { conversationRow, updateRow } from "./conversation_row.js";

/**
 * Returns the list of the user's conversations. Arrow keys move the focus, Enter opens.
 *
 * @param {import("../../model/chat.js").Chat} chat
 * @param {() => void} create opens the dialog for a new conversation
 */
export function conversationList(chat, create) {
  const list = el("ul", {
    class: "conversations",
    role: "listbox",
    "aria-label": "Conversations",
  });
  const more = el("button", {
    class: "load-more",
    type: "button",
    text: "Show more",
    hidden: true,
    onclick: () => void chat.try(() => chat.conversations.loadMore()),
  });
  const empty = el(
    "div",
    { class: "list-empty", hidden: true },
    el("p", { text: "No conversations yet." }),
    el("button", {
      class: "primary",
      type: "button",
      text: "Start a conversation",
      onclick: create,
    }),
  );
  const render = scheduleRender(list, () => {
    const conversations = chat.conversations.list();
    reconcileChildren(list, conversations, {
      key: ({ id }) => id,
      create: ({ id }) => conversationRow(() => chat.select(id)),
      update: (row, conversation) => updateRow(row, chat, conversation),
    });
    updateTabStops(list);
    empty.hidden = !chat.conversations.loaded || conversations.length > 0;
    more.hidden = !chat.conversations.hasMore;
  });
  list.addEventListener("keydown", (event) => onKey(event, list));
  for (const source of [chat.conversations, chat.users]) source.on("changed", render);
  chat.typing.on("changed", render);
  chat.on("selected", render);
  return el("div", { class: "list" }, list, more, empty);
}

/** Makes one row reachable with Tab: the focused, else the selected, else the first. @param {HTMLElement} list */
function updateTabStops(list) {
  const rows = childElements(list);
  const focused = rows.find((row) => row === document.activeElement);
  const selected = rows.find((row) => row.getAttribute("aria-selected") === "true");
  const tabStop = focused ?? selected ?? rows[0];
  for (const row of rows) row.tabIndex = row === tabStop ? 0 : -1;
}

/** @param {KeyboardEvent} event @param {HTMLElement} list */
function onKey(event, list) {
  const rows = childElements(list);
  const focused = rows.findIndex((row) => row === document.activeElement);
  /** @type {Partial<Record<string, number>>} */
  const targets = {
    ArrowUp: focused - 1,
    ArrowDown: focused + 1,
    Home: 0,
    End: rows.length - 1,
  };
  const target = rows[targets[event.key] ?? -1];
  if (event.key === "Enter" || event.key === " ") rows[focused]?.click();
  else if (target) target.focus();
  else return;
  event.preventDefault();
  updateTabStops(list);
}
