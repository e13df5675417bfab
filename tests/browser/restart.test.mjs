import assert from "node:assert/strict";
import { test } from "node:test";
import { ENGINES } from "./server.mjs";
import { World } from "./world.mjs";

for (const engine of ENGINES) {
  test(`after a kill and a restart no message is missing or duplicated (${engine})`, async () => {
    const world = await World.open(undefined, engine);
    try {
      const { first, second } = world;
      await world.talkIn("Power cut");
      await first.says("before 1");
      await second.says("before 2");
      await first.seesExactly(["before 1", "before 2"]);

      await world.server.kill();
      for (const user of [first, second]) await user.pane.getByText("Connection lost").waitFor();
      await first.says("during 1");
      await first.says("during 2");
      await first.message("during 1").getByRole("img", { name: "Sending" }).waitFor();

      await world.server.begin();
      for (const user of [first, second])
        await user.pane.getByText("Connection lost").waitFor({ state: "hidden" });
      await second.sees("during 2");
      await second.says("after 1");
      const expected = ["before 1", "before 2", "during 1", "during 2", "after 1"];
      await first.seesExactly(expected);
      await second.seesExactly(expected);
      await first.seesReceipt("during 2", "Read");

      await world.page.reload();
      await world.meet();
      await world.first.open("Power cut");
      await world.first.seesExactly(expected);
      assert.deepEqual(world.errors, []);
    } finally {
      await world.close();
    }
  });

  // Fails if a retry takes a new client message id (duplicates), and if `hello` contains no cursors
  // (messages sent in the meantime are missing in the other pane).
  test(`a kill between send and response neither loses nor duplicates messages (${engine})`, async () => {
    const world = await World.open(undefined, engine);
    try {
      const { first, second } = world;
      await world.talkIn("Many cuts");
      /** @type {string[]} */
      const expected = [];
      for (let round = 1; round <= 3; round += 1) {
        for (let n = 1; n <= 15; n += 1) {
          const content = `message ${round}.${n}`;
          expected.push(content);
          await first.says(content);
        }
        await world.server.kill();
        await world.server.begin();
      }
      await second.seesExactly(expected);
      await first.seesExactly(expected);
      assert.deepEqual(world.errors, []);
    } finally {
      await world.close();
    }
  });
}
