import { avatar } from "./avatar.js";
import { presence } from "./chat_header.js";
import { el } from "./dom.js";
import { icon } from "./icon.js";
import { keyed } from "./keyed.js";
import { listening } from "./listening.js";
import { membersForm } from "./members_form.js";

/**
 * Who takes part, and who is there now. Closed at first; Escape closes it.
 * @param {import("../model/chat.js").Chat} chat
 * @param {string} id
 */
export function membersPanel(chat, id) {
  const list = el("ul", { class: "members-list" });
  const close = el("button", { class: "icon-button", type: "button", "aria-label": "Close members" }, icon("close"));
  const element = el("aside", { class: "members", "aria-label": "Members", hidden: true }, el("header", { class: "members-header" }, el("h4", { text: "Members" }), close), list, membersForm(chat, id));
  const panel = { element, opener: undefined, toggle: () => toggle(panel, close), dispose: () => {} };
  close.addEventListener("click", panel.toggle);
  element.addEventListener("keydown", (event) => event.key === "Escape" && panel.toggle());
  const render = () => {
    keyed(list, sorted(chat, id), { key: ({ user }) => user.id, create: () => el("li", { class: "member" }), update: (row, member) => update(row, chat, member) });
  };
  panel.dispose = listening(render, [chat.members, "changed"], [chat.people, "changed"]);
  return panel;
}

function toggle({ element, opener }, close) {
  element.hidden = !element.hidden;
  opener?.setAttribute("aria-expanded", String(!element.hidden));
  (element.hidden ? opener : close)?.focus();
}

function update(row, chat, { user, role }) {
  const person = chat.people.get(user.id);
  const name = user.id === chat.me.id ? `${person.name} (you)` : person.name;
  const online = person.online || user.id === chat.me.id;
  row.replaceChildren(
    avatar({ id: user.id, name: person.name, online }),
    el("span", { class: "member-name", text: name }),
    el("span", { class: "member-seen", text: presence({ ...person, online }) }),
    el("span", { class: "member-role", text: role === "member" ? "" : role }),
  );
}

/** Who runs the conversation first, then by name. */
function sorted(chat, id) {
  const rank = { owner: 0, admin: 1, member: 2 };
  const name = ({ user }) => chat.people.get(user.id).name;
  return chat.members.of(id).sort((a, b) => rank[a.role] - rank[b.role] || name(a).localeCompare(name(b)));
}
