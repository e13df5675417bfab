import { el } from "../common/dom.js";

/** Returns a progress bar of an upload, hidden once it is complete. @param {import("../../model/file_upload.js").FileUpload} upload */
export function uploadProgress(upload) {
  const bar = el("progress", {
    class: "upload-progress",
    max: 100,
    "aria-label": `Upload of ${upload.file.name}`,
  });
  const show = () => {
    bar.value = Math.round(upload.progress * 100);
    bar.hidden = upload.state !== "uploading";
  };
  upload.on("changed", show);
  show();
  return bar;
}
