import { Emitter, UploadInterruptedError } from "../../sdk/js/src/index.js";

/**
 * @typedef {import("../../sdk/js/src/index.js").Client} Client
 * @typedef {import("../../sdk/js/src/index.js").NewAttachment} NewAttachment
 * @typedef {"image" | "audio" | "video" | "file"} FileKind
 */

/**
 * A file that the user attached to a message being written. It is uploaded at once, while the user
 * is still writing.
 *
 * @extends {Emitter<{changed: undefined}>}
 */
export class FileUpload extends Emitter {
  /** @type {"uploading" | "failed" | "uploaded"} */
  state = "uploading";
  /** Bytes that the server has. */
  sent = 0;
  /** Description for users who do not see the file. */
  caption = "";
  /** The error of a failed upload. @type {unknown} */
  error;
  /** @type {string | undefined} */
  fileId;
  /** The upload to continue after a failure. @type {string | undefined} */
  #uploadId;
  #cancellation = new AbortController();
  /** @type {Promise<string>} */
  #upload;

  /** @param {Client} client @param {File} file */
  constructor(client, file) {
    super();
    this.client = client;
    this.file = file;
    this.kind = kindOf(file.type);
    /** Shows the image before the server has it. */
    this.previewUrl = this.kind === "image" ? URL.createObjectURL(file) : undefined;
    this.#upload = this.#begin();
  }

  /** Part of the file that the server has, from 0 to 1. */
  get progress() {
    if (this.state === "uploaded") return 1;
    return this.file.size === 0 ? 0 : this.sent / this.file.size;
  }

  /** Continues a failed upload where it stopped. */
  resume() {
    if (this.state === "failed") this.#upload = this.#begin();
  }

  /** Stops the upload. What was stored of it is removed. */
  cancel() {
    this.#cancellation.abort();
    if (this.previewUrl) URL.revokeObjectURL(this.previewUrl);
  }

  /**
   * Returns the attachment of a message once the file is uploaded. A failed upload is continued.
   *
   * @returns {Promise<NewAttachment>}
   */
  async attachment() {
    this.resume();
    const file_id = await this.#upload;
    return { file_id, ...(this.caption !== "" && { caption: this.caption }) };
  }

  #begin() {
    const upload = this.#run();
    // No caller may wait for it yet; its state shows the failure.
    upload.catch(() => undefined);
    return upload;
  }

  async #run() {
    this.#set("uploading");
    try {
      this.fileId = await this.client.uploadFile(this.file, {
        uploadId: this.#uploadId,
        signal: this.#cancellation.signal,
        onProgress: ({ sent }) => {
          this.sent = sent;
          this.emit("changed", undefined);
        },
      });
      this.#set("uploaded");
      return this.fileId;
    } catch (error) {
      this.#uploadId = error instanceof UploadInterruptedError ? error.uploadId : undefined;
      this.#set("failed", error);
      throw error;
    }
  }

  /** @param {FileUpload["state"]} state @param {unknown} [error] */
  #set(state, error) {
    this.state = state;
    this.error = error;
    this.emit("changed", undefined);
  }
}

/** Returns the kind of a file by its media type, as the server derives it. @param {string} mediaType @returns {FileKind} */
function kindOf(mediaType) {
  const [major] = mediaType.split("/");
  if (mediaType === "image/svg+xml") return "file";
  return major === "image" || major === "audio" || major === "video" ? major : "file";
}
