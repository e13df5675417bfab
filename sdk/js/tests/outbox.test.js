import assert from "node:assert/strict";
import test from "node:test";
import { Client, Outbox, Problem } from "../src/index.js";
import { connect, once, ready, upTo } from "./connected.js";
import { httpServer } from "./http_server.js";

const backoff = { baseMs: 1, maxMs: 5 };

/**
 * Creates an outbox with a connection and an HTTP client.
 *
 * @param {import("node:test").TestContext} t
 * @param {import("./http_server.js").TestResponse[]} [responses]
 */
async function createOutbox(t, responses = []) {
  const { server, connection } = await connect(t);
  const { url, requests } = await httpServer(t, responses);
  const client = new Client({ url, token: "token", attempts: 1, backoff });
  const outbox = new Outbox({ connection, client, backoff });
  t.after(() => outbox.close());
  server.log("c");
  return { server, connection, outbox, requests };
}

/** Returns the contents of the server's log. @param {import("./log_server.js").LogServer} server */
function contents(server) {
  return server.log("c").map((event) => event.data.content);
}

/** @param {import("../src/index.js").Draft} draft */
function codeOf({ error }) {
  return error instanceof Problem ? error.code : undefined;
}

test("messages are sent in order", async (t) => {
  const { server, connection, outbox } = await createOutbox(t);
  await ready(connection);
  const last = once(outbox, "sent", ({ seq }) => seq === 20);
  for (const n of upTo(20)) outbox.send("c", `message ${n}`);
  await last;
  assert.deepEqual(
    contents(server),
    upTo(20).map((n) => `message ${n}`),
  );
  assert.deepEqual(outbox.pending("c"), []);
});

test("message with a lost response is sent again and stored once", async (t) => {
  const { server, connection, outbox } = await createOutbox(t);
  await ready(connection);
  server.lostResponses = 1;
  const sent = once(outbox, "sent");
  const draft = outbox.send("c", "once");
  assert.equal((await sent).draft, draft);
  assert.deepEqual(contents(server), ["once"]);
  const ids = server.frames
    .filter((frame) => frame.t === "send")
    .map((frame) => frame.client_message_id);
  assert.deepEqual(ids, [draft.client_message_id, draft.client_message_id]);
});

test("message written while offline is sent when the connection is ready", async (t) => {
  const { server, connection, outbox } = await createOutbox(t, [
    "cut",
    "cut",
    "cut",
    "cut",
    "cut",
    "cut",
  ]);
  outbox.backoff = { baseMs: 60_000 };
  const tried = once(outbox, "changed", (draft) => draft.state === "waiting");
  outbox.send("c", "first");
  outbox.send("c", "second");
  await tried;
  const last = once(outbox, "sent", ({ seq }) => seq === 2);
  await ready(connection);
  await last;
  assert.deepEqual(contents(server), ["first", "second"]);
});

test("message larger than a frame fails and does not block the next", async (t) => {
  const { server, connection, outbox } = await createOutbox(t);
  await ready(connection);
  const failed = once(outbox, "changed", (draft) => draft.state === "failed");
  const sent = once(outbox, "sent");
  outbox.send("c", "x".repeat(256 * 1024));
  outbox.send("c", "good");
  assert.equal(codeOf(await failed), "payload_too_large");
  await sent;
  assert.deepEqual(contents(server), ["good"]);
});

test("message without a connection is sent over HTTP", async (t) => {
  const { outbox, requests } = await createOutbox(t, [{ status: 201, body: { id: "m7", seq: 7 } }]);
  const sent = once(outbox, "sent");
  const draft = outbox.send("c", "by HTTP");
  assert.deepEqual(await sent, { draft, id: "m7", seq: 7 });
  assert.equal(requests[0].body.client_message_id, draft.client_message_id);
});

test("rejected message fails and does not block the next", async (t) => {
  const { server, connection, outbox } = await createOutbox(t);
  await ready(connection);
  server.rejectedContent = "bad";
  const failed = once(outbox, "changed", (draft) => draft.state === "failed");
  const sent = once(outbox, "sent");
  outbox.send("c", "bad");
  outbox.send("c", "good");
  const draft = await failed;
  await sent;
  assert.equal(codeOf(draft), "forbidden");
  assert.deepEqual(contents(server), ["good"]);
  assert.deepEqual(outbox.pending("c"), [draft]);
  server.rejectedContent = undefined;
  const retried = once(outbox, "sent");
  outbox.retry(draft);
  await retried;
  assert.deepEqual(contents(server), ["good", "bad"]);
});
