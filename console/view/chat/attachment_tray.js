import { el } from "../common/dom.js";
import { icon } from "../common/icon.js";
import { errorText } from "../common/notice.js";
import { reconcileChildren } from "../common/reconcile_children.js";
import { uploadProgress } from "./upload_progress.js";

/** @typedef {import("../../model/file_upload.js").FileUpload} FileUpload */

/** Longest description of a file, in characters. */
const MAX_CAPTION = 1_000;

/**
 * Returns the files attached to the message being written: preview, progress, description, and a
 * button that removes the file.
 *
 * @param {import("../../model/attached_files.js").AttachedFiles} files
 * @param {string} id the conversation
 */
export function attachmentTray(files, id) {
  const element = el("ul", { class: "tray", "aria-label": "Attached files" });
  /** @type {WeakMap<FileUpload, string>} */
  const keys = new WeakMap();
  let count = 0;
  /** @param {FileUpload} upload */
  const key = (upload) => {
    const known = keys.get(upload) ?? String((count += 1));
    keys.set(upload, known);
    return known;
  };
  const show = () => {
    const uploads = files.list(id);
    element.hidden = uploads.length === 0;
    reconcileChildren(element, uploads, {
      key,
      create: (upload) => trayItem(upload, () => files.remove(id, upload)),
      update: () => undefined,
    });
  };
  const unsubscribe = files.on("changed", (conversation) => {
    if (conversation === id) show();
  });
  show();
  return { element, dispose: unsubscribe };
}

/** @param {FileUpload} upload @param {() => void} remove */
function trayItem(upload, remove) {
  const { file, kind, previewUrl } = upload;
  const error = el("p", { class: "tray-error" });
  const retry = el("button", {
    class: "tray-retry",
    type: "button",
    text: "Continue",
    onclick: () => upload.resume(),
  });
  const element = el(
    "li",
    { class: `tray-item tray-${kind}` },
    previewUrl
      ? el("img", { class: "tray-preview", src: previewUrl, alt: "" })
      : el("span", { class: "tray-preview" }, icon("file")),
    el("span", { class: "tray-name", text: file.name, title: file.name }),
    uploadProgress(upload),
    error,
    retry,
    kind === "image" ? captionField(upload) : undefined,
    el(
      "button",
      {
        class: "icon-button tray-remove",
        type: "button",
        "aria-label": `Remove ${file.name}`,
        title: "Remove",
        onclick: remove,
      },
      icon("close"),
    ),
  );
  const show = () => {
    error.textContent = upload.state === "failed" ? errorText(upload.error) : "";
    retry.hidden = upload.state !== "failed";
  };
  upload.on("changed", show);
  show();
  return element;
}

/** @param {FileUpload} upload */
function captionField(upload) {
  const field = el("input", {
    class: "tray-caption",
    type: "text",
    maxlength: MAX_CAPTION,
    value: upload.caption,
    placeholder: "Describe this image",
    "aria-label": `Description of ${upload.file.name}`,
  });
  field.addEventListener("input", () => (upload.caption = field.value.trim()));
  return field;
}
