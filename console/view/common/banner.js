import { el } from "./dom.js";

/**
 * Returns the banner that is shown while there is no connection, with a button to reconnect.
 *
 * @param {import("../../model/chat.js").Chat} chat
 */
export function banner(chat) {
  const text = el("span", { role: "status" });
  const retry = el("button", {
    class: "banner-button",
    type: "button",
    text: "Reconnect now",
    hidden: true,
    onclick: () => chat.reconnect(),
  });
  const element = el("div", { class: "banner" }, text, retry);
  chat.on("state", ({ name, code }) => {
    if (name === "connecting") return;
    text.textContent = textOf(name, code);
    retry.hidden = name !== "waiting";
    element.toggleAttribute("data-shown", name !== "ready");
  });
  return element;
}

/** @param {import("../../../sdk/js/src/index.js").State["name"]} name @param {number} [code] */
function textOf(name, code) {
  if (name === "ready") return "";
  if (name !== "stopped") return "Connection lost. Reconnecting…";
  if (code === 4009)
    return "This chat was opened in another window. Reload the page to use it here.";
  if (code === 4003) return "This user has no access to the chat.";
  return "The session has expired. Open a new link from the terminal.";
}
