import assert from "node:assert/strict";
import test from "node:test";
import { Client, Problem, Unclear } from "../src/index.js";
import { httpServer } from "./http_server.js";

const backoff = { base: 1, cap: 2 };

test("a refused request is a problem with its code and its places", async (t) => {
  const body = { code: "invalid_request", title: "No.", errors: [{ pointer: "/name", detail: "too long" }], request_id: "q" };
  const { url } = await httpServer(t, [{ status: 400, body }]);
  const client = new Client({ url, token: "token", backoff });
  await assert.rejects(client.createConversation({ type: "group", name: "x" }), (problem) => {
    assert.ok(problem instanceof Problem);
    assert.deepEqual([problem.code, problem.status, problem.requestId], ["invalid_request", 400, "q"]);
    assert.deepEqual(problem.errors, body.errors);
    return true;
  });
});

test("names and queries are escaped, and the token goes along", async (t) => {
  const { url, requests } = await httpServer(t, [{ status: 200, body: { data: [] } }, { status: 200, body: {} }]);
  const client = new Client({ url, token: () => "token", backoff });
  await client.listMessages("ext:a@b|c", { limit: 2, cursor: undefined, direction: "backward" });
  await client.addReaction("m1", "👍");
  assert.equal(requests[0].url, "/v1/conversations/ext%3Aa%40b%7Cc/messages?limit=2&direction=backward");
  assert.equal(requests[1].url, "/v1/messages/m1/reactions/%F0%9F%91%8D");
  assert.equal(requests[0].token, "Bearer token");
});

test("a send is repeated under the same client message id", async (t) => {
  const stored = { id: "m1", seq: 1 };
  const answers = ["cut", { status: 503, headers: { "retry-after": "0" } }, { status: 201, body: stored }];
  const { url, requests } = await httpServer(t, answers);
  const client = new Client({ url, token: "token", backoff });
  assert.deepEqual(await client.sendMessage("c", { content: "hi" }), stored);
  const ids = new Set(requests.map((request) => request.body.client_message_id));
  assert.equal(requests.length, 3);
  assert.equal(ids.size, 1);
  assert.match([...ids][0], /^[0-9a-f]{32}$/);
});

test("a send that is refused is not repeated", async (t) => {
  const { url, requests } = await httpServer(t, [{ status: 403, body: { code: "not_a_participant" } }]);
  const client = new Client({ url, token: "token", backoff });
  await assert.rejects(client.sendMessage("c", { content: "hi" }), { code: "not_a_participant" });
  assert.equal(requests.length, 1);
});

test("attempts come to an end, with the outcome unclear", async (t) => {
  const { url, requests } = await httpServer(t, ["cut", "cut", "cut", "cut"]);
  const client = new Client({ url, token: "token", backoff, attempts: 3 });
  await assert.rejects(client.getConversation("c"), Unclear);
  assert.equal(requests.length, 3);
});

test("a conversation is begun again under the same idempotency key", async (t) => {
  const { url, requests } = await httpServer(t, ["cut", { status: 201, body: { id: "c" } }]);
  const client = new Client({ url, token: "token", backoff });
  assert.deepEqual(await client.createConversation({ type: "group", name: "x" }), { id: "c" });
  assert.equal(requests.length, 2);
  assert.match(requests[0].key, /^[0-9a-f]{32}$/);
  assert.equal(requests[0].key, requests[1].key);
});

test("what may not be done twice is tried once", async (t) => {
  const { url, requests } = await httpServer(t, ["cut"]);
  const client = new Client({ url, token: "token", backoff });
  await assert.rejects(client.removeReaction("m1", "👍"), Unclear);
  assert.equal(requests.length, 1);
});

test("a token that has ended is replaced once", async (t) => {
  const ended = { status: 401, body: { code: "token_expired" } };
  const { url, requests } = await httpServer(t, [ended, { status: 200, body: { id: "u" } }]);
  const client = new Client({ url, token: (refresh) => (refresh ? "fresh" : "old"), backoff });
  await client.getUser("u");
  assert.deepEqual(requests.map((request) => request.token), ["Bearer old", "Bearer fresh"]);
});
