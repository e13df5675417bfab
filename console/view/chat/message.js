import { avatar } from "./avatar.js";
import { el } from "./dom.js";
import { isEmojiOnly } from "./emoji.js";
import { reactions } from "./reactions.js";
import { link, text } from "./text.js";
import { ticks } from "./ticks.js";
import { clock } from "./time.js";

/** A message, empty. It can be reached with the arrows. */
export function messageElement() {
  return el("article", { class: "message", tabindex: -1 }, el("div", { class: "message-body" }));
}

/**
 * Brings a message up to date; one that shows this already is left alone.
 * @param {HTMLElement & {shown?: string}} element
 * @param {object} how
 * @param {import("../model/timeline_items.js").Item} how.item
 * @param {string} how.name the sender's
 * @param {boolean} how.named whether the sender's name and face are shown
 * @param {keyof typeof import("./ticks.js").SHOWN | undefined} how.status
 * @param {(message: any, emoji: string) => void} how.react
 * @param {{retry: (draft: any) => void, discard: (draft: any) => void}} how.failed
 */
export function updateMessage(element, how) {
  const { item, name, named, status } = how;
  const { message, mine, first, last } = item;
  const shown = JSON.stringify([message, name, named, status, first, last]);
  if (element.shown === shown) return;
  element.shown = shown;
  element.className = classes({ mine, first, last, named, deleted: message.deleted_at });
  element.setAttribute("aria-label", `${mine ? "You" : name}, ${clock(message.created_at)}`);
  element.dataset.message = message.id ?? "";
  element.querySelector(".message-body").replaceChildren(...body(how));
}

function classes({ mine, first, last, named, deleted }) {
  const given = { mine, theirs: !mine, first, last, named, deleted };
  return ["message", ...Object.keys(given).filter((name) => given[name])].join(" ");
}

function body({ item, name, named, status, react, failed }) {
  const { message, first, last } = item;
  const who = named && first ? el("span", { class: "sender", text: name }) : "";
  const face = named && last ? avatar({ id: message.sender.id, name }) : "";
  const meta = el("span", { class: "meta" });
  if (message.edited_at && !message.deleted_at) meta.append(el("span", { text: "edited" }));
  meta.append(el("time", { datetime: message.created_at, text: clock(message.created_at) }));
  if (status) meta.append(ticks(status));
  const bubble = el("div", { class: "bubble" }, who, content(message), ...files(message), meta);
  return [face, bubble, reactions(message, (emoji) => react(message, emoji)), refusal(message, failed)];
}

function content({ content = "", deleted_at }) {
  if (deleted_at) return el("p", { class: "tombstone", text: "This message was deleted" });
  return el("p", { class: isEmojiOnly(content) ? "content content-emoji" : "content", dir: "auto" }, ...text(content));
}

function files({ attachments = [] }) {
  const open = attachments.filter(({ url }) => /^https?:\/\//.test(url));
  return open.map(({ url, name }) => el("p", { class: "file" }, link(url, name ?? url), host(url)));
}

/** Where a link leads, whatever its label says. @param {string} url */
function host(url) {
  return el("bdi", { class: "file-host", text: URL.canParse(url) ? new URL(url).host : url });
}

/** What can be done with a message that the server refused. */
function refusal({ draft }, { retry, discard }) {
  if (draft?.state !== "failed") return "";
  return el(
    "p",
    { class: "refusal" },
    draft.error?.message ?? "Not sent.",
    el("button", { type: "button", text: "Try again", onclick: () => retry(draft) }),
    el("button", { type: "button", text: "Discard", onclick: () => discard(draft) }),
  );
}
