import assert from "node:assert/strict";

/** One of the two users on the page, with what a user does and sees there. */
export class ChatUser {
  /**
   * @param {import("playwright-core").Page} page
   * @param {import("playwright-core").Locator} pane
   * @param {import("../../console/sign_in.js").Session} session
   */
  constructor(page, pane, { user, token }) {
    this.page = page;
    this.pane = pane;
    this.user = { ...user, name: user.name ?? "", external_id: user.external_id ?? "" };
    this.token = token;
    this.field = pane.getByRole("textbox", { name: "Message" });
  }

  /** Opens a conversation from the list, which may have to arrive first. @param {string} name */
  async open(name) {
    await this.row(name).click();
    await this.seesOpen(name);
  }

  /** The conversation with this name is open. @param {string} name */
  async seesOpen(name) {
    await this.pane.getByRole("heading", { name, exact: true }).waitFor();
  }

  /** Returns the conversation's row in the list. @param {string} name */
  row(name) {
    const label = this.page.locator(".row-name").getByText(name, { exact: true });
    return this.pane.getByRole("option").filter({ has: label });
  }

  /** @param {string} content */
  async says(content) {
    await this.field.fill(content);
    await this.field.press("Enter");
  }

  /** Attaches files to the message being written. @param {...{name: string, mimeType: string, buffer: Buffer}} files */
  async attaches(...files) {
    await this.pane.getByLabel("Files to attach").setInputFiles(files);
    for (const { name } of files) await this.pane.getByText(name, { exact: true }).waitFor();
  }

  /** Returns the message with this text. @param {string} content */
  message(content) {
    const text = this.page.getByText(content, { exact: true });
    return this.pane.locator(".message").filter({ has: text });
  }

  /** @param {string} content */
  async sees(content) {
    await this.message(content).waitFor();
  }

  /** The message has this status. @param {string} content @param {"Sent" | "Delivered" | "Read"} status */
  async seesReceipt(content, status) {
    await this.message(content).getByRole("img", { name: status, exact: true }).waitFor();
  }

  /** The open conversation has exactly these messages, in this order. @param {string[]} expected */
  async seesExactly(expected) {
    const contents = this.pane.locator(".content");
    try {
      await this.page.waitForFunction(
        ({ pane, wanted }) => {
          const shown = [...(pane?.querySelectorAll(".content") ?? [])];
          return JSON.stringify(shown.map((text) => text.textContent)) === wanted;
        },
        { pane: await this.pane.elementHandle(), wanted: JSON.stringify(expected) },
      );
    } catch {
      assert.deepEqual(await contents.allTextContents(), expected);
    }
  }

  /** Scrolls to the start of the timeline until this many messages are shown. @param {number} count */
  async scrollsBackUntil(count) {
    await this.page.waitForFunction(
      ({ pane, wanted }) => {
        const log = pane?.querySelector("[role=log]");
        if (log) log.scrollTop = 0;
        return pane?.querySelectorAll(".message").length === wanted;
      },
      { pane: await this.pane.elementHandle(), wanted: count },
    );
  }

  /** Presses a key, in whatever element has the focus. @param {string} key */
  async presses(key) {
    await this.page.keyboard.press(key);
  }

  /**
   * Sends a request to the public API as this user.
   *
   * @param {string} method
   * @param {string} path
   * @param {object} [body]
   * @returns {Promise<unknown>}
   */
  async asks(method, path, body) {
    const authorization = `Bearer ${this.token}`;
    const response = await fetch(new URL(path, this.page.url()), {
      method,
      headers: { authorization, "content-type": "application/json" },
      body: body && JSON.stringify(body),
    });
    const text = await response.text();
    assert.ok(response.ok, `${method} ${path}: ${response.status} ${text}`);
    return JSON.parse(text);
  }
}
