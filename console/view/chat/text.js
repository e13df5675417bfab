import { el } from "../common/dom.js";

const URL_PATTERN = /https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]]/g;

/** Returns text as nodes, with links for web addresses. @param {string} content */
export function text(content) {
  /** @type {(string | Node)[]} */
  const nodes = [];
  let end = 0;
  for (const { 0: url, index } of content.matchAll(URL_PATTERN)) {
    nodes.push(content.slice(end, index), link(url, url));
    end = index + url.length;
  }
  return [...nodes, content.slice(end)];
}

/** Returns a link that opens in a new tab. @param {string} href @param {string} label */
export function link(href, label) {
  return el("a", { href, target: "_blank", rel: "noopener noreferrer", text: label });
}
