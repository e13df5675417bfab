/**
 * Returns a function that schedules a render for the next frame. Calls before that frame are merged.
 *
 * While a pointer is pressed inside `area` the render waits: if it replaced or moved the element
 * under the pointer, the browser would not dispatch `click`.
 *
 * @param {HTMLElement} area
 * @param {() => void} render
 */
export function scheduleRender(area, render) {
  let isScheduled = false;
  let isPressed = false;
  const onFrame = () => {
    if (!isScheduled || isPressed) return;
    isScheduled = false;
    render();
  };
  /** @param {Event} event */
  const release = ({ type, target }) => {
    if (type === "blur" && target !== window) return;
    isPressed = false;
    for (const name of RELEASES) removeEventListener(name, release, true);
    if (isScheduled) requestAnimationFrame(onFrame);
  };
  area.addEventListener("pointerdown", () => {
    isPressed = true;
    for (const name of RELEASES) addEventListener(name, release, true);
  });
  return () => {
    if (isScheduled) return;
    isScheduled = true;
    requestAnimationFrame(onFrame);
  };
}

/** Events of the window after which no pointer is pressed. */
const RELEASES = ["pointerup", "pointercancel", "dragend", "blur"];
