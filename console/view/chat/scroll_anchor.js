import { childElements } from "../common/dom.js";

/** Distance from the end that counts as the end, in pixels. */
const THRESHOLD = 60;

/**
 * Keeps the visible messages in their position while others are inserted above. At the end, the
 * timeline stays at the end.
 *
 * @param {HTMLElement} log the scrolling element
 * @param {HTMLElement} items
 * @param {(atEnd: boolean) => void} onScroll
 */
export function scrollAnchor(log, items, onScroll) {
  let atEnd = true;
  const toEnd = () => {
    atEnd = true;
    log.scrollTop = log.scrollHeight;
    onScroll(true);
  };
  log.addEventListener("scroll", () => {
    atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < THRESHOLD;
    onScroll(atEnd);
  });
  new ResizeObserver(() => {
    if (atEnd) toEnd();
  }).observe(log);
  return {
    toEnd,
    isAtEnd: () => atEnd,
    /** Applies a change of the items and restores the position. @param {() => void} change */
    keep(change) {
      const anchor = atEnd ? undefined : firstVisible(log, items);
      const offset = anchor?.offsetTop ?? 0;
      change();
      if (atEnd) toEnd();
      else if (anchor?.isConnected) log.scrollTop += anchor.offsetTop - offset;
    },
  };
}

/** @param {HTMLElement} log @param {HTMLElement} items */
function firstVisible(log, items) {
  return childElements(items).find((item) => item.offsetTop + item.offsetHeight > log.scrollTop);
}
