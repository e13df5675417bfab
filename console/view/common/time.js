const clockFormat = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });
const weekdayFormat = new Intl.DateTimeFormat(undefined, { weekday: "long" });
const shortWeekdayFormat = new Intl.DateTimeFormat(undefined, { weekday: "short" });
const dateFormat = new Intl.DateTimeFormat(undefined, {
  day: "numeric",
  month: "long",
  year: "numeric",
});
const shortFormat = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const DAY_MS = 86_400_000;

/** Returns the time of day, such as 9:41 AM or 09:41. @param {string} time */
export function clock(time) {
  return clockFormat.format(new Date(time));
}

/** Returns the day: Today, Yesterday, Tuesday or 3 March 2026. @param {string} time */
export function day(time) {
  const ago = daysAgo(time);
  if (ago < 2) return ago < 1 ? "Today" : "Yesterday";
  return (ago < 7 ? weekdayFormat : dateFormat).format(new Date(time));
}

/** Returns the shortest form of a time: 9:41 AM, Tue or 3 Mar. @param {string} time */
export function brief(time) {
  const ago = daysAgo(time);
  if (ago < 1) return clock(time);
  return (ago < 7 ? shortWeekdayFormat : shortFormat).format(new Date(time));
}

/** Returns the text for the time when a user was last online. @param {string} time */
export function lastSeen(time) {
  return daysAgo(time) < 1
    ? `last seen at ${clock(time)}`
    : `last seen ${day(time).toLowerCase()} at ${clock(time)}`;
}

/** Returns the number of midnights since then, in the local time zone. @param {string} time */
function daysAgo(time) {
  /** @param {string | number} date */
  const midnight = (date) => new Date(date).setHours(0, 0, 0, 0);
  return Math.round((midnight(Date.now()) - midnight(time)) / DAY_MS);
}

/** Returns a duration as minutes and seconds, such as `3:07`. @param {number} ms */
export function duration(ms) {
  const seconds = Math.round(ms / 1_000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
