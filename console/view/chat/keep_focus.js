/**
 * Replaces content of an element and keeps the focus in it: on the control with the same label as
 * before, otherwise on the element itself. Without this, the focus of a user who works with the
 * keyboard would be lost whenever the content changes.
 *
 * @param {HTMLElement} element can be focused
 * @param {() => void} replace
 */
export function keepFocus(element, replace) {
  const focused = document.activeElement;
  const key = focused && element.contains(focused) ? keyOf(focused) : undefined;
  replace();
  if (!focused || key === undefined || focused.isConnected) return;
  const controls = [...element.querySelectorAll("button, input, a[href], video")];
  const same = controls.find((control) => keyOf(control) === key);
  (same instanceof HTMLElement ? same : element).focus({ preventScroll: true });
}

/** Returns what identifies a control while its label may change, such as the count of a reaction. @param {Element} control */
function keyOf(control) {
  const { emoji } = control instanceof HTMLElement ? control.dataset : {};
  return emoji ?? control.getAttribute("aria-label") ?? control.textContent ?? "";
}
