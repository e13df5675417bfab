import { decode, isBlurhashValid } from "../../vendor/blurhash-2.0.5/blurhash.js";
import { el } from "../common/dom.js";
import { imageViewer } from "./image_viewer.js";

/**
 * @typedef {import("../../../sdk/js/src/index.js").Attachment} Attachment
 * @typedef {import("../../../sdk/js/src/index.js").NewFileLink} NewFileLink
 * @typedef {import("../../model/timeline_items.js").ShownMessage} ShownMessage
 * @typedef {import("../../model/chat.js").Chat} Chat
 */

/** Width in pixels of the variant that a timeline shows. */
const SHOWN_WIDTH = 320;
/** Largest height in the timeline, in pixels. */
const MAX_HEIGHT = 360;
/** Width and height of the decoded placeholder, which the browser scales. */
const PLACEHOLDER_SIZE = 32;

/**
 * Returns an image of a message: its blurhash until the thumbnail is loaded. A click opens the
 * viewer.
 *
 * @param {Chat} chat
 * @param {ShownMessage} message
 * @param {Attachment} attachment
 */
export function imageAttachment(chat, message, attachment) {
  const { file_id = "", name = "Image", caption, width, height, blurhash, state } = attachment;
  const image = el("img", { class: "image-content", alt: caption ?? name, draggable: "false" });
  const element = el(
    "button",
    {
      class: "attachment image",
      type: "button",
      "aria-label": `Open ${caption ?? name}`,
      "data-file": file_id,
      onclick: () => imageViewer(chat, message.conversation_id, file_id),
    },
    blurhash ? placeholder(blurhash) : undefined,
    image,
  );
  if (width && height) fit(element, width, height);
  image.addEventListener("load", () => element.toggleAttribute("data-loaded", true));
  const preview = chat.files.preview(file_id);
  if (preview) image.src = preview;
  else if (state === "ready") {
    void chat.try(async () => {
      image.src = await chat.links.url(thumbnail(message, attachment));
    });
  }
  return element;
}

/** Reserves the space of the image, so that the timeline does not move when it is loaded. @param {HTMLElement} element @param {number} width @param {number} height */
function fit(element, width, height) {
  const scale = Math.min(1, SHOWN_WIDTH / width, MAX_HEIGHT / height);
  element.style.width = `${Math.max(48, Math.round(width * scale))}px`;
  element.style.aspectRatio = `${width} / ${height}`;
}

/** Returns the smallest version that fills the timeline. @param {ShownMessage} message @param {Attachment} attachment @returns {NewFileLink} */
function thumbnail({ id }, { file_id = "", variants = [] }) {
  const byWidth = [...variants].sort((a, b) => a.width - b.width);
  const variant = byWidth.find(({ width }) => width >= SHOWN_WIDTH) ?? byWidth.at(-1);
  return { file_id, message_id: id, variant: variant?.name };
}

/** @param {string} blurhash */
function placeholder(blurhash) {
  const size = PLACEHOLDER_SIZE;
  const canvas = el("canvas", { class: "image-placeholder", width: size, height: size });
  if (isBlurhashValid(blurhash).result) {
    const pixels = new ImageData(size, size);
    pixels.data.set(decode(blurhash, size, size));
    canvas.getContext("2d")?.putImageData(pixels, 0, 0);
  }
  return canvas;
}
