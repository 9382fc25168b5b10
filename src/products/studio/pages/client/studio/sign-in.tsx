import { SignInForm } from "../../../../../ui/client/shared/sign-in-form.tsx";
import type { Grant } from "../../../contract/index.ts";
import { call, setToken } from "./api.ts";
import { text } from "./language.ts";

/** The form for signing in or registering. */
export const SignIn = ({ onSignedIn }: { readonly onSignedIn: () => void }) => {
  const enter = async (path: string, body: object): Promise<void> => {
    setToken((await call<Grant>(path, "POST", body)).token);
    onSignedIn();
  };
  return (
    <section class="narrow stack">
      <h1>{text.brand}</h1>
      <p class="muted">{text.lead}</p>
      <SignInForm
        onSignIn={(email, password) => enter("/auth/login", { email, password })}
        onRegister={({ username, email, password }) => enter("/auth/register", { username, email, password })}
      />
    </section>
  );
};
