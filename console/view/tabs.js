import { el } from "./dom.js";

/**
 * One tab per user, for narrow windows. The stylesheet shows them there only, and hides the other
 * panes there only.
 */
export function tabs(chats, panes) {
  const buttons = chats.map((chat, at) => tab(chat, panes[at].id));
  const show = (at) => {
    panes.forEach((pane, other) => pane.toggleAttribute("data-shown", other === at));
    buttons.forEach((button, other) => {
      button.setAttribute("aria-selected", String(other === at));
      button.tabIndex = other === at ? 0 : -1;
    });
    document.dispatchEvent(new Event("paneshown"));
  };
  buttons.forEach((button, at) => button.addEventListener("click", () => show(at)));
  show(0);
  return el("div", { class: "tabs", role: "tablist", "aria-label": "User", onkeydown: (event) => move(event, buttons) }, ...buttons);
}

function tab(chat, paneId) {
  const badge = el("span", { class: "badge" });
  const button = el("button", { class: "tab", role: "tab", type: "button", "aria-controls": paneId }, chat.people.get(chat.me.id).name, badge);
  chat.conversations.on("changed", () => {
    const unread = chat.conversations.list().reduce((sum, { my }) => sum + (my?.unread ?? 0), 0);
    badge.textContent = unread > 0 ? String(Math.min(unread, 99)) : "";
  });
  return button;
}

function move(event, buttons) {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (!step) return;
  const at = buttons.indexOf(document.activeElement);
  const next = buttons[(at + step + buttons.length) % buttons.length];
  next.focus();
  next.click();
}
