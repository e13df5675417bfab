/**
 * Brings a container's children into line with a list, keeping the elements of entries that stay:
 * focus, scroll position and what is announced depend on them.
 *
 * @template T
 * @param {Element} container whose children are all made here
 * @param {T[]} entries
 * @param {{key: (entry: T) => string, create: (entry: T) => Element, update: (element: any, entry: T) => void}} how
 */
export function keyed(container, entries, { key, create, update }) {
  const present = new Map([...container.children].map((child) => [child.getAttribute("data-key"), child]));
  let at = container.firstElementChild;
  for (const entry of entries) {
    const name = key(entry);
    const element = present.get(name) ?? create(entry);
    present.delete(name);
    element.setAttribute("data-key", name);
    if (element === at) at = at.nextElementSibling;
    else container.insertBefore(element, at);
    update(element, entry);
  }
  for (const gone of present.values()) gone.remove();
}
