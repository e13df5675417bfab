// Takes the screenshot of the chat page for the README: `CAAS_BIN=… node screenshot.mjs`.
import { fileURLToPath } from "node:url";
import { World } from "./world.mjs";

const PATH = fileURLToPath(new URL("../../docs/images/chat.png", import.meta.url));
/** @type {{from: "first" | "second", content: string}[]} */
const MESSAGES = [
  { from: "first", content: "Did the new onboarding flow ship last night?" },
  { from: "second", content: "It did, at 22:40, without an incident." },
  { from: "second", content: "Sign-up to first message is down to 48 seconds." },
  {
    from: "first",
    content:
      "That is a great number! Can you share the dashboard with the support team before stand-up? They asked twice.",
  },
  { from: "second", content: "Sure: https://metrics.example.com" },
  { from: "first", content: "Perfect. Lunch at one?" },
];

const world = await World.open({
  viewport: { width: 1400, height: 760 },
  reducedMotion: "reduce",
});
try {
  const { first, second, page } = world;
  const group = await world.talkIn("Launch week");
  await first.says("The press kit is final, please have a look.");
  await second.open("Alice");
  await first.open("Bob");
  await second.says("Hi Alice!");
  for (const { from, content } of MESSAGES) {
    const [sender, receiver] = from === "first" ? [first, second] : [second, first];
    await sender.says(content);
    await receiver.sees(content);
  }
  await first.message(MESSAGES[2].content).hover();
  await first.pane.getByRole("button", { name: "React with 🎉" }).click();
  const content = "Thumbnails are in the shared folder.";
  await first.asks("POST", `/v1/conversations/${group.id}/messages`, { content });
  await first.pane.getByRole("heading", { name: "Alice" }).hover();
  await second.field.pressSequentially("One works, see you");
  await first.pane.getByText("is typing…").last().waitFor();
  await page.screenshot({ path: PATH });
} finally {
  await world.close();
}
