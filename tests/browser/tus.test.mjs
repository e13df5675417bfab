import assert from "node:assert/strict";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { World } from "./world.mjs";

const CLIENT = new URL("node_modules/tus-js-client/dist/tus.min.js", import.meta.url);

/** @type {World} */
let world;
/** A server with another origin than caas. @type {import("node:http").Server} */
let other;
before(async () => {
  world = await World.open();
  const script = await readFile(CLIENT);
  other = createServer(({ url }, response) => {
    const isScript = url === "/tus.js";
    response.setHeader("content-type", isScript ? "text/javascript" : "text/html");
    response.end(isScript ? script : '<!doctype html><script src="/tus.js"></script>');
  }).listen(0, "127.0.0.1");
  await once(other, "listening");
});
after(async () => {
  other?.close().closeAllConnections();
  await world?.close();
});

test("tus-js-client uploads from another origin, pauses, resumes and cancels", async () => {
  const address = other.address();
  assert.ok(address !== null && typeof address === "object");
  const page = await world.browser.newPage();
  await page.goto(`http://127.0.0.1:${address.port}/`);
  const { token } = world.first;
  const endpoint = `${world.server.url}/v1/uploads`;
  const result = await page.evaluate(upload, { endpoint, token, size: 3_000_000 });
  assert.ok(result.paused > 0 && result.paused < 3_000_000, String(result.paused));
  const file = result.url.split("/").pop();
  const content = await contentOf(String(file), token);
  assert.equal(content.status, 200);
  const bytes = new Uint8Array(await content.arrayBuffer());
  assert.equal(bytes.length, 3_000_000);
  assert.ok(bytes.every((byte, at) => byte === at % 251));
  const canceled = await fetch(result.canceled, {
    method: "HEAD",
    headers: { authorization: `Bearer ${token}`, "tus-resumable": "1.0.0" },
  });
  assert.equal(canceled.status, 404);
  await page.close();
});

/** Returns the response with the content of a file, once the file is ready. @param {string} file @param {string} token */
async function contentOf(file, token) {
  const url = new URL(`/v1/files/${file}/content`, world.server.url);
  for (;;) {
    const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
    if (response.status !== 409) return response;
  }
}

/**
 * Runs in the page: uploads a file with a pause after its first part, and cancels another one.
 *
 * @param {{endpoint: string, token: string, size: number}} options
 * @returns {Promise<{url: string, paused: number, canceled: string}>}
 */
async function upload({ endpoint, token, size }) {
  const { Upload } = /** @type {{tus: typeof import("tus-js-client")}} */ (
    /** @type {unknown} */ (window)
  ).tus;
  const content = new Blob([Uint8Array.from({ length: size }, (_, at) => at % 251)]);
  const options = {
    endpoint,
    headers: { authorization: `Bearer ${token}` },
    metadata: { filename: "bytes.bin" },
    chunkSize: 1_000_000,
  };
  let paused = 0;
  const url = await new Promise((resolve, reject) => {
    const first = new Upload(content, {
      ...options,
      onError: reject,
      onChunkComplete: async (_, stored) => {
        if (paused > 0) return;
        paused = stored;
        await first.abort();
        first.start();
      },
      onSuccess: () => resolve(first.url),
    });
    first.start();
  });
  const canceled = await new Promise((resolve, reject) => {
    const second = new Upload(content, {
      ...options,
      onError: reject,
      onChunkComplete: async () => {
        const { url: location } = second;
        await second.abort(true);
        resolve(location);
      },
    });
    second.start();
  });
  return { url, paused, canceled };
}
