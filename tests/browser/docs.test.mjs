import assert from "node:assert/strict";
import { test } from "node:test";
import { World } from "./world.mjs";

// Fails without `load-fonts="false"`: the bundle then requests fonts from another host.
test("the API reference shows every operation and asks no other host", async () => {
  const { world, errors } = await openReference();
  try {
    const description = await (await fetch(new URL("/openapi.json", world.server.url))).json();
    const operations = Object.entries(description.paths).flatMap(([path, item]) =>
      Object.entries(item).map(([method, operation]) => ({ path, method, ...operation })),
    );
    await entry(world.page, operations[0]).waitFor();
    for (const tag of description.tags) {
      const tagged = operations.filter(({ tags }) => tags.includes(tag.name));
      assert.ok(tagged.length > 0, tag.name);
      for (const operation of tagged)
        assert.equal(await entry(world.page, operation).count(), 1, operation.operationId);
    }

    const send = operations.find(({ operationId }) => operationId === "send_message");
    await entry(world.page, send).click();
    await world.page.getByRole("heading", { name: send.summary }).waitFor();
    assert.deepEqual(errors, []);
    assert.deepEqual(world.errors, []);
  } finally {
    await world.close();
  }
});

test("an operation is tried from the API reference with a user token", async () => {
  const { world, errors } = await openReference();
  try {
    const { page, first } = world;
    await page.locator("#link-auth").click();
    const scheme = page.locator("#security-scheme-user_token");
    await scheme.locator(".api-key-input").fill(first.token);
    await scheme.getByRole("button", { name: "SET" }).click();
    await scheme.getByText("Key Applied").waitFor();

    await entry(page, { method: "get", path: "/v1/users/{user}" }).click();
    await page.locator("#input-request-param-user").fill(first.user.id);
    const responded = page.waitForResponse((response) =>
      response.url().endsWith(`/v1/users/${first.user.id}`),
    );
    await page.getByRole("button", { name: "TRY", exact: true }).click();
    const response = await responded;
    assert.equal(response.status(), 200);
    assert.equal(await response.request().headerValue("authorization"), `Bearer ${first.token}`);
    await page.locator("api-request .tab-content").getByText(first.user.id).first().waitFor();
    assert.deepEqual(errors, []);
    assert.deepEqual(world.errors, []);
  } finally {
    await world.close();
  }
});

test("the API reference follows the preferred color scheme", async () => {
  const { world, errors } = await openReference();
  try {
    const { page } = world;
    /** @type {["light" | "dark", string][]} */
    const backgrounds = [
      ["light", "rgb(255, 254, 252)"],
      ["dark", "rgb(22, 27, 25)"],
    ];
    for (const [scheme, background] of backgrounds) {
      await page.emulateMedia({ colorScheme: scheme });
      await page.locator(`rapi-doc[theme=${scheme}]`).waitFor();
      await page.waitForFunction(
        (wanted) =>
          getComputedStyle(/** @type {Element} */ (document.querySelector("rapi-doc")))
            .backgroundColor === wanted,
        background,
      );
    }
    assert.deepEqual(errors, []);
    assert.deepEqual(world.errors, []);
  } finally {
    await world.close();
  }
});

/** A world whose page shows the API reference, and the errors of its console. */
async function openReference() {
  const world = await World.open();
  /** @type {string[]} */
  const errors = [];
  world.page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  const response = await world.page.goto(new URL("/docs", world.server.url).href);
  assert.match(
    response?.headers()["content-security-policy"] ?? "",
    /default-src 'none'; script-src 'self';/,
  );
  await world.page.locator("rapi-doc #link-auth").waitFor();
  return { world, errors };
}

/**
 * The entry of an operation in the navigation bar.
 * @param {import("playwright-core").Page} page
 * @param {{method: string, path: string}} operation
 */
function entry(page, { method, path }) {
  const content = `${method}-${path.replaceAll(/[\s#:?&={}]/g, "-")}`;
  return page.locator(`rapi-doc .nav-bar-path[data-content-id="${content}"]`);
}
