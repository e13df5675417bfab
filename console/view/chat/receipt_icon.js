import { el } from "../common/dom.js";
import { icon } from "../common/icon.js";

/** @typedef {"preparing" | "waiting" | "sending" | "failed" | "sent" | "delivered" | "read"} Status */

/** @type {Record<Status, {drawing: import("../common/icon.js").IconName, label: string}>} */
const ICONS = {
  preparing: { drawing: "clock", label: "Uploading" },
  waiting: { drawing: "clock", label: "Sending" },
  sending: { drawing: "clock", label: "Sending" },
  failed: { drawing: "alert", label: "Not sent" },
  sent: { drawing: "check", label: "Sent" },
  delivered: { drawing: "checks", label: "Delivered" },
  read: { drawing: "checks", label: "Read" },
};

/** Returns the icon for the delivery status of a message. @param {Status} status */
export function receiptIcon(status) {
  const { drawing, label } = ICONS[status];
  return el(
    "span",
    { class: `receipt receipt-${status}`, role: "img", "aria-label": label, title: label },
    icon(drawing),
  );
}
