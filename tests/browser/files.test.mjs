import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, afterEach, before, test } from "node:test";
import { World } from "./world.mjs";

/** @type {World} */
let world;
before(async () => (world = await World.open()));
after(() => world?.close());
afterEach(() => assert.deepEqual(world.errors, []));

test("an attached image is described, shown to both users, opened and removed", async () => {
  const { page, first, second } = world;
  await world.talkIn("Pictures");
  await first.attaches({ name: "sky.png", mimeType: "image/png", buffer: await picture(640, 400) });
  await first.pane.getByRole("textbox", { name: "Description of sky.png" }).fill("A blue sky");
  await first.says("Look");
  await second.sees("Look");
  await second.message("Look").locator(".image[data-loaded]").waitFor();
  const shown = second.message("Look").getByRole("img", { name: "A blue sky" });
  await isLoaded(shown, 320);

  await second.message("Look").getByRole("button", { name: "Open A blue sky" }).click();
  const viewer = page.getByRole("dialog", { name: "Image viewer" });
  await isLoaded(viewer.getByRole("img", { name: "A blue sky" }), 640);
  await second.presses("+");
  await second.presses("Escape");
  await viewer.waitFor({ state: "detached" });

  await first.message("Look").hover();
  await first.pane.getByRole("button", { name: "Delete", exact: true }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await second.pane.getByText("This message was deleted").waitFor();
  await shown.waitFor({ state: "detached" });
});

test("several files are sent without text, and one is downloaded", async () => {
  const { page, first, second } = world;
  await world.talkIn("Papers");
  await first.attaches(
    { name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("remember the milk") },
    { name: "wrong.txt", mimeType: "text/plain", buffer: Buffer.from("not this one") },
    { name: "list.csv", mimeType: "text/csv", buffer: Buffer.from("a,b\n1,2\n") },
  );
  await first.pane.getByRole("button", { name: "Remove wrong.txt" }).click();
  await first.field.press("Enter");
  const download = page.waitForEvent("download");
  await second.pane.getByRole("button", { name: "Download notes.txt" }).click();
  const path = await (await download).path();
  assert.equal(await readFile(path, "utf8"), "remember the milk");
  await second.pane.getByRole("button", { name: "Download list.csv" }).waitFor();
  assert.equal(await second.pane.getByRole("button", { name: "Download wrong.txt" }).count(), 0);
});

test("files are attached by drop and paste", async () => {
  const { first, second } = world;
  await world.talkIn("Dropped");
  for (const [type, name] of [
    ["drop", "dropped.txt"],
    ["paste", "pasted.txt"],
  ]) {
    await first.field.evaluate(
      (field, [event, fileName]) => {
        const data = new DataTransfer();
        data.items.add(new File(["text"], fileName, { type: "text/plain" }));
        const options = { bubbles: true, cancelable: true };
        field.dispatchEvent(
          event === "drop"
            ? new DragEvent(event, { ...options, dataTransfer: data })
            : new ClipboardEvent(event, { ...options, clipboardData: data }),
        );
      },
      [type, name],
    );
    await first.pane.getByText(name, { exact: true }).waitFor();
  }
  await first.says("Both");
  await second.sees("Both");
  await second.message("Both").getByRole("button", { name: "Download dropped.txt" }).waitFor();
  await second.message("Both").getByRole("button", { name: "Download pasted.txt" }).waitFor();
});

test("an upload that lost its connection is continued", async () => {
  const { page, first, second } = world;
  await world.talkIn("Unsteady");
  await page.route("**/v1/uploads/**", (route) => route.abort());
  await first.attaches({ name: "late.txt", mimeType: "text/plain", buffer: Buffer.from("late") });
  const retry = first.pane.getByRole("button", { name: "Continue" });
  await retry.waitFor({ timeout: 60_000 });
  await page.unroute("**/v1/uploads/**");
  await retry.click();
  await first.says("At last");
  await second.message("At last").getByRole("button", { name: "Download late.txt" }).waitFor();
});

test("audio is played with its waveform", async () => {
  const { first, second } = world;
  await world.talkIn("Sounds");
  await first.attaches({ name: "tone.wav", mimeType: "audio/wav", buffer: tone(2) });
  await first.says("Listen");
  const player = second.message("Listen").getByRole("group", { name: "tone.wav" });
  await player.getByText("0:02").waitFor();
  assert.equal(await player.locator(".audio-bar").count(), 64);
  await player.getByRole("button", { name: "Play tone.wav" }).click();
  await player.getByRole("button", { name: "Pause tone.wav" }).waitFor();
  await player.locator(".audio-bar[data-played]").first().waitFor();
});

/** Waits until an image has its content, with this width. @param {import("playwright-core").Locator} image @param {number} width */
async function isLoaded(image, width) {
  const page = image.page();
  await image.waitFor();
  await page.waitForFunction(
    ({ element, wanted }) =>
      element instanceof HTMLImageElement && element.complete && element.naturalWidth === wanted,
    { element: await image.elementHandle(), wanted: width },
  );
}

/** Returns a PNG image, drawn by the browser. @param {number} width @param {number} height */
async function picture(width, height) {
  const data = await world.page.evaluate(
    ([columns, rows]) => {
      const canvas = document.createElement("canvas");
      canvas.width = columns;
      canvas.height = rows;
      const context = canvas.getContext("2d");
      const gradient = context?.createLinearGradient(0, 0, 0, rows);
      gradient?.addColorStop(0, "#2266cc");
      gradient?.addColorStop(1, "#aaddff");
      if (context && gradient) {
        context.fillStyle = gradient;
        context.fillRect(0, 0, columns, rows);
      }
      return canvas.toDataURL("image/png").split(",")[1];
    },
    [width, height],
  );
  return Buffer.from(data, "base64");
}

/** Returns a WAV file with a tone. @param {number} seconds */
function tone(seconds) {
  const rate = 8_000;
  const samples = rate * seconds;
  const wav = Buffer.alloc(44 + samples * 2);
  wav.write("RIFF", 0);
  wav.writeUInt32LE(36 + samples * 2, 4);
  wav.write("WAVEfmt ", 8);
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20);
  wav.writeUInt16LE(1, 22);
  wav.writeUInt32LE(rate, 24);
  wav.writeUInt32LE(rate * 2, 28);
  wav.writeUInt16LE(2, 32);
  wav.writeUInt16LE(16, 34);
  wav.write("data", 36);
  wav.writeUInt32LE(samples * 2, 40);
  for (let n = 0; n < samples; n += 1) {
    wav.writeInt16LE(Math.round(12_000 * Math.sin((2 * Math.PI * 440 * n) / rate)), 44 + n * 2);
  }
  return wav;
}
