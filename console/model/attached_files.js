import { Emitter } from "../../sdk/js/src/index.js";
import { FileUpload } from "./file_upload.js";

/**
 * @typedef {import("../../sdk/js/src/index.js").Attachment} Attachment
 * @typedef {import("../../sdk/js/src/index.js").Draft} Draft
 */

/** Attachments of one message. */
export const MAX_FILES = 30;

/** Local previews that are kept of images sent from this page. */
const MAX_PREVIEWS = 50;

/**
 * The files of messages that are being written or sent, by conversation.
 *
 * @extends {Emitter<{changed: string}>}
 */
export class AttachedFiles extends Emitter {
  /** @type {Map<string, FileUpload[]>} */
  #uploads = new Map();
  /** @type {WeakMap<Draft, FileUpload[]>} */
  #drafts = new WeakMap();
  /** Local images by file id. @type {Map<string, string>} */
  #previews = new Map();

  /** @param {import("../../sdk/js/src/index.js").Client} client */
  constructor(client) {
    super();
    this.client = client;
  }

  /** Returns the files of the message being written. @param {string} conversation */
  list(conversation) {
    return this.#uploads.get(conversation) ?? [];
  }

  /**
   * Attaches files to the message being written and starts their uploads. Returns whether there was
   * room for all of them.
   *
   * @param {string} conversation
   * @param {File[]} files
   */
  add(conversation, files) {
    const existing = this.list(conversation);
    const added = files.slice(0, MAX_FILES - existing.length);
    const uploads = added.map((file) => new FileUpload(this.client, file));
    this.#set(conversation, [...existing, ...uploads]);
    return added.length === files.length;
  }

  /** Removes a file from the message being written. @param {string} conversation @param {FileUpload} upload */
  remove(conversation, upload) {
    upload.cancel();
    this.#set(
      conversation,
      this.list(conversation).filter((other) => other !== upload),
    );
  }

  /** Takes the files of the message being written, in order to send them. @param {string} conversation */
  take(conversation) {
    const uploads = this.list(conversation);
    this.#set(conversation, []);
    return uploads;
  }

  /** Notes the files of a draft, which shows them until it is sent. @param {Draft} draft @param {FileUpload[]} uploads */
  bind(draft, uploads) {
    this.#drafts.set(draft, uploads);
  }

  /** Returns the files of a draft. @param {Draft} draft */
  ofDraft(draft) {
    return this.#drafts.get(draft) ?? [];
  }

  /** Cancels the uploads of a draft that is discarded. @param {Draft} draft */
  discard(draft) {
    for (const upload of this.ofDraft(draft)) upload.cancel();
  }

  /**
   * Returns the attachments of a draft that was sent, until its event brings those of the server.
   *
   * @param {Draft} draft
   * @returns {Attachment[]}
   */
  sent(draft) {
    return this.ofDraft(draft).map(({ fileId, kind, file, caption, previewUrl }) => {
      if (fileId && previewUrl) this.#keepPreview(fileId, previewUrl);
      return {
        type: kind,
        file_id: fileId,
        name: file.name,
        size: file.size,
        state: /** @type {const} */ ("processing"),
        ...(caption !== "" && { caption }),
      };
    });
  }

  /** Returns the local image of a file that was sent from this page. @param {string} fileId */
  preview(fileId) {
    return this.#previews.get(fileId);
  }

  /** @param {string} fileId @param {string} url */
  #keepPreview(fileId, url) {
    this.#previews.set(fileId, url);
    const [oldest] = this.#previews;
    if (this.#previews.size <= MAX_PREVIEWS) return;
    URL.revokeObjectURL(oldest[1]);
    this.#previews.delete(oldest[0]);
  }

  /** @param {string} conversation @param {FileUpload[]} uploads */
  #set(conversation, uploads) {
    this.#uploads.set(conversation, uploads);
    this.emit("changed", conversation);
  }
}
