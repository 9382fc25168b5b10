import { useEffect, useState } from "hono/jsx/dom";
import { call, setToken, tokenOf } from "./api.ts";
import { language, text } from "./language.ts";
import { Field, Problem, useAction } from "./parts.tsx";

interface Planned {
  readonly meeting_id: number;
  readonly title: string;
  readonly start_time: string;
  readonly status: string;
}

const enter = (id: number): void => location.assign(`/meeting/${id}`);

const timeOf = (iso: string): string =>
  new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" }).format(new Date(iso));

const SignIn = ({ onSignedIn }: { readonly onSignedIn: () => void }) => {
  const { busy, problem, act } = useAction();
  const submit = (event: Event): void => {
    event.preventDefault();
    const fields = Object.fromEntries(new FormData(event.target as HTMLFormElement));
    void act(async () => {
      setToken((await call<{ access_token: string }>("/auth/login", "POST", fields)).access_token);
      onSignedIn();
    });
  };
  return (
    <form class="card" onSubmit={submit}>
      <h2>{text.signIn}</h2>
      <Problem message={problem} />
      <Field label={text.username}>
        <input name="username" autocomplete="username" required />
      </Field>
      <Field label={text.password}>
        <input name="password" type="password" autocomplete="current-password" required />
      </Field>
      <button type="submit" disabled={busy}>
        {text.signIn}
      </button>
    </form>
  );
};

const NewMeeting = () => {
  const { busy, problem, act } = useAction();
  const submit = (event: Event): void => {
    event.preventDefault();
    const form = new FormData(event.target as HTMLFormElement);
    const password = String(form.get("password") ?? "");
    void act(async () => {
      const made = await call<{ meeting_id: number }>("/meetings", "POST", {
        title: form.get("title"),
        allow_guests: form.has("allow_guests"),
        is_recording_enabled: true,
        ...(password ? { password } : {}),
      });
      enter(made.meeting_id);
    });
  };
  return (
    <form class="card" onSubmit={submit}>
      <h2>{text.newMeeting}</h2>
      <Problem message={problem} />
      <Field label={text.title}>
        <input name="title" maxlength={200} required />
      </Field>
      <Field label={text.meetingPassword}>
        <input name="password" maxlength={64} autocomplete="off" />
      </Field>
      <label class="actions">
        <input name="allow_guests" type="checkbox" /> {text.allowGuests}
      </label>
      <button type="submit" disabled={busy}>
        {text.create}
      </button>
    </form>
  );
};

const ByCode = () => {
  const { busy, problem, act } = useAction();
  const submit = (event: Event): void => {
    event.preventDefault();
    const code = String(new FormData(event.target as HTMLFormElement).get("code"));
    void act(async () => {
      const found = await call<{ meeting_id: number }>(`/meetings/code/${encodeURIComponent(code)}`);
      enter(found.meeting_id);
    });
  };
  return (
    <form class="card" onSubmit={submit}>
      <h2>{text.joinByCode}</h2>
      <Problem message={problem} />
      <Field label={text.code}>
        <input name="code" maxlength={20} placeholder="BCD-FGH-JKL" autocomplete="off" required />
      </Field>
      <button type="submit" disabled={busy}>
        {text.go}
      </button>
    </form>
  );
};

/** Where meetings are made and found. */
export const Home = () => {
  const [isSignedIn, setSignedIn] = useState(tokenOf() !== null);
  const [planned, setPlanned] = useState<readonly Planned[]>([]);
  const { problem, act } = useAction();
  useEffect(() => {
    if (isSignedIn)
      void act(async () => {
        try {
          setPlanned((await call<{ meetings: Planned[] }>("/meetings?page_size=20")).meetings);
        } finally {
          setSignedIn(tokenOf() !== null);
        }
      });
  }, [isSignedIn]);
  if (!isSignedIn)
    return (
      <div class="stack">
        <h1>{text.brand}</h1>
        <p class="muted">{text.lead}</p>
        <SignIn onSignedIn={() => setSignedIn(true)} />
      </div>
    );
  return (
    <div class="stack">
      <h1>{text.brand}</h1>
      <Problem message={problem} />
      <div class="columns">
        <NewMeeting />
        <ByCode />
      </div>
      <h2>{text.yourMeetings}</h2>
      <ul class="plain">
        {planned.map(({ meeting_id, title, start_time, status }) => (
          <li key={meeting_id}>
            <a href={`/meeting/${meeting_id}`}>{title}</a>{" "}
            <span class="muted small">
              {timeOf(start_time)} · {status}
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
};
