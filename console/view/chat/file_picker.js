import { MAX_FILES } from "../../model/attached_files.js";
import { el } from "../common/dom.js";
import { icon } from "../common/icon.js";

/**
 * Returns the button that attaches files, and attaches files that are dropped on `area` or pasted
 * into it.
 *
 * @param {import("../../model/chat.js").Chat} chat
 * @param {string} id the conversation
 * @param {HTMLElement} area
 */
export function filePicker(chat, id, area) {
  /** @param {File[]} files */
  const add = (files) => {
    if (files.length === 0) return;
    if (!chat.files.add(id, files)) {
      chat.emit("problem", new Error(`A message has at most ${MAX_FILES} files.`));
    }
  };
  const input = el("input", {
    type: "file",
    multiple: true,
    hidden: true,
    "aria-label": "Files to attach",
  });
  input.addEventListener("change", () => {
    add([...(input.files ?? [])]);
    input.value = "";
  });
  area.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length > 0) event.preventDefault();
    add(files);
  });
  acceptDrops(area, add);
  const button = el(
    "button",
    {
      class: "icon-button attach",
      type: "button",
      "aria-label": "Attach files",
      title: "Attach files",
      onclick: () => input.click(),
    },
    icon("clip"),
  );
  return el("span", { class: "file-picker" }, button, input);
}

/** @param {HTMLElement} area @param {(files: File[]) => void} add */
function acceptDrops(area, add) {
  /** @param {DragEvent} event */
  const hasFiles = (event) => event.dataTransfer?.types.includes("Files") === true;
  area.addEventListener("dragover", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    area.toggleAttribute("data-drop", true);
  });
  area.addEventListener("dragleave", (event) => {
    const target = event.relatedTarget;
    if (target instanceof Node && area.contains(target)) return;
    area.toggleAttribute("data-drop", false);
  });
  area.addEventListener("drop", (event) => {
    area.toggleAttribute("data-drop", false);
    if (!hasFiles(event)) return;
    event.preventDefault();
    add([...(event.dataTransfer?.files ?? [])]);
  });
}
