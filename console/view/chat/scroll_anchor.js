/** This near to the end counts as the end, in pixels. */
const NEAR = 60;

/**
 * Keeps what is read in its place while messages come above it, and stays at the end for whoever is
 * there.
 * @param {HTMLElement} log what scrolls
 * @param {HTMLElement} items
 * @param {(atEnd: boolean) => void} moved
 */
export function scrollKeeper(log, items, moved) {
  let atEnd = true;
  const toEnd = () => {
    atEnd = true;
    log.scrollTop = log.scrollHeight;
    moved(true);
  };
  log.addEventListener("scroll", () => {
    atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < NEAR;
    moved(atEnd);
  });
  new ResizeObserver(() => atEnd && toEnd()).observe(log);
  return {
    toEnd,
    isAtEnd: () => atEnd,
    /** @param {() => void} change */
    keep(change) {
      const stayed = atEnd ? undefined : firstVisible(log, items);
      const before = stayed?.offsetTop;
      change();
      if (atEnd) toEnd();
      else if (stayed?.isConnected) log.scrollTop += stayed.offsetTop - before;
    },
  };
}

function firstVisible(log, items) {
  return [...items.children].find((item) => item.offsetTop + item.offsetHeight > log.scrollTop);
}
