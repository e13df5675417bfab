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
  const release = () => {
    isPressed = false;
    for (const type of RELEASES) removeEventListener(type, release, true);
    if (isScheduled) requestAnimationFrame(onFrame);
  };
  area.addEventListener("pointerdown", () => {
    isPressed = true;
    for (const type of RELEASES) addEventListener(type, release, true);
  });
  return () => {
    if (isScheduled) return;
    isScheduled = true;
    requestAnimationFrame(onFrame);
  };
}

/** Events after which no pointer is pressed, wherever it is released. */
const RELEASES = ["pointerup", "pointercancel", "dragend", "blur"];
