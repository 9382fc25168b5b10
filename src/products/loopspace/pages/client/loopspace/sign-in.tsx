import { useState } from "hono/jsx/dom";
import { Field } from "../../../../../ui/components.tsx";
import { call, type Session, setSession } from "./api.ts";
import { fieldsOf, Problem, useAction } from "./parts.tsx";
import { words } from "./words.ts";

/** Pages that send somebody here to sign in: they are led back. */
const NEXT = /^\/loopspace\/(tracks|users)\/[\w-]+$/;

/** Signing in, or an account of one's own first. */
export const SignIn = ({ onSignedIn }: { readonly onSignedIn: () => void }) => {
  const [isNew, setNew] = useState(false);
  const { busy, problem, act, setProblem } = useAction();
  const submit = (event: Event): void => {
    const fields = Object.fromEntries(fieldsOf(event).fields);
    void act(async () => {
      setSession(await call<Session>(isNew ? "/developer/accounts" : "/developer/session", "POST", fields));
      const next = new URLSearchParams(location.search).get("next") ?? "";
      if (NEXT.test(next)) location.replace(next);
      else onSignedIn();
    });
  };
  return (
    <section class="narrow stack">
      <h1>{words.title}</h1>
      <p class="muted">{words.lead}</p>
      <form class="card" onSubmit={submit}>
        <h2>{isNew ? words.register : words.signIn}</h2>
        <Problem message={problem} />
        {isNew ? (
          <>
            <Field label={words.username}>
              <input name="username" autocomplete="username" minlength={3} maxlength={32} required />
            </Field>
            <Field label={words.email}>
              <input name="email" type="email" autocomplete="email" required />
            </Field>
          </>
        ) : (
          <Field label={words.identifier}>
            <input name="identifier" autocomplete="username" required />
          </Field>
        )}
        <Field label={words.password}>
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
          {isNew ? words.register : words.signIn}
        </button>
        <button
          type="button"
          class="button-quiet"
          onClick={() => {
            setNew(!isNew);
            setProblem(undefined);
          }}
        >
          {isNew ? words.haveAccount : words.noAccount}
        </button>
      </form>
    </section>
  );
};
