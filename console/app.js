import { Chat } from "./model/chat.js";
import { signIn, signOut } from "./sign_in.js";
import { frame } from "./view/frame.js";
import { welcome } from "./view/welcome.js";

addEventListener("hashchange", () => location.reload());

try {
  const { users, refused } = await signIn();
  document.body.append(users ? workplace(users) : welcome(refused ? "used" : "none"));
} catch {
  document.body.append(welcome("unreachable"));
}

/** Both users side by side, connected. */
function workplace(users) {
  const people = users.map(({ user }) => user);
  const chats = users.map(({ user, token }) => new Chat({ url: location.origin, user, token, people }));
  for (const chat of chats) {
    chat.on("ended", signOut);
    chat.open();
  }
  addEventListener("online", () => chats.forEach((chat) => chat.reconnect()));
  return frame(chats);
}
