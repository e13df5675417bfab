import { chromium } from "playwright-core";
import { ChatUser } from "./chat_user.mjs";
import { Server } from "./server.mjs";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("playwright-core").Browser} Browser */
/** @typedef {import("../../console/sign_in.js").Session} Session */
/** @typedef {import("../../sdk/js/src/index.js").Conversation} Conversation */

const ARGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** A server, a browser and the chat page opened from the printed link, with both users on it. */
export class World {
  /** Errors of the page and requests to other hosts. @type {string[]} */
  errors = [];
  /** @type {ChatUser[]} */
  #users = [];

  /** @param {{server: Server, browser: Browser, page: Page}} parts */
  constructor({ server, browser, page }) {
    this.server = server;
    this.browser = browser;
    this.page = page;
  }

  /**
   * @param {import("playwright-core").BrowserContextOptions} [window]
   * @param {string} [engine]
   */
  static async open(window = { viewport: { width: 1360, height: 820 } }, engine = "sqlite") {
    const server = await Server.start(engine);
    const executablePath = process.env.CAAS_CHROMIUM ?? "/usr/bin/chromium";
    const browser = await chromium.launch({ executablePath, args: ARGS });
    const page = await browser.newPage(window);
    const world = new World({ server, browser, page });
    world.#recordErrors();
    await page.goto(server.link);
    await world.meet();
    return world;
  }

  /** The user in the first pane. */
  get first() {
    return this.#users[0];
  }

  /** The user in the second pane. */
  get second() {
    return this.#users[1];
  }

  /** Finds both users on the page. */
  async meet() {
    await this.page.locator(".pane").nth(1).waitFor();
    /** @type {Session[]} */
    const sessions = await this.page.evaluate(() =>
      JSON.parse(sessionStorage.getItem("caas.demo") ?? "[]"),
    );
    this.#users = sessions.map(
      (session, index) => new ChatUser(this.page, this.page.locator(".pane").nth(index), session),
    );
  }

  /**
   * Creates a group of both users and opens it in both panes.
   *
   * @param {string} name
   * @returns {Promise<Conversation>}
   */
  async talkIn(name) {
    const participants = [this.second.user.id];
    const group = { type: "group", name, participants };
    const conversation = await this.first.asks("POST", "/v1/conversations", group);
    await this.first.open(name);
    await this.second.open(name);
    return /** @type {Conversation} */ (conversation);
  }

  async close() {
    await this.browser.close();
    await this.server.remove();
  }

  #recordErrors() {
    const host = new URL(this.server.url).host;
    this.page.on("pageerror", (error) => this.errors.push(String(error.stack)));
    this.page.on("request", (request) => {
      const { protocol, host: other } = new URL(request.url());
      // `blob:` addresses are content that the page holds.
      if (protocol !== "blob:" && other !== host) this.errors.push(request.url());
    });
    this.page.on("console", (message) => {
      const text = message.text();
      if (/Content Security Policy|Uncaught/.test(text)) this.errors.push(text);
    });
  }
}
