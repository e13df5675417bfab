import { avatar } from "../common/avatar.js";
import { el } from "../common/dom.js";
import { icon } from "../common/icon.js";
import { presence } from "../common/presence.js";
import { reconcileChildren } from "../common/reconcile_children.js";
import { subscribe } from "../common/subscribe.js";
import { membersForm } from "./members_form.js";

/**
 * @typedef {import("../../model/chat.js").Chat} Chat
 * @typedef {import("../../../sdk/js/src/index.js").Participant} Participant
 */

/**
 * Returns the panel with the members of a conversation and their presence. It is closed at first;
 * Escape closes it.
 *
 * @param {Chat} chat
 * @param {string} id
 */
export function membersPanel(chat, id) {
  const list = el("ul", { class: "members-list" });
  const close = el(
    "button",
    { class: "icon-button", type: "button", "aria-label": "Close members" },
    icon("close"),
  );
  const header = el("header", { class: "members-header" }, el("h4", { text: "Members" }), close);
  const element = el(
    "aside",
    { class: "members", "aria-label": "Members", hidden: true },
    header,
    list,
    membersForm(chat, id),
  );
  /** @param {HTMLElement} opener the button that opens the panel */
  const toggle = (opener) => {
    element.hidden = !element.hidden;
    opener.setAttribute("aria-expanded", String(!element.hidden));
    (element.hidden ? opener : close).focus();
  };
  const render = () => {
    reconcileChildren(list, sorted(chat, id), {
      key: ({ user }) => user.id,
      create: () => el("li", { class: "member" }),
      update: (row, member) => update(row, chat, member),
    });
  };
  const dispose = subscribe(render, chat.members, chat.users);
  /** Connects the button that opens the panel. @param {HTMLElement} opener */
  const setOpener = (opener) => {
    opener.addEventListener("click", () => toggle(opener));
    close.addEventListener("click", () => toggle(opener));
    element.addEventListener("keydown", (event) => {
      if (event.key === "Escape") toggle(opener);
    });
  };
  return { element, setOpener, dispose };
}

/** @param {HTMLElement} row @param {Chat} chat @param {Participant} member */
function update(row, chat, { user, role }) {
  const known = chat.users.get(user.id);
  const isMe = user.id === chat.me.id;
  const online = known.online || isMe;
  row.replaceChildren(
    avatar({ id: user.id, name: known.name, online }),
    el("span", { class: "member-name", text: isMe ? `${known.name} (you)` : known.name }),
    el("span", { class: "member-presence", text: presence({ ...known, online }) }),
    el("span", { class: "member-role", text: role === "member" ? "" : role }),
  );
}

const RANK = { owner: 0, admin: 1, member: 2 };

/** Returns the members by role, then by name. @param {Chat} chat @param {string} id */
function sorted(chat, id) {
  /** @param {Participant} member */
  const name = ({ user }) => chat.users.get(user.id).name;
  return chat.members
    .list(id)
    .sort((a, b) => RANK[a.role] - RANK[b.role] || name(a).localeCompare(name(b)));
}
