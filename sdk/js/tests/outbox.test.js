import assert from "node:assert/strict";
import test from "node:test";
import { Client, Outbox } from "../src/index.js";
import { following, heard, ready, upTo } from "./following.js";
import { httpServer } from "./http_server.js";

const backoff = { base: 1, cap: 5 };

async function outboxOf(t, answers = []) {
  const { server, connection } = await following(t);
  const { url, requests } = await httpServer(t, answers);
  const client = new Client({ url, token: "token", attempts: 1, backoff });
  const outbox = new Outbox({ connection, client, backoff });
  t.after(() => outbox.close());
  server.log("c");
  return { server, connection, outbox, requests };
}

/** What the server's log holds. */
function contents(server) {
  return server.log("c").map((event) => event.data.content);
}

test("messages go out in the order they were written", async (t) => {
  const { server, connection, outbox } = await outboxOf(t);
  await ready(connection);
  const last = heard(outbox, "sent", ({ seq }) => seq === 20);
  for (const n of upTo(20)) outbox.send("c", `message ${n}`);
  await last;
  assert.deepEqual(contents(server), upTo(20).map((n) => `message ${n}`));
  assert.deepEqual(outbox.pending("c"), []);
});

test("a message whose answer was lost is sent again and stored once", async (t) => {
  const { server, connection, outbox } = await outboxOf(t);
  await ready(connection);
  server.losesAnswers = 1;
  const sent = heard(outbox, "sent");
  const draft = outbox.send("c", "once");
  assert.equal((await sent).draft, draft);
  assert.deepEqual(contents(server), ["once"]);
  const ids = server.frames.filter((frame) => frame.t === "send").map((frame) => frame.client_message_id);
  assert.deepEqual(ids, [draft.client_message_id, draft.client_message_id]);
});

test("what was written without a connection goes out when there is one", async (t) => {
  const { server, connection, outbox } = await outboxOf(t, ["cut", "cut", "cut", "cut", "cut", "cut"]);
  outbox.backoff = { base: 60_000 };
  const tried = heard(outbox, "changed", (draft) => draft.state === "waiting");
  outbox.send("c", "first");
  outbox.send("c", "second");
  await tried;
  const last = heard(outbox, "sent", ({ seq }) => seq === 2);
  await ready(connection);
  await last;
  assert.deepEqual(contents(server), ["first", "second"]);
});

test("a message that no frame has room for fails at once and holds up no other", async (t) => {
  const { server, connection, outbox } = await outboxOf(t);
  await ready(connection);
  const failed = heard(outbox, "changed", (draft) => draft.state === "failed");
  const sent = heard(outbox, "sent");
  outbox.send("c", "x".repeat(256 * 1024));
  outbox.send("c", "good");
  assert.equal((await failed).error.code, "payload_too_large");
  await sent;
  assert.deepEqual(contents(server), ["good"]);
});

test("without a socket messages go out over HTTP", async (t) => {
  const { outbox, requests } = await outboxOf(t, [{ status: 201, body: { id: "m7", seq: 7 } }]);
  const sent = heard(outbox, "sent");
  const draft = outbox.send("c", "by HTTP");
  assert.deepEqual(await sent, { draft, id: "m7", seq: 7 });
  assert.equal(requests[0].body.client_message_id, draft.client_message_id);
});

test("a refused message fails and holds up no other", async (t) => {
  const { server, connection, outbox } = await outboxOf(t);
  await ready(connection);
  server.refuses = "bad";
  const failed = heard(outbox, "changed", (draft) => draft.state === "failed");
  const sent = heard(outbox, "sent");
  outbox.send("c", "bad");
  outbox.send("c", "good");
  const draft = await failed;
  await sent;
  assert.equal(draft.error.code, "forbidden");
  assert.deepEqual(contents(server), ["good"]);
  assert.deepEqual(outbox.pending("c"), [draft]);
  server.refuses = undefined;
  const retried = heard(outbox, "sent");
  outbox.retry(draft);
  await retried;
  assert.deepEqual(contents(server), ["good", "bad"]);
});
