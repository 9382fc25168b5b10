import { useState } from "hono/jsx/dom";
import { Field } from "../../components.tsx";
import { fieldsOf, Problem, useAction } from "./action.tsx";
import { words } from "./language.ts";

export interface NewAccount {
  readonly username: string;
  readonly email: string;
  readonly password: string;
  /** Empty unless the form asks for it (`asksFullName`). */
  readonly fullName: string;
}

interface SignInFormProps {
  /** Throws an error with the message to show. */
  readonly onSignIn: (identifier: string, password: string) => Promise<void>;
  readonly onRegister: (account: NewAccount) => Promise<void>;
  readonly asksFullName?: boolean;
}

/** A form to sign in or to register. */
export const SignInForm = ({ onSignIn, onRegister, asksFullName }: SignInFormProps) => {
  const [isNew, setNew] = useState(false);
  const { busy, problem, act, setProblem } = useAction();
  const submit = (event: Event): void => {
    const { fields } = fieldsOf(event);
    const field = (name: string) => String(fields.get(name) ?? "");
    const password = field("password");
    void act(() =>
      isNew
        ? onRegister({
            username: field("username"),
            email: field("email"),
            password,
            fullName: field("name"),
          })
        : onSignIn(field("identifier"), password),
    );
  };
  return (
    <form class="card" onSubmit={submit}>
      <h2>{isNew ? words.register : words.signIn}</h2>
      <Problem message={problem} />
      {isNew ? (
        <>
          <Field label={words.username}>
            <input name="username" autocomplete="username" minlength={3} maxlength={32} required />
          </Field>
          {asksFullName && (
            <Field label={words.fullName}>
              <input name="name" autocomplete="name" maxlength={100} required />
            </Field>
          )}
          <Field label={words.email}>
            <input name="email" type="email" autocomplete="email" required />
          </Field>
        </>
      ) : (
        <Field label={words.emailOrName}>
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
  );
};
