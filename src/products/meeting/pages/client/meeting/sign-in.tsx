import type { z } from "zod";
import { type NewAccount, SignInForm } from "../../../../../ui/client/shared/sign-in-form.tsx";
import type { grantSchema } from "../../../contract/index.ts";
import { call, setToken } from "./api.ts";

/** Signs in with an account, or registers one. */
export const SignIn = ({ onSignedIn }: { readonly onSignedIn: () => void }) => {
  const signIn = async (username: string, password: string): Promise<void> => {
    setToken(
      (await call<z.output<typeof grantSchema>>("/auth/login", "POST", { username, password })).access_token,
    );
    onSignedIn();
  };
  const register = async ({ username, email, password, fullName }: NewAccount): Promise<void> => {
    await call("/auth/register", "POST", { username, email, password, full_name: fullName });
    await signIn(username, password);
  };
  return <SignInForm onSignIn={signIn} onRegister={register} asksFullName />;
};
