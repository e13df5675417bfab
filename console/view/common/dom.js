/** @typedef {string | number | boolean | undefined | (() => void)} Property */

/**
 * Creates an element. Properties are attributes, except `text` (the text content) and `on…`
 * (listeners). Absent and false properties are omitted.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, Property>} [properties]
 * @param {...(Node | string | undefined)} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (name === "text") element.textContent = String(value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.filter((child) => child !== undefined));
  return element;
}

/** Returns the closest element of a class to an event's target. @param {Event} event @param {string} selector */
export function closest({ target }, selector) {
  const element = target instanceof Element ? target.closest(selector) : undefined;
  return element instanceof HTMLElement ? element : undefined;
}

/** Returns the child elements. @param {Element} container */
export function childElements(container) {
  return [...container.children].filter((child) => child instanceof HTMLElement);
}
