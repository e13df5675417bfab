import { chatHeader } from "./chat_header.js";
import { composer } from "./composer.js";
import { el } from "./dom.js";
import { membersPanel } from "./members_panel.js";
import { timelineView } from "./timeline_view.js";
import { typingLine } from "./typing_line.js";

/**
 * One conversation: header, messages, composer, members on demand.
 * @param {import("../model/chat.js").Chat} chat
 * @param {string} id
 */
export function chatView(chat, id) {
  const members = membersPanel(chat, id);
  const header = chatHeader(chat, id, members);
  const writer = composer(chat, id);
  const timeline = timelineView(chat, id, { edit: writer.edit, leave: writer.focus });
  const typing = typingLine(chat, id);
  const parts = [header, timeline, typing, writer, members];
  return {
    element: el("div", { class: "chat", "data-conversation": id }, ...parts.map((part) => part.element)),
    focus: writer.focus,
    dispose: () => parts.forEach((part) => part.dispose()),
  };
}
