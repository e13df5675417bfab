const PATHS = {
  back: "M15 5l-7 7 7 7",
  check: "M5 12.5l4.5 4.5L19 7.5",
  checks: "M2 12.5l4.5 4.5L16 7.5M11.5 16l1 1L22 7.5",
  clock: "M12 7v5l3 2M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17z",
  clip: "M8 12.5l6-6a3 3 0 0 1 4.3 4.3l-7.5 7.5a5 5 0 0 1-7-7L11 4",
  close: "M6 6l12 12M18 6L6 18",
  compose: "M12 5v14M5 12h14",
  alert: "M12 8v5M12 16.5v.01M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17z",
  down: "M6 10l6 6 6-6",
  edit: "M4 20l1-4L16.5 4.5a2.1 2.1 0 0 1 3 3L8 19z",
  file: "M7 3.5h7l4 4V20.5H7zM14 3.5V8h4",
  hash: "M9 4L7 20M17 4l-2 16M4.5 9h16M3.5 15h16",
  larger: "M12 6v12M6 12h12",
  next: "M9 5l7 7-7 7",
  pause: "M8.5 5.5v13M15.5 5.5v13",
  play: "M8 5l11 7-11 7z",
  smaller: "M6 12h12",
  users:
    "M9 11.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 20c.4-3.5 3-5.5 6.5-5.5s6.1 2 6.5 5.5M16 5a3.3 3.3 0 0 1 0 6.2M18.5 15c1.700.9 2.700 2.600 3 5",
  send: "M5 12h14M12.5 5.5L19 12l-6.5 6.5",
  smile:
    "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM8.5 14c.8 1.3 2 2 3.5 2s2.700-.7 3.5-2M9 9.5v.01M15 9.5v.01",
  trash: "M4.5 7h15M9.5 7V4.5h5V7M6.5 7l.8 12.5h9.400L17.5 7",
};

/** @typedef {keyof typeof PATHS} IconName */

/** Returns a decorative icon, hidden from screen readers. @param {IconName} name */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", `icon icon-${name}`);
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}
