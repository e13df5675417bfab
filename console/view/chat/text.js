import { el } from "./dom.js";

const ADDRESS = /https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]]/g;

/** Text as nodes, with web addresses as links. @param {string} content */
export function text(content) {
  const nodes = [];
  let end = 0;
  for (const { 0: address, index } of content.matchAll(ADDRESS)) {
    nodes.push(content.slice(end, index), link(address, address));
    end = index + address.length;
  }
  return [...nodes, content.slice(end)];
}

/** A link that leaves the page. @param {string} address @param {string} label */
export function link(address, label) {
  return el("a", { href: address, target: "_blank", rel: "noopener noreferrer", text: label });
}
