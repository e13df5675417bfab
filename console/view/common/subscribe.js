/**
 * Calls `render` now and after every change of a source.
 *
 * @param {() => void} render
 * @param {...{on: (name: "changed", listener: () => void) => () => void}} sources
 * @returns {() => void} ends the subscription
 */
export function subscribe(render, ...sources) {
  const unsubscribes = sources.map((source) => source.on("changed", () => render()));
  render();
  return () => unsubscribes.forEach((unsubscribe) => unsubscribe());
}
