import { el } from "../common/dom.js";
import { icon } from "../common/icon.js";
import { byteSize } from "../common/byte_size.js";
import { audioPlayer } from "./audio_player.js";
import { imageAttachment } from "./image_attachment.js";
import { link } from "./text.js";
import { uploadProgress } from "./upload_progress.js";

/**
 * @typedef {import("../../../sdk/js/src/index.js").Attachment} Attachment
 * @typedef {import("../../model/timeline_items.js").ShownMessage} ShownMessage
 * @typedef {import("../../model/chat.js").Chat} Chat
 */

/** Why the content of a file is not available, by its state. @type {Record<string, string>} */
const UNAVAILABLE = {
  removed: "This file was removed",
  blocked: "This file was blocked",
  failed: "This file could not be received",
};

/** Returns the attachments of a message. @param {Chat} chat @param {ShownMessage} message */
export function attachments(chat, message) {
  if (message.deleted_at) return [];
  if (message.draft) return chat.files.ofDraft(message.draft).map(draftFile);
  return (message.attachments ?? []).flatMap((attachment) =>
    attachment.file_id ? [fileAttachment(chat, message, attachment)] : urlAttachment(attachment),
  );
}

/** @param {import("../../model/file_upload.js").FileUpload} upload */
function draftFile(upload) {
  const { file, previewUrl, caption } = upload;
  const shown = previewUrl
    ? el("img", { class: "image-content", src: previewUrl, alt: caption || file.name })
    : el("span", { class: "file-name", text: file.name });
  return el("div", { class: "attachment attachment-draft" }, shown, uploadProgress(upload));
}

/** @param {Chat} chat @param {ShownMessage} message @param {Attachment} attachment */
function fileAttachment(chat, message, attachment) {
  const { type, state = "" } = attachment;
  const reason = UNAVAILABLE[state];
  if (reason) return el("p", { class: "file-unavailable", text: reason });
  if (type === "image") return imageAttachment(chat, message, attachment);
  if (type === "audio" && state === "ready") return audioPlayer(chat, message, attachment);
  if (type === "video" && state === "ready") return videoPlayer(chat, message, attachment);
  return fileRow(chat, message, attachment);
}

/** @param {Chat} chat @param {ShownMessage} message @param {Attachment} attachment */
function fileRow(chat, message, { file_id = "", name = "File", size, caption, state }) {
  const download = async () => {
    const url = await chat.links.url({ file_id, message_id: message.id, download: true });
    el("a", { href: url, download: name }).click();
  };
  return el(
    "button",
    {
      class: "attachment file-row",
      type: "button",
      title: caption,
      "aria-label": `Download ${name}`,
      disabled: state !== "ready",
      onclick: () => void chat.try(download),
    },
    icon("file"),
    el("bdi", { class: "file-name", text: name }),
    el("span", { class: "file-size", text: size === undefined ? "" : byteSize(size) }),
  );
}

/** @param {Chat} chat @param {ShownMessage} message @param {Attachment} attachment */
function videoPlayer(chat, message, { file_id = "", name = "Video", caption, width, height }) {
  const video = el("video", {
    class: "attachment video",
    controls: true,
    preload: "metadata",
    "aria-label": caption ?? name,
  });
  if (width && height) video.style.aspectRatio = `${width} / ${height}`;
  const load = async () => {
    const time = video.currentTime;
    video.src = await chat.links.url({ file_id, message_id: message.id });
    video.currentTime = time;
  };
  // A link expires while the page is open: the first failure asks for another one.
  video.addEventListener("error", () => void chat.try(load), { once: true });
  void chat.try(load);
  return video;
}

/** @param {Attachment} attachment */
function urlAttachment({ url = "", name }) {
  if (!/^https?:\/\//.test(url)) return [];
  return [el("p", { class: "file" }, link(url, name ?? url), hostOf(url))];
}

/** Returns the host of a link. The name of an attachment may look like another address. @param {string} url */
function hostOf(url) {
  return el("bdi", {
    class: "file-host",
    text: URL.canParse(url) ? new URL(url).host : url,
  });
}
