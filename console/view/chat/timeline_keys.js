/**
 * Up and down go from message to message, Home and End to the outermost; r reacts, e edits, Delete
 * deletes; Escape goes back to the composer.
 * @param {HTMLElement} items
 * @param {ReturnType<typeof import("./timeline_actions.js").timelineActions>} actions
 * @param {() => void} leave
 */
export function timelineKeys(items, actions, leave) {
  return (event) => {
    const messages = [...items.querySelectorAll(".message")];
    const at = messages.indexOf(document.activeElement?.closest(".message"));
    const last = messages.length - 1;
    const target = { ArrowUp: at < 0 ? last : at - 1, ArrowDown: at < 0 ? last : at + 1, Home: 0, End: last }[event.key];
    if (messages[target]) messages[target].focus();
    else if (event.key === "Escape") leave();
    else if (at < 0 || !act(event.key, messages[at].message, actions)) return;
    event.preventDefault();
  };
}

/** Whether the key did something with the message. */
function act(key, message, actions) {
  if (!message?.id || message.deleted_at) return false;
  const { canEdit, canRemove } = actions.may(message);
  if (key === "r") actions.focus();
  else if (key === "e" && canEdit) actions.edit(message);
  else if (key === "Delete" && canRemove) void actions.remove(message);
  else return false;
  return true;
}
