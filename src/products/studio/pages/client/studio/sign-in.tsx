import { useState } from "hono/jsx/dom";
import { call, setToken } from "./api.ts";
import { text } from "./language.ts";
import { Field, Problem, useAction } from "./parts.tsx";

/** Signing in, or an account of one's own first. */
export const SignIn = ({ onSignedIn }: { readonly onSignedIn: () => void }) => {
  const [isNew, setNew] = useState(false);
  const { busy, problem, act, setProblem } = useAction();
  const submit = (event: Event): void => {
    event.preventDefault();
    const fields = Object.fromEntries(new FormData(event.target as HTMLFormElement));
    void act(async () => {
      const { token } = await call<{ token: string }>(
        isNew ? "/auth/register" : "/auth/login",
        "POST",
        fields,
      );
      setToken(token);
      onSignedIn();
    });
  };
  return (
    <section class="narrow stack">
      <h1>{text.title}</h1>
      <p class="muted">{text.lead}</p>
      <form class="card" onSubmit={submit}>
        <h2>{isNew ? text.register : text.signIn}</h2>
        <Problem message={problem} />
        {isNew && (
          <Field label={text.username}>
            <input name="username" autocomplete="username" minlength={3} maxlength={32} required />
          </Field>
        )}
        <Field label={isNew ? text.email : text.emailOrName}>
          <input
            name="email"
            type={isNew ? "email" : "text"}
            autocomplete={isNew ? "email" : "username"}
            required
          />
        </Field>
        <Field label={text.password}>
          <input
            name="password"
            type="password"
            autocomplete={isNew ? "new-password" : "current-password"}
            minlength={isNew ? 8 : 1}
            maxlength={128}
            required
          />
        </Field>
        <button type="submit" disabled={busy}>
          {isNew ? text.register : text.signIn}
        </button>
        <button
          type="button"
          class="button-quiet"
          onClick={() => {
            setNew(!isNew);
            setProblem(undefined);
          }}
        >
          {isNew ? text.haveAccount : text.noAccount}
        </button>
      </form>
    </section>
  );
};
