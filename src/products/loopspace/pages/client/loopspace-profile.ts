/** The script of a profile page: the follow button. */
import { messageOf } from "../../../../ui/client/shared/api-error.ts";
import type { User } from "../../contract/index.ts";
import { call, currentSession } from "./loopspace/api.ts";
import { numberOf, text } from "./loopspace/language.ts";

const root = document.querySelector<HTMLElement>("[data-user]");
const link = root?.querySelector<HTMLElement>("[data-follow]");

const say = (problem: string): void => {
  const element = root?.querySelector<HTMLElement>("[data-problem]");
  if (!element) return;
  element.textContent = problem;
  element.hidden = problem === "";
};

const begin = async (id: string, place: HTMLElement): Promise<void> => {
  const session = currentSession();
  if (!session) return;
  // The API refuses an account that follows itself, so its own profile has no button.
  if (session.user.id === id) return place.remove();
  let user = await call<User>(`/users/${id}`);
  const button = Object.assign(document.createElement("button"), { type: "button" });
  const show = (): void => {
    button.textContent = user.isFollowing ? text.unfollow : text.follow;
    button.className = user.isFollowing ? "button-quiet" : "";
    button.ariaPressed = String(user.isFollowing);
    const followers = root?.querySelector('[data-figure="followers"] dd');
    if (followers) followers.textContent = numberOf(user.stats.followersCount);
  };
  button.addEventListener("click", async () => {
    button.disabled = true;
    say("");
    try {
      user = await call<User>(`/users/${id}/follow`, user.isFollowing ? "DELETE" : "POST");
      show();
    } catch (error) {
      say(messageOf(error));
    } finally {
      button.disabled = false;
    }
  });
  show();
  place.replaceWith(button);
};

if (root?.dataset.user && link)
  begin(root.dataset.user, link).catch((error: unknown) => {
    // Without a session (`call` forgets one that has ended) the visitor is a guest, and the sign-in link stays.
    if (currentSession()) say(messageOf(error));
  });
