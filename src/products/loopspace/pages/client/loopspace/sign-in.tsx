import { SignInForm } from "../../../../../ui/client/shared/sign-in-form.tsx";
import { call, type Session, setSession } from "./api.ts";
import { words } from "./words.ts";

/**
 * The pages that a `next` parameter may lead back to after sign-in. Any other address is ignored: no open redirect.
 */
const NEXT = /^\/loopspace\/(tracks|users)\/[\w-]+$/;

/** The sign-in and registration form of the console. */
export const SignIn = ({ onSignedIn }: { readonly onSignedIn: () => void }) => {
  const enter = async (path: string, body: object): Promise<void> => {
    setSession(await call<Session>(path, "POST", body));
    const next = new URLSearchParams(location.search).get("next") ?? "";
    if (NEXT.test(next)) location.replace(next);
    else onSignedIn();
  };
  return (
    <section class="narrow stack">
      <h1>{words.title}</h1>
      <p class="muted">{words.lead}</p>
      <SignInForm
        onSignIn={(identifier, password) => enter("/developer/session", { identifier, password })}
        onRegister={({ username, email, password }) =>
          enter("/developer/accounts", { username, email, password })
        }
      />
    </section>
  );
};
