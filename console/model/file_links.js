/**
 * @typedef {import("../../sdk/js/src/index.js").NewFileLink} NewFileLink
 * @typedef {{link: NewFileLink, resolve: (url: string) => void, reject: (error: unknown) => void}} Waiting
 */

/** Links of one request. */
const MAX_BATCH = 100;
/** Links that are kept. */
const MAX_LINKS = 1_000;
/** A link is renewed this long before it expires, in milliseconds. */
const MARGIN_MS = 60_000;

/**
 * Signed links to the content of files, for elements that cannot send credentials. Links that are
 * asked for at the same time are requested together.
 */
export class FileLinks {
  /** @type {Map<string, {url: string, expiresAt: number}>} */
  #links = new Map();
  /** @type {Waiting[]} */
  #waiting = [];

  /** @param {{client: import("../../sdk/js/src/index.js").Client, url: string}} options */
  constructor({ client, url }) {
    this.client = client;
    this.base = url.replace(/\/$/, "");
  }

  /** Returns a link to the content of a file. @param {NewFileLink} link @returns {Promise<string>} */
  url(link) {
    const known = this.#links.get(keyOf(link));
    if (known && known.expiresAt - Date.now() > MARGIN_MS) return Promise.resolve(known.url);
    return new Promise((resolve, reject) => {
      if (this.#waiting.length === 0) setTimeout(() => this.#request());
      this.#waiting.push({ link, resolve, reject });
    });
  }

  #request() {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (let start = 0; start < waiting.length; start += MAX_BATCH) {
      void this.#sign(waiting.slice(start, start + MAX_BATCH));
    }
  }

  /** @param {Waiting[]} batch */
  async #sign(batch) {
    try {
      const { data } = await this.client.createFileLinks(batch.map(({ link }) => link));
      batch.forEach(({ link, resolve }, index) => {
        const url = this.base + data[index].path;
        this.#keep(keyOf(link), url, data[index].expires_at);
        resolve(url);
      });
    } catch (error) {
      // One file that may not be read any more must not hide the others.
      if (batch.length === 1) return batch[0].reject(error);
      for (const one of batch) void this.#sign([one]);
    }
  }

  /** @param {string} key @param {string} url @param {string} expiresAt */
  #keep(key, url, expiresAt) {
    this.#links.delete(key);
    this.#links.set(key, { url, expiresAt: Date.parse(expiresAt) });
    const [oldest] = this.#links.keys();
    if (this.#links.size > MAX_LINKS) this.#links.delete(oldest);
  }
}

/** @param {NewFileLink} link */
function keyOf({ file_id, message_id = "", variant = "", download = false }) {
  return [file_id, message_id, variant, download].join(" ");
}
