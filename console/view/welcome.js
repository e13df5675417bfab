import { el } from "./common/dom.js";

const TEXTS = {
  none: {
    heading: "Open the link from the terminal",
    text: "caas prints a one-time link to this page when it starts. The link signs in both demo users.",
  },
  used: {
    heading: "This link has been used",
    text: "Each link works once and expires after ten minutes. Restart caas to get a new one.",
  },
  unreachable: {
    heading: "The server cannot be reached",
    text: "Check that caas is running, then reload this page.",
  },
};

/** Returns the page that is shown without a session. @param {keyof typeof TEXTS} reason */
export function welcome(reason) {
  const { heading, text } = TEXTS[reason];
  return el(
    "main",
    { class: "welcome" },
    el("img", { src: "/console/icon.svg", alt: "", width: 56, height: 56 }),
    el("h1", { text: heading }),
    el("p", { text }),
    el("pre", {}, el("code", { text: "cargo run --release" })),
  );
}
