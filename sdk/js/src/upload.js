import { Backoff } from "./backoff.js";
import { delay } from "./delay.js";
import { OutcomeUnknownError, Problem, isTransient, retryAfter } from "./problem.js";

/**
 * @typedef {object} UploadOptions
 * @property {"attachment" | "avatar" | "branding" | "encrypted"} [purpose] `attachment` by default
 * @property {string} [name] the file name; that of a `File` by default
 * @property {string} [contentType] the media type; that of the blob by default
 * @property {(progress: {sent: number, total: number}) => void} [onProgress] called after each part, with the bytes stored
 * @property {AbortSignal} [signal] cancels the upload and removes what was stored of it
 * @property {string} [uploadId] continues an upload that failed with {@link UploadInterruptedError}
 */

/** An upload that stopped before its end. The bytes stored so far are kept for 24 hours. */
export class UploadInterruptedError extends Error {
  /** @param {string} uploadId continues the upload @param {unknown} cause */
  constructor(uploadId, cause) {
    super("The upload was interrupted.", { cause });
    this.name = "UploadInterruptedError";
    this.uploadId = uploadId;
  }
}

const TUS = { "tus-resumable": "1.0.0" };
const KIB = 1_024;
/** Size of the first part. Small, so that a slow connection shows progress. */
const FIRST_PART = 256 * KIB;
const SMALLEST_PART = 64 * KIB;
const LARGEST_PART = 8 * KIB * KIB;
/** Parts are sized so that one takes about this time, in milliseconds. */
const PART_MS = 1_000;
/** Failed attempts without a stored byte in between after which an upload is interrupted. */
const MAX_FAILURES = 6;

/**
 * Uploads a file in parts, by the tus 1.0 protocol. After a lost connection the server is asked how
 * much it has, and the upload continues there.
 *
 * @param {import("./http.js").Http} http
 * @param {Blob} file
 * @param {UploadOptions} options
 * @returns {Promise<string>} the id of the file
 */
export async function upload(http, file, options) {
  const { signal } = options;
  const id = options.uploadId ?? (await create(http, file, options));
  try {
    await append(http, file, id, options);
    return id;
  } catch (error) {
    if (signal?.aborted) await remove(http, id);
    else if (isTransient(error)) throw new UploadInterruptedError(id, error);
    throw error;
  }
}

/** @param {import("./http.js").Http} http @param {Blob} file @param {UploadOptions} options */
async function create(http, file, { purpose, name, contentType, signal }) {
  const metadata = Object.entries({
    filename: name ?? (file instanceof File ? file.name : undefined),
    filetype: contentType || file.type || undefined,
    purpose,
  }).flatMap(([key, value]) => (value === undefined ? [] : [`${key} ${base64(value)}`]));
  const headers = {
    ...TUS,
    "upload-length": String(file.size),
    ...(metadata.length > 0 && { "upload-metadata": metadata.join(",") }),
  };
  const backoff = new Backoff(http.backoff);
  for (let left = http.attempts; ; left -= 1) {
    try {
      const response = await http.exchange("POST", "/v1/uploads", { headers, signal });
      const id = response.headers.get("location")?.split("/").pop();
      if (id) return id;
      throw new OutcomeUnknownError("The response has no location.");
    } catch (error) {
      if (left <= 1 || !isTransient(error)) throw error;
      await delay(backoff.next(retryAfter(error)), signal);
    }
  }
}

/**
 * @param {import("./http.js").Http} http
 * @param {Blob} file
 * @param {string} id
 * @param {UploadOptions} options
 */
async function append(http, file, id, { onProgress, signal, uploadId }) {
  const backoff = new Backoff(http.backoff);
  let offset = uploadId === undefined ? 0 : await storedBytes(http, id, signal);
  let size = FIRST_PART;
  let failures = 0;
  onProgress?.({ sent: offset, total: file.size });
  while (offset < file.size) {
    const started = performance.now();
    try {
      offset = await sendPart(http, id, file.slice(offset, offset + size), { offset, signal });
      size = nextSize(size, performance.now() - started);
      failures = 0;
      backoff.reset();
      onProgress?.({ sent: offset, total: file.size });
    } catch (error) {
      const isBehind = error instanceof Problem && error.code === "upload_offset_mismatch";
      failures += 1;
      if (failures >= MAX_FAILURES || !(isBehind || isTransient(error))) throw error;
      size = Math.max(SMALLEST_PART, size / 4);
      await delay(backoff.next(retryAfter(error)), signal);
      offset = await storedBytes(http, id, signal).catch((reason) => {
        if (isTransient(reason)) return offset;
        throw reason;
      });
    }
  }
}

/**
 * Sends one part and returns the bytes stored then.
 *
 * @param {import("./http.js").Http} http
 * @param {string} id
 * @param {Blob} content
 * @param {{offset: number, signal?: AbortSignal}} options
 */
async function sendPart(http, id, content, { offset, signal }) {
  const headers = {
    ...TUS,
    "content-type": "application/offset+octet-stream",
    "upload-offset": String(offset),
  };
  const response = await http.exchange("PATCH", pathOf(id), { headers, content, signal });
  return Number(response.headers.get("upload-offset") ?? offset + content.size);
}

/** @param {import("./http.js").Http} http @param {string} id @param {AbortSignal} [signal] */
async function storedBytes(http, id, signal) {
  const { headers } = await http.exchange("HEAD", pathOf(id), { headers: TUS, signal });
  return Number(headers.get("upload-offset"));
}

/** Removes a canceled upload. If this fails, the server removes it after 24 hours. @param {import("./http.js").Http} http @param {string} id */
async function remove(http, id) {
  await http.exchange("DELETE", pathOf(id), { headers: TUS }).catch(() => undefined);
}

/** @param {number} size @param {number} ms the time that the part took */
function nextSize(size, ms) {
  const wanted = (size * PART_MS) / Math.max(ms, 1);
  return Math.round(Math.min(LARGEST_PART, size * 2, Math.max(SMALLEST_PART, wanted)));
}

/** @param {string} id */
function pathOf(id) {
  return `/v1/uploads/${encodeURIComponent(id)}`;
}

/** Returns text as base64 of its UTF-8. @param {string} text */
function base64(text) {
  return btoa(String.fromCodePoint(...new TextEncoder().encode(text)));
}
