import { Chat } from "./model/chat.js";
import { signIn, signOut } from "./sign_in.js";
import { frame } from "./view/frame.js";
import { welcome } from "./view/welcome.js";

addEventListener("hashchange", () => location.reload());

try {
  const { sessions, rejected } = await signIn();
  document.body.append(sessions ? openChats(sessions) : welcome(rejected ? "used" : "none"));
} catch {
  document.body.append(welcome("unreachable"));
}

/** Connects all users and returns the page. @param {import("./sign_in.js").Session[]} sessions */
function openChats(sessions) {
  const users = sessions.map(({ user }) => user);
  const chats = sessions.map(
    ({ user, token }) => new Chat({ url: location.origin, user, token, users }),
  );
  for (const chat of chats) {
    chat.on("ended", signOut);
    chat.open();
  }
  addEventListener("online", () => chats.forEach((chat) => chat.reconnect()));
  return frame(chats);
}
