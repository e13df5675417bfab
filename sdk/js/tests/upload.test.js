import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import test from "node:test";
import { Client, Outbox, UploadInterruptedError } from "../src/index.js";
import { tusServer } from "./tus_server.js";

const backoff = { baseMs: 1, maxMs: 2 };
const bytes = randomBytes(700_000);

/** @param {string} url */
function clientOf(url) {
  return new Client({ url, token: "token", backoff });
}

test("file is uploaded in parts with its name, type and progress", async (t) => {
  const { url, upload } = await tusServer(t);
  const file = new File([bytes], "kätze.png", { type: "image/png" });
  /** @type {number[]} */
  const progress = [];
  const onProgress = (/** @type {{sent: number}} */ { sent }) => progress.push(sent);
  const id = await clientOf(url).uploadFile(file, { purpose: "avatar", onProgress });
  assert.equal(id, "f1");
  assert.deepEqual(upload.stored, bytes);
  assert.deepEqual([progress.at(0), progress.at(-1)], [0, bytes.length]);
  assert.deepEqual(
    upload.metadata.split(",").map((pair) => {
      const [key, value] = pair.split(" ");
      return [key, Buffer.from(value, "base64").toString()];
    }),
    [
      ["filename", "kätze.png"],
      ["filetype", "image/png"],
      ["purpose", "avatar"],
    ],
  );
});

test("upload continues after lost connections and rejected parts", async (t) => {
  const { url, upload } = await tusServer(t, ["cut", "unavailable", "keep", "cut"]);
  await clientOf(url).uploadFile(new Blob([bytes]));
  assert.deepEqual(upload.stored, bytes);
});

test("interrupted upload is continued by its id", async (t) => {
  const steps = /** @type {const} */ ([
    "keep",
    ...Array.from({ length: 6 }, () => /** @type {const} */ ("unavailable")),
  ]);
  const { url, upload } = await tusServer(t, [...steps]);
  const client = clientOf(url);
  const error = await client.uploadFile(new Blob([bytes])).catch((reason) => reason);
  assert.ok(error instanceof UploadInterruptedError);
  const before = upload.stored.length;
  assert.ok(before > 0 && before < bytes.length);
  const { parts } = upload;
  await client.uploadFile(new Blob([bytes]), { uploadId: error.uploadId });
  assert.deepEqual(upload.stored, bytes);
  assert.ok(upload.parts > parts);
});

test("canceled upload is removed", async (t) => {
  const { url, upload } = await tusServer(t);
  const cancellation = new AbortController();
  const onProgress = (/** @type {{sent: number}} */ { sent }) => {
    if (sent > 0) cancellation.abort();
  };
  const options = { onProgress, signal: cancellation.signal };
  await assert.rejects(clientOf(url).uploadFile(new Blob([bytes]), options), {
    name: "AbortError",
  });
  assert.ok(upload.isRemoved);
});

test("message with attachments waits for them and does not delay others", async () => {
  /** @type {{content?: string, attachments?: object[]}[]} */
  const sent = [];
  const connection = {
    state: { name: "ready" },
    on: () => () => undefined,
    send: async (/** @type {object} */ message) => {
      sent.push(message);
      return { id: "m", seq: sent.length };
    },
  };
  const outbox = new Outbox(
    /** @type {ConstructorParameters<typeof Outbox>[0]} */ (
      /** @type {unknown} */ ({ connection })
    ),
  );
  let calls = 0;
  const attachments = async () => {
    calls += 1;
    if (calls === 1) throw new UploadInterruptedError("f1", undefined);
    return [{ file_id: "f1" }];
  };
  const draft = outbox.send("c", "", { attachments });
  assert.equal(draft.state, "preparing");
  outbox.send("c", "text");
  await new Promise((resolve) => outbox.on("sent", resolve));
  assert.equal(draft.state, "failed");
  outbox.retry(draft);
  await new Promise((resolve) => outbox.on("sent", resolve));
  assert.deepEqual(
    sent.map(({ content, attachments: files }) => [content, files]),
    [
      ["text", undefined],
      [undefined, [{ file_id: "f1" }]],
    ],
  );
});
