import { el } from "../common/dom.js";
import { icon } from "../common/icon.js";

/**
 * @typedef {import("../../../sdk/js/src/index.js").Attachment} Attachment
 * @typedef {import("../../model/chat.js").Chat} Chat
 * @typedef {{message: string, attachment: Attachment}} Shown
 */

const ZOOM_STEP = 1.5;
const MAX_ZOOM = 8;

/**
 * Opens an image over the whole page. The arrow keys show the other images of the conversation, `+`
 * and `-` zoom, `0` fits the image, Escape closes.
 *
 * @param {Chat} chat
 * @param {string} conversation
 * @param {string} fileId
 */
export function imageViewer(chat, conversation, fileId) {
  const images = imagesOf(chat, conversation);
  let index = Math.max(
    0,
    images.findIndex(({ attachment }) => attachment.file_id === fileId),
  );
  const image = el("img", { class: "viewer-image", alt: "" });
  const label = el("p", { class: "viewer-label" });
  const frame = el("div", { class: "viewer-frame", tabindex: 0, "aria-label": "Image" }, image);
  const zoom = zoomControl(image);
  const show = () => {
    const { message, attachment } = images[index];
    const { file_id = "", name = "Image", caption } = attachment;
    zoom.fit();
    image.alt = caption ?? name;
    label.textContent = `${caption ?? name} (${index + 1} of ${images.length})`;
    void chat.try(async () => {
      image.src = await chat.links.url({ file_id, message_id: message });
    });
  };
  /** @param {number} by */
  const step = (by) => {
    index = (index + by + images.length) % images.length;
    show();
  };
  const dialog = el(
    "dialog",
    { class: "viewer", "aria-label": "Image viewer" },
    frame,
    el("div", { class: "viewer-bar" }, label, ...buttons(step, zoom, () => dialog.close())),
  );
  dialog.addEventListener("keydown", (event) => onKey(event, step, zoom));
  dialog.addEventListener("close", () => dialog.remove());
  if (images.length === 0) return;
  document.body.append(dialog);
  dialog.showModal();
  show();
}

/** Returns the images of the loaded messages, oldest first. @param {Chat} chat @param {string} conversation @returns {Shown[]} */
function imagesOf(chat, conversation) {
  return chat
    .timeline(conversation)
    .messages()
    .filter(({ deleted_at }) => !deleted_at)
    .flatMap(({ id, attachments = [] }) =>
      attachments
        .filter(({ type, state }) => type === "image" && state === "ready")
        .map((attachment) => ({ message: id, attachment })),
    );
}

/** @param {HTMLImageElement} image */
function zoomControl(image) {
  let scale = 1;
  const apply = () => {
    image.style.width = scale === 1 ? "" : `${scale * 100}%`;
    image.style.maxWidth = scale === 1 ? "" : "none";
    image.style.maxHeight = scale === 1 ? "" : "none";
  };
  /** @param {number} factor */
  const by = (factor) => {
    scale = Math.min(MAX_ZOOM, Math.max(1, scale * factor));
    apply();
  };
  return {
    larger: () => by(ZOOM_STEP),
    smaller: () => by(1 / ZOOM_STEP),
    fit: () => by(0),
  };
}

/** @param {(by: number) => void} step @param {ReturnType<typeof zoomControl>} zoom @param {() => void} close */
function buttons(step, zoom, close) {
  /** @type {[import("../common/icon.js").IconName, string, () => void][]} */
  const all = [
    ["back", "Previous image", () => step(-1)],
    ["next", "Next image", () => step(1)],
    ["smaller", "Zoom out", zoom.smaller],
    ["larger", "Zoom in", zoom.larger],
    ["close", "Close", close],
  ];
  return all.map(([drawing, name, onclick]) =>
    el(
      "button",
      { class: "icon-button", type: "button", "aria-label": name, title: name, onclick },
      icon(drawing),
    ),
  );
}

/** @param {KeyboardEvent} event @param {(by: number) => void} step @param {ReturnType<typeof zoomControl>} zoom */
function onKey(event, step, zoom) {
  /** @type {Partial<Record<string, () => void>>} */
  const actions = {
    ArrowLeft: () => step(-1),
    ArrowRight: () => step(1),
    "+": zoom.larger,
    "-": zoom.smaller,
    0: zoom.fit,
  };
  const action = actions[event.key];
  if (!action) return;
  event.preventDefault();
  action();
}
