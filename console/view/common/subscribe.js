/**
 * Calls `render` now and whenever one of the sources changes; gives what ends that.
 * @param {() => void} render
 * @param {...[{on: (name: string, listener: (value: any) => void) => () => void}, string]} sources
 * @returns {() => void}
 */
export function listening(render, ...sources) {
  const stops = sources.map(([source, name]) => source.on(name, () => render()));
  render();
  return () => stops.forEach((stop) => stop());
}
