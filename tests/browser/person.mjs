import assert from "node:assert/strict";

/** One of the two users on the page, and what a person does and sees there. */
export class Person {
  /** @param {import("playwright-core").Page} page @param {any} pane @param {{user: any, token: string}} session */
  constructor(page, pane, { user, token }) {
    this.page = page;
    this.pane = pane;
    this.user = user;
    this.token = token;
    this.field = pane.getByRole("textbox", { name: "Message" });
  }

  /** Opens a conversation from the list, which may have to arrive first. @param {string} name */
  async open(name) {
    await this.row(name).click();
    await this.pane.getByRole("heading", { name, exact: true }).waitFor();
  }

  /** The conversation's row in the list. @param {string} name */
  row(name) {
    return this.pane.getByRole("option").filter({ has: this.page.locator(".row-name").getByText(name, { exact: true }) });
  }

  /** @param {string} content */
  async says(content) {
    await this.field.fill(content);
    await this.field.press("Enter");
  }

  /** The message with this text. @param {string} content */
  message(content) {
    return this.pane.locator(".message").filter({ has: this.page.getByText(content, { exact: true }) });
  }

  /** @param {string} content */
  async sees(content) {
    await this.message(content).waitFor();
  }

  /** The message has come this far. @param {string} content @param {"Sent" | "Delivered" | "Read"} status */
  async seesTicks(content, status) {
    await this.message(content).getByRole("img", { name: status, exact: true }).waitFor();
  }

  /** Exactly these messages are in the open conversation, in this order. @param {string[]} expected */
  async seesExactly(expected) {
    try {
      await this.page.waitForFunction(
        ([pane, wanted]) => JSON.stringify([...pane.querySelectorAll(".content")].map((text) => text.textContent)) === wanted,
        [await this.pane.elementHandle(), JSON.stringify(expected)],
      );
    } catch {
      assert.deepEqual(await this.pane.locator(".content").allTextContents(), expected);
    }
  }

  /** Goes to the beginning of what is shown, again and again, until so many messages are. @param {number} count */
  async scrollsBackUntil(count) {
    const goBack = ([pane, wanted]) => {
      pane.querySelector("[role=log]").scrollTop = 0;
      return pane.querySelectorAll(".message").length === wanted;
    };
    await this.page.waitForFunction(goBack, [await this.pane.elementHandle(), count]);
  }

  /** The keyboard's place, without the mouse. @param {string} key */
  async presses(key) {
    await this.page.keyboard.press(key);
  }

  /** A request to the public API as this user. @param {string} method @param {string} path @param {object} [body] */
  async asks(method, path, body) {
    const headers = { authorization: `Bearer ${this.token}`, "content-type": "application/json" };
    const response = await fetch(new URL(path, this.page.url()), { method, headers, body: body && JSON.stringify(body) });
    assert.ok(response.ok, `${method} ${path}: ${response.status} ${await response.clone().text()}`);
    return response.json();
  }
}
