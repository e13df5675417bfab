import { childElements } from "./dom.js";

/**
 * Updates the children of a container to match a list. Elements of entries that remain are kept, so
 * that focus, scroll position and screen readers are not disturbed.
 *
 * @template Entry
 * @param {Element} container all children must be created here
 * @param {Entry[]} entries
 * @param {object} options
 * @param {(entry: Entry) => string} options.key
 * @param {(entry: Entry) => HTMLElement} options.create
 * @param {(element: HTMLElement, entry: Entry) => void} options.update
 */
export function reconcileChildren(container, entries, { key, create, update }) {
  const existing = new Map(childElements(container).map((child) => [child.dataset.key, child]));
  let next = container.firstElementChild;
  for (const entry of entries) {
    const name = key(entry);
    const element = existing.get(name) ?? create(entry);
    existing.delete(name);
    element.dataset.key = name;
    if (element === next) next = next.nextElementSibling;
    else container.insertBefore(element, next);
    update(element, entry);
  }
  for (const removed of existing.values()) removed.remove();
}
