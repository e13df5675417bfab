import assert from "node:assert/strict";
import test from "node:test";
import { Client, Problem, OutcomeUnknownError } from "../src/index.js";
import { httpServer } from "./http_server.js";

const backoff = { baseMs: 1, maxMs: 2 };

test("rejected request throws a problem with its code and invalid fields", async (t) => {
  const body = {
    code: "invalid_request",
    title: "No.",
    errors: [{ pointer: "/name", detail: "too long" }],
    request_id: "q",
  };
  const { url } = await httpServer(t, [{ status: 400, body }]);
  const client = new Client({ url, token: "token", backoff });
  await assert.rejects(client.createConversation({ type: "group", name: "x" }), (problem) => {
    assert.ok(problem instanceof Problem);
    assert.equal(problem.code, "invalid_request");
    assert.equal(problem.status, 400);
    assert.equal(problem.requestId, "q");
    assert.deepEqual(problem.errors, body.errors);
    return true;
  });
});

test("path and query are escaped and the token is sent", async (t) => {
  const { url, requests } = await httpServer(t, [
    { status: 200, body: { data: [] } },
    { status: 200, body: {} },
  ]);
  const client = new Client({ url, token: () => "token", backoff });
  await client.listMessages("ext:a@b|c", { limit: 2, cursor: undefined, direction: "backward" });
  await client.addReaction("m1", "👍");
  assert.equal(
    requests[0].url,
    "/v1/conversations/ext%3Aa%40b%7Cc/messages?limit=2&direction=backward",
  );
  assert.equal(requests[1].url, "/v1/messages/m1/reactions/%F0%9F%91%8D");
  assert.equal(requests[0].token, "Bearer token");
});

test("send is retried with the same client message id", async (t) => {
  const stored = { id: "m1", seq: 1 };
  /** @type {import("./http_server.js").TestResponse[]} */
  const responses = [
    "cut",
    { status: 503, headers: { "retry-after": "0" } },
    { status: 201, body: stored },
  ];
  const { url, requests } = await httpServer(t, responses);
  const client = new Client({ url, token: "token", backoff });
  assert.deepEqual(await client.sendMessage("c", { content: "hi" }), stored);
  const ids = new Set(requests.map((request) => request.body.client_message_id));
  assert.equal(requests.length, 3);
  assert.equal(ids.size, 1);
  assert.match(String([...ids][0]), /^[0-9a-f]{32}$/);
});

test("rejected send is not retried", async (t) => {
  const { url, requests } = await httpServer(t, [
    { status: 403, body: { code: "not_a_participant" } },
  ]);
  const client = new Client({ url, token: "token", backoff });
  await assert.rejects(client.sendMessage("c", { content: "hi" }), { code: "not_a_participant" });
  assert.equal(requests.length, 1);
});

test("retries are limited and end with an unknown outcome", async (t) => {
  const { url, requests } = await httpServer(t, ["cut", "cut", "cut", "cut"]);
  const client = new Client({ url, token: "token", backoff, attempts: 3 });
  await assert.rejects(client.getConversation("c"), OutcomeUnknownError);
  assert.equal(requests.length, 3);
});

test("create conversation is retried with the same idempotency key", async (t) => {
  const { url, requests } = await httpServer(t, ["cut", { status: 201, body: { id: "c" } }]);
  const client = new Client({ url, token: "token", backoff });
  assert.deepEqual(await client.createConversation({ type: "group", name: "x" }), { id: "c" });
  assert.equal(requests.length, 2);
  assert.match(String(requests[0].key), /^[0-9a-f]{32}$/);
  assert.equal(requests[0].key, requests[1].key);
});

test("request that is not repeatable is sent once", async (t) => {
  const { url, requests } = await httpServer(t, ["cut"]);
  const client = new Client({ url, token: "token", backoff });
  await assert.rejects(client.removeReaction("m1", "👍"), OutcomeUnknownError);
  assert.equal(requests.length, 1);
});

test("expired token is refreshed once", async (t) => {
  const expired = { status: 401, body: { code: "token_expired" } };
  const { url, requests } = await httpServer(t, [expired, { status: 200, body: { id: "u" } }]);
  const client = new Client({ url, token: (refresh) => (refresh ? "fresh" : "old"), backoff });
  await client.getUser("u");
  assert.deepEqual(
    requests.map((request) => request.token),
    ["Bearer old", "Bearer fresh"],
  );
});
