import { timelineItems } from "../model/timeline_items.js";
import { title } from "../model/title.js";
import { el } from "./dom.js";
import { icon } from "./icon.js";
import { keyed } from "./keyed.js";
import { listening } from "./listening.js";
import { messageElement, updateMessage } from "./message.js";
import { olderLoader } from "./older_loader.js";
import { oncePerFrame } from "./once_per_frame.js";
import { reading } from "./reading.js";
import { scrollKeeper } from "./scroll_keeper.js";
import { separator } from "./separator.js";
import { timelineActions } from "./timeline_actions.js";
import { timelineKeys } from "./timeline_keys.js";

/**
 * The messages of a conversation, the newest at the foot. Older ones come when they are near.
 * @param {import("../model/chat.js").Chat} chat
 * @param {string} id
 * @param {{edit: (message: any) => void, leave: () => void}} composer
 */
export function timelineView(chat, id, composer) {
  const timeline = chat.timeline(id);
  const items = el("div", { class: "items" });
  const older = el("div", { class: "older" });
  const name = title(chat, chat.conversations.get(id) ?? {});
  const log = el("div", { class: "timeline", role: "log", "aria-label": `Messages with ${name}`, tabindex: 0 }, older, items);
  const down = el("button", { class: "jump", type: "button", "aria-label": "To the newest message", hidden: true }, icon("down"));
  const scroll = scrollKeeper(log, items, (atEnd) => (down.hidden = atEnd));
  const reader = reading(chat, id, log, scroll);
  const loadNear = olderLoader(chat, timeline, log, older);
  const view = { chat, id, timeline, items, readSeq: readBefore(chat, id) };
  view.actions = timelineActions(view, composer.edit);
  const render = oncePerFrame(() => {
    scroll.keep(() => show(view));
    older.toggleAttribute("data-more", timeline.hasOlder);
    reader.check();
    void loadNear();
  });
  down.addEventListener("click", () => scroll.toEnd());
  log.addEventListener("scroll", loadNear);
  log.addEventListener("keydown", timelineKeys(items, view.actions, composer.leave));
  const stopSending = chat.outbox.on("changed", ({ state }) => state === "sending" && scroll.toEnd());
  const sources = [timeline, chat.people, chat.members, chat.outbox].map((source) => [source, "changed"]);
  const stop = listening(render, ...sources);
  const dispose = () => [stop, stopSending, reader.dispose].forEach((end) => end());
  return { element: el("div", { class: "timeline-frame" }, log, down), dispose };
}

/** Up to where the conversation was read when it was opened, if something new is there. */
function readBefore(chat, id) {
  const my = chat.conversations.get(id)?.my;
  return my?.unread > 0 ? my.read_seq : undefined;
}

function show(view) {
  const { chat, id, timeline, items } = view;
  const messages = timeline.messages();
  const drafts = chat.outbox.pending(id);
  keyed(items, timelineItems({ messages, drafts, me: chat.me.id, readSeq: view.readSeq }), {
    key: ({ key }) => key,
    create: ({ kind, time }) => (kind === "message" ? messageElement() : separator(kind, time)),
    update: (element, item) => item.kind === "message" && update(view, element, item),
  });
}

function update({ chat, id, actions }, element, item) {
  const { message, mine } = item;
  element.message = message;
  updateMessage(element, {
    item,
    name: chat.people.get(message.sender.id).name,
    named: !mine && chat.conversations.get(id)?.type !== "direct",
    status: mine && !message.deleted_at ? (message.draft?.state ?? chat.members.status(message)) : undefined,
    react: actions.react,
    failed: { retry: (draft) => chat.outbox.retry(draft), discard: (draft) => chat.outbox.discard(draft) },
  });
}
