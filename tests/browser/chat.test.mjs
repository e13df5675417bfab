import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { World } from "./world.mjs";

/** @type {World} */
let world;
before(async () => (world = await World.open()));
after(() => world?.close());
afterEach(() => assert.deepEqual(world.errors, []));

test("the one-time code leaves the address bar, and a reload keeps both users", async () => {
  assert.equal(new URL(world.page.url()).hash, "");
  await world.page.reload();
  await world.meet();
  await world.talkIn("After a reload");
  await world.first.says("Still here");
  await world.second.sees("Still here");
});

test("the link works once", async () => {
  const other = await world.browser.newPage();
  await other.goto(world.server.link);
  await other.getByRole("heading", { name: "This link has been used" }).waitFor();
  await other.goto(world.server.url);
  await other.getByRole("heading", { name: "Open the link from the terminal" }).waitFor();
  await other.close();
});

test("two users talk, with typing and receipts", async () => {
  const { first, second } = world;
  await world.talkIn("Small talk");
  await first.field.pressSequentially("How are y");
  await second.pane.getByText("is typing…").waitFor();
  await first.field.press("Enter");
  await second.sees("How are y");
  await second.pane.getByText("is typing…").waitFor({ state: "detached" });
  await first.seesReceipt("How are y", "Read");
  await second.says("Fine, thanks");
  await first.seesExactly(["How are y", "Fine, thanks"]);
  await second.seesExactly(["How are y", "Fine, thanks"]);
});

test("a message that is not on the screen is delivered, unread and counted", async () => {
  const { first, second } = world;
  await world.talkIn("Elsewhere for now");
  await world.talkIn("Look at this");
  await second.open("Elsewhere for now");
  await first.says("one");
  await first.says("two");
  await first.seesReceipt("two", "Delivered");
  const row = second.row("Look at this");
  await row.getByLabel("2 unread").waitFor();
  await second.open("Look at this");
  await second.pane.getByRole("separator", { name: "New messages" }).waitFor();
  await row.getByLabel("2 unread").waitFor({ state: "detached" });
  await first.seesReceipt("two", "Read");
});

test("an attachment shows the host of its link next to its name", async () => {
  const { first, second } = world;
  const { id } = await world.talkIn("Statements");
  const attachments = [
    { type: "file", url: "https://evil.example/a.exe", name: "https://bank.example/statement.pdf" },
  ];
  await first.asks("POST", `/v1/conversations/${id}/messages`, { attachments });
  await second.pane.locator(".file").getByText("evil.example", { exact: true }).waitFor();
});

test("reactions are added, counted and removed", async () => {
  const { first, second } = world;
  await world.talkIn("Reactions");
  await first.says("We won");
  await second.message("We won").hover();
  await second.pane.getByRole("button", { name: "React with 🎉" }).click();
  await first.message("We won").getByRole("button", { name: "🎉 1", exact: true }).click();
  await second.message("We won").getByRole("button", { name: "🎉 2, yours" }).click();
  await first.message("We won").getByRole("button", { name: "🎉 1, yours" }).waitFor();
});

test("an edit and a deletion reach the other user", async () => {
  const { first, second } = world;
  await world.talkIn("Second thoughts");
  await first.says("at nine");
  await first.says("oops");
  await second.sees("oops");
  await first.message("at nine").hover();
  await first.pane.getByRole("button", { name: "Edit", exact: true }).click();
  await first.says("at ten");
  await second.sees("at ten");
  await second.message("at ten").getByText("edited").waitFor();
  await first.message("oops").hover();
  await first.pane.getByRole("button", { name: "Delete", exact: true }).click();
  await world.page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await second.pane.getByText("This message was deleted").waitFor();
  await second.seesExactly(["at ten"]);
});

// Fails when the list is rendered while the button is down: without `click`, the row does not open.
test("a row that changes and moves during a click opens", async () => {
  const { page, first, second } = world;
  await world.talkIn("Moving target");
  await world.talkIn("On top");
  await second.open("Moving target");
  await first.row("Moving target").hover();
  await page.mouse.down();
  await second.says("Here I come");
  // The first user's page acknowledges the message after it has scheduled its own rendering.
  await second.seesReceipt("Here I come", "Delivered");
  await page.mouse.up();
  await first.seesOpen("Moving target");
  await first.sees("Here I come");
});

test("everything works with the keyboard", async () => {
  const { first, second } = world;
  await world.talkIn("By hand");
  await world.talkIn("Keys only");
  await first.row("Keys only").focus();
  for (const key of ["ArrowDown", "Enter"]) await first.presses(key);
  await first.seesOpen("By hand");
  await second.open("By hand");
  await first.field.focus();
  await world.page.keyboard.type("first line");
  await first.presses("Shift+Enter");
  await world.page.keyboard.type("second line");
  await first.presses("Enter");
  await second.seesExactly(["first line\nsecond line"]);

  await first.presses("ArrowUp");
  await first.presses("Escape");
  assert.equal(await first.field.inputValue(), "");
  await first.presses("ArrowUp");
  await first.presses("Control+a");
  await world.page.keyboard.type("better");
  await first.presses("Enter");
  await second.seesExactly(["better"]);

  await first.pane.getByRole("log").focus();
  for (const key of ["ArrowUp", "r", "Enter"]) await first.presses(key);
  await second.message("better").getByRole("button", { name: "👍 1" }).waitFor();
  for (const key of ["Escape", "Shift+Tab", "Shift+Tab", "ArrowUp", "Delete", "Enter"])
    await first.presses(key);
  await second.pane.getByText("This message was deleted").waitFor();
});

// Fails when a message that changes is rendered without keeping the focus, which then is on the page.
test("the focus stays on a reaction whose count changes", async () => {
  const { page, first, second } = world;
  await world.talkIn("Steady");
  await first.says("Vote");
  await second.message("Vote").hover();
  await second.pane.getByRole("button", { name: "React with 👍" }).click();
  const chip = first.message("Vote").getByRole("button", { name: "👍 1", exact: true });
  await chip.focus();
  await first.presses("Enter");
  await first.message("Vote").getByRole("button", { name: "👍 2, yours" }).waitFor();
  const focused = await page.evaluate(() => document.activeElement?.getAttribute("aria-label"));
  assert.equal(focused, "👍 2, yours");
});

test("older messages are loaded once when the user scrolls back", async () => {
  const { first, second } = world;
  const { id } = await world.talkIn("Long ago");
  const expected = Array.from({ length: 130 }, (_, n) => `message ${n + 1}`);
  for (const content of expected)
    await first.asks("POST", `/v1/conversations/${id}/messages`, { content });
  await second.sees("message 130");
  await world.page.reload();
  await world.meet();
  await world.second.open("Long ago");
  await world.second.sees("message 130");
  assert.ok(
    (await world.second.pane.locator(".message").count()) < 130,
    "the newest page is loaded first",
  );
  await world.second.scrollsBackUntil(130);
  await world.second.seesExactly(expected);
});

test("markup is shown as text", async () => {
  const { first, second } = world;
  await world.talkIn("Markup");
  const content = `<img src=x onerror="document.title='owned'"> & <b>bold</b>`;
  await first.says(content);
  await second.seesExactly([content]);
  assert.equal(await world.page.title(), "caas chat");
  assert.equal(await second.pane.locator(".message img[src]").count(), 0);
});

test("a conversation is created on the page", async () => {
  const { first, second } = world;
  await first.pane.getByRole("button", { name: "New conversation" }).click();
  const dialog = world.page.getByRole("dialog");
  await dialog.getByRole("radio", { name: "Channel" }).check();
  await dialog.getByLabel("Name").fill("Town hall");
  await dialog.getByRole("checkbox", { name: second.user.name }).check();
  await dialog.getByRole("button", { name: "Create" }).click();
  await second.open("Town hall");
  await second.pane.getByRole("button", { name: "Members" }).click();
  const members = second.pane.getByRole("complementary", { name: "Members" });
  await members.getByText(first.user.name, { exact: true }).waitFor();
  await members.getByText("Owner").waitFor();
  await second.presses("Escape");
  await members.waitFor({ state: "hidden" });
});

test("a member leaves a conversation and is added again", async () => {
  const { page, first, second } = world;
  await world.talkIn("Come and go");
  await first.says("Welcome");
  await second.pane.getByRole("button", { name: "Members" }).click();
  await second.pane.getByRole("button", { name: "Leave conversation" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Leave" }).click();
  await second.row("Come and go").waitFor({ state: "detached" });
  await first.pane.getByText("Group · 1 member").waitFor();
  await first.pane.getByRole("button", { name: "Members" }).click();
  await first.pane
    .getByRole("textbox", { name: "External user IDs" })
    .fill(second.user.external_id);
  await first.presses("Enter");
  await second.open("Come and go");
  await second.seesExactly(["Welcome"]);
});

test("a narrow window shows one user, and either the list or the conversation", async () => {
  const { page, first, second } = world;
  await world.talkIn("On the train");
  await page.setViewportSize({ width: 390, height: 780 });
  try {
    await page.getByRole("tab", { name: first.user.name }).click();
    await first.says("Almost there");
    assert.equal(await second.pane.isVisible(), false);
    assert.equal(
      await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth),
      true,
    );
    await page.getByRole("tab", { name: second.user.name }).click();
    await second.sees("Almost there");
    await second.pane.getByRole("button", { name: "Back to conversations" }).click();
    await second.row("On the train").waitFor();
  } finally {
    await page.setViewportSize({ width: 1360, height: 820 });
  }
});
