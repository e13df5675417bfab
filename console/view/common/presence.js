import { lastSeen } from "./time.js";

/** Returns the presence of a user as text. @param {{online?: boolean, last_seen_at?: string}} user */
export function presence({ online, last_seen_at }) {
  if (online) return "Online";
  return last_seen_at ? lastSeen(last_seen_at) : "Offline";
}
