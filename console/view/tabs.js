import { el } from "./common/dom.js";

/** @typedef {import("../model/chat.js").Chat} Chat */

/**
 * Returns a tab bar with one tab per user. The stylesheet shows it, and hides the other panes, only
 * in narrow windows.
 *
 * @param {Chat[]} chats
 * @param {HTMLElement[]} panes
 */
export function tabs(chats, panes) {
  const buttons = chats.map((chat, index) => tab(chat, panes[index].id));
  /** @param {number} selected */
  const show = (selected) => {
    panes.forEach((pane, index) => pane.toggleAttribute("data-shown", index === selected));
    buttons.forEach((button, index) => {
      button.setAttribute("aria-selected", String(index === selected));
      button.tabIndex = index === selected ? 0 : -1;
    });
    document.dispatchEvent(new Event("paneshown"));
  };
  buttons.forEach((button, index) => button.addEventListener("click", () => show(index)));
  show(0);
  const bar = el("div", { class: "tabs", role: "tablist", "aria-label": "User" }, ...buttons);
  bar.addEventListener("keydown", (event) => onKey(event, buttons));
  return bar;
}

/** @param {Chat} chat @param {string} paneId */
function tab(chat, paneId) {
  const badge = el("span", { class: "badge" });
  const button = el(
    "button",
    { class: "tab", role: "tab", type: "button", "aria-controls": paneId },
    chat.users.get(chat.me.id).name,
    badge,
  );
  chat.conversations.on("changed", () => {
    const unread = chat.conversations.list().reduce((sum, { my }) => sum + (my?.unread ?? 0), 0);
    badge.textContent = unread > 0 ? String(Math.min(unread, 99)) : "";
  });
  return button;
}

/** @param {KeyboardEvent} event @param {HTMLElement[]} buttons */
function onKey({ key }, buttons) {
  const step = key === "ArrowLeft" ? -1 : key === "ArrowRight" ? 1 : 0;
  if (step === 0) return;
  const focused = buttons.findIndex((button) => button === document.activeElement);
  const next = buttons[(focused + step + buttons.length) % buttons.length];
  next.focus();
  next.click();
}
