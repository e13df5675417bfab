import assert from "node:assert/strict";
import test from "node:test";
import { Backoff } from "../src/backoff.js";
import { following, heard, ready } from "./following.js";

const stopped = (state) => state.name === "stopped";
const waiting = (state) => state.name === "waiting";

test("waits double up to the cap, with the upper half random", () => {
  const shortest = new Backoff({ base: 100, cap: 1_000, random: () => 0 });
  const longest = new Backoff({ base: 100, cap: 1_000, random: () => 1 });
  assert.deepEqual(Array.from({ length: 5 }, () => shortest.next()), [50, 100, 200, 400, 500]);
  assert.deepEqual(Array.from({ length: 5 }, () => longest.next()), [100, 200, 400, 800, 1_000]);
  shortest.reset();
  assert.equal(shortest.next(), 50);
});

test("a wait is never shorter than the server asks for", () => {
  const backoff = new Backoff({ base: 100, cap: 1_000, random: () => 0.5 });
  assert.equal(backoff.next(4_000), 4_075);
});

test("a client that is asked to wait does", async (t) => {
  const { server, connection } = await following(t);
  await ready(connection);
  for (const code of [1009, 1012, 1013, 4008]) {
    const wait = heard(connection, "state", waiting);
    server.hangUp(code, JSON.stringify({ retry_after_ms: 60_000 }));
    const { retryInMs, code: told } = await wait;
    assert.ok(retryInMs >= 60_000, `${code} waits ${retryInMs} ms`);
    assert.equal(told, code);
    await ready(connection);
  }
});

test("failures in a row wait longer, and success starts over", async (t) => {
  const { server, connection } = await following(t, { backoff: { base: 2, cap: 64, random: () => 1 } });
  server.refusals = [{ code: 1013 }, { code: 1013 }, { code: 1013 }];
  const waits = [];
  connection.on("state", (state) => state.name === "waiting" && waits.push(state.retryInMs));
  await ready(connection);
  const again = heard(connection, "ready");
  server.hangUp(1012);
  await again;
  assert.deepEqual(waits, [2, 4, 8, 2]);
});

test("a token that has ended is replaced", async (t) => {
  const asked = [];
  const token = (refresh) => {
    asked.push(refresh);
    return refresh ? "fresh" : "old";
  };
  const { server, connection } = await following(t, { token });
  server.refusals = [{ code: 4001, reason: "token_expired" }];
  await ready(connection);
  assert.deepEqual(asked, [false, true]);
  assert.deepEqual(server.hellos.map((hello) => hello.token), ["old", "fresh"]);
});

test("a fresh token that is refused too ends the attempts", async (t) => {
  const { server, connection } = await following(t);
  server.refusals = [{ code: 4001 }, { code: 4001, reason: JSON.stringify({ reason: "unauthenticated" }) }];
  const end = heard(connection, "state", stopped);
  connection.open();
  assert.equal((await end).reason, "unauthenticated");
  assert.equal(server.hellos.length, 2);
});

for (const code of [4000, 4003, 4009]) {
  test(`close code ${code} ends the attempts`, async (t) => {
    const { server, connection } = await following(t);
    await ready(connection);
    const end = heard(connection, "state", stopped);
    server.hangUp(code, JSON.stringify({ reason: "suspended" }));
    assert.deepEqual(await end, { name: "stopped", code, reason: "suspended" });
  });
}

test("a server that falls silent is left", async (t) => {
  const { server, connection } = await following(t, { heartbeat: { everyMs: 5, answerMs: 5 } });
  server.mute = true;
  await ready(connection);
  const again = heard(connection, "ready");
  await heard(connection, "state", waiting);
  server.mute = false;
  await again;
  assert.equal(connection.stats.reconnects >= 1, true);
});

test("a closed connection stays closed", async (t) => {
  const { server, connection } = await following(t);
  await ready(connection);
  connection.close();
  assert.equal(connection.state.name, "stopped");
  await assert.rejects(connection.send({ conversation_id: "c", client_message_id: "1", content: "hi" }), {
    name: "Unclear",
  });
  assert.equal(server.hellos.length, 1);
});
