import assert from "node:assert/strict";
import test from "node:test";
import { Backoff } from "../src/backoff.js";
import { connect, once, ready } from "./connected.js";

/** @typedef {import("../src/index.js").State} State */

/** @param {State} state */
const stopped = (state) => state.name === "stopped";
/** @param {State} state */
const waiting = (state) => state.name === "waiting";

test("delays double up to the maximum with a random upper half", () => {
  const shortest = new Backoff({ baseMs: 100, maxMs: 1_000, random: () => 0 });
  const longest = new Backoff({ baseMs: 100, maxMs: 1_000, random: () => 1 });
  assert.deepEqual(
    Array.from({ length: 5 }, () => shortest.next()),
    [50, 100, 200, 400, 500],
  );
  assert.deepEqual(
    Array.from({ length: 5 }, () => longest.next()),
    [100, 200, 400, 800, 1_000],
  );
  shortest.reset();
  assert.equal(shortest.next(), 50);
});

test("delay is at least the one that the server requests", () => {
  const backoff = new Backoff({ baseMs: 100, maxMs: 1_000, random: () => 0.5 });
  assert.equal(backoff.next(4_000), 4_075);
});

test("client waits for the delay that the server requests", async (t) => {
  const { server, connection } = await connect(t);
  await ready(connection);
  for (const code of [1009, 1012, 1013, 4008]) {
    const wait = once(connection, "state", waiting);
    server.hangUp(code, JSON.stringify({ retry_after_ms: 60_000 }));
    const state = await wait;
    assert.ok(Number(state.retryInMs) >= 60_000, `${code} waits ${state.retryInMs} ms`);
    assert.equal(state.code, code);
    await ready(connection);
  }
});

test("consecutive failures increase the delay and success resets it", async (t) => {
  const { server, connection } = await connect(t, {
    backoff: { baseMs: 2, maxMs: 64, random: () => 1 },
  });
  server.rejectedHellos = [{ code: 1013 }, { code: 1013 }, { code: 1013 }];
  /** @type {unknown[]} */
  const delays = [];
  connection.on("state", (state) => {
    if (waiting(state)) delays.push(state.retryInMs);
  });
  await ready(connection);
  const again = once(connection, "ready");
  server.hangUp(1012);
  await again;
  assert.deepEqual(delays, [2, 4, 8, 2]);
});

test("expired token is refreshed", async (t) => {
  /** @type {boolean[]} */
  const calls = [];
  const token = (/** @type {boolean} */ refresh) => {
    calls.push(refresh);
    return refresh ? "fresh" : "old";
  };
  const { server, connection } = await connect(t, { token });
  server.rejectedHellos = [{ code: 4001, reason: "token_expired" }];
  await ready(connection);
  assert.deepEqual(calls, [false, true]);
  assert.deepEqual(
    server.hellos.map((hello) => hello.token),
    ["old", "fresh"],
  );
});

test("rejected new token stops the connection", async (t) => {
  const { server, connection } = await connect(t);
  server.rejectedHellos = [
    { code: 4001 },
    { code: 4001, reason: JSON.stringify({ reason: "unauthenticated" }) },
  ];
  const end = once(connection, "state", stopped);
  connection.open();
  assert.equal((await end).reason, "unauthenticated");
  assert.equal(server.hellos.length, 2);
});

for (const code of [4000, 4003, 4009]) {
  test(`close code ${code} stops the connection`, async (t) => {
    const { server, connection } = await connect(t);
    await ready(connection);
    const end = once(connection, "state", stopped);
    server.hangUp(code, JSON.stringify({ reason: "suspended" }));
    assert.deepEqual(await end, { name: "stopped", code, reason: "suspended" });
  });
}

test("connection without a pong is replaced", async (t) => {
  const { server, connection } = await connect(t, { heartbeat: { intervalMs: 5, timeoutMs: 5 } });
  server.mute = true;
  await ready(connection);
  const again = once(connection, "ready");
  await once(connection, "state", waiting);
  server.mute = false;
  await again;
  assert.equal(connection.stats.reconnects >= 1, true);
});

test("closed connection stays closed", async (t) => {
  const { server, connection } = await connect(t);
  await ready(connection);
  connection.close();
  assert.equal(connection.state.name, "stopped");
  await assert.rejects(
    connection.send({ conversation_id: "c", client_message_id: "1", content: "hi" }),
    {
      name: "OutcomeUnknownError",
      message: "Not connected.",
    },
  );
  assert.equal(server.hellos.length, 1);
});
