import { el } from "../common/dom.js";
import { membersPanel } from "../members/members_panel.js";
import { chatHeader } from "./chat_header.js";
import { composer } from "./composer.js";
import { timelineView } from "./timeline_view.js";
import { typingIndicator } from "./typing_indicator.js";

/**
 * Returns the view of one conversation: header, timeline, composer and members panel.
 *
 * @param {import("../../model/chat.js").Chat} chat
 * @param {string} id
 */
export function chatView(chat, id) {
  const members = membersPanel(chat, id);
  const header = chatHeader(chat, id, members);
  const input = composer(chat, id);
  const timeline = timelineView(chat, id, input);
  const typing = typingIndicator(chat, id);
  const parts = [header, timeline, typing, input, members];
  return {
    element: el(
      "div",
      { class: "chat", "data-conversation": id },
      ...parts.map((part) => part.element),
    ),
    focus: input.focus,
    dispose: () => parts.forEach((part) => part.dispose()),
  };
}
