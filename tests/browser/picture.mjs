// Takes the picture of the chat page for the README: `CAAS_BIN=… node picture.mjs`.
import { fileURLToPath } from "node:url";
import { World } from "./world.mjs";

const PICTURE = fileURLToPath(new URL("../../docs/images/chat.png", import.meta.url));
const TALK = [
  ["first", "Did the new onboarding flow ship last night?"],
  ["second", "It did, at 22:40, without an incident."],
  ["second", "Sign-up to first message is down to 48 seconds."],
  ["first", "That is a great number! Can you share the dashboard with the support team before stand-up? They asked twice."],
  ["second", "Sure: https://metrics.example.com"],
  ["first", "Perfect. Lunch at one?"],
];

const world = await World.open({ viewport: { width: 1400, height: 760 }, reducedMotion: "reduce" });
try {
  const { first, second, page } = world;
  await world.talkIn("Launch week");
  await first.says("The press kit is final, please have a look.");
  await second.open("Alice");
  await first.open("Bob");
  await second.says("Hi Alice!");
  for (const [who, content] of TALK) {
    await world[who].says(content);
    await world[who === "first" ? "second" : "first"].sees(content);
  }
  await first.message(TALK[2][1]).hover();
  await first.pane.getByRole("button", { name: "React with 🎉" }).click();
  const { data } = await first.asks("GET", "/v1/conversations");
  const group = data.find(({ name }) => name === "Launch week");
  await first.asks("POST", `/v1/conversations/${group.id}/messages`, { content: "Thumbnails are in the shared folder." });
  await first.pane.getByRole("heading", { name: "Alice" }).hover();
  await second.field.pressSequentially("One works, see you");
  await first.pane.getByText("is typing…").last().waitFor();
  await page.screenshot({ path: PICTURE });
} finally {
  await world.close();
}

