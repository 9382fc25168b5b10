import { useEffect, useState } from "hono/jsx/dom";
import type { z } from "zod";
import { fieldsOf, Problem, useAction } from "../../../../../ui/client/shared/action.tsx";
import { language } from "../../../../../ui/client/shared/language.ts";
import { Field } from "../../../../../ui/components.tsx";
import type { invitationSchema, meetingSchema, meetingsPageSchema } from "../../../contract/index.ts";
import { MAX_CODE_TEXT, MAX_MEETING_PASSWORD, MAX_TITLE } from "../../../contract/limits.ts";
import { call, setToken, tokenOf } from "./api.ts";
import { text } from "./language.ts";
import { SignIn } from "./sign-in.tsx";

type MeetingsPage = z.output<typeof meetingsPageSchema>;
type Planned = MeetingsPage["meetings"][number];

const enter = (id: number): void => location.assign(`/meeting/${id}`);

const timeOf = (iso: string): string =>
  new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" }).format(new Date(iso));

const NewMeeting = () => {
  const { busy, problem, act } = useAction();
  const submit = (event: Event): void => {
    const { fields } = fieldsOf(event);
    const password = String(fields.get("password") ?? "");
    void act(async () => {
      const made = await call<z.output<typeof meetingSchema>>("/meetings", "POST", {
        title: fields.get("title"),
        allow_guests: fields.has("allow_guests"),
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
        <input name="title" maxlength={MAX_TITLE} required />
      </Field>
      <Field label={text.meetingPassword}>
        <input name="password" maxlength={MAX_MEETING_PASSWORD} autocomplete="off" />
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
    const code = String(fieldsOf(event).fields.get("code"));
    void act(async () => {
      const found = await call<z.output<typeof invitationSchema>>(
        `/meetings/code/${encodeURIComponent(code)}`,
      );
      enter(found.meeting_id);
    });
  };
  return (
    <form class="card" onSubmit={submit}>
      <h2>{text.joinByCode}</h2>
      <Problem message={problem} />
      <Field label={text.code}>
        <input name="code" maxlength={MAX_CODE_TEXT} placeholder="BCD-FGH-JKL" autocomplete="off" required />
      </Field>
      <button type="submit" disabled={busy}>
        {text.go}
      </button>
    </form>
  );
};

const Meetings = ({ list }: { readonly list: readonly Planned[] }) =>
  list.length === 0 ? (
    <p class="muted">{text.noMeetings}</p>
  ) : (
    <ul class="plain">
      {list.map(({ meeting_id, title, meeting_code, start_time, status }) => (
        <li key={meeting_id}>
          <a href={`/meeting/${meeting_id}`}>{title}</a>{" "}
          <span class="muted small">
            {timeOf(start_time)} · {text.statuses[status]} · <span class="code">{meeting_code}</span>
          </span>
        </li>
      ))}
    </ul>
  );

/** The page where meetings are created and found. */
export const Home = () => {
  const [isSignedIn, setSignedIn] = useState(tokenOf() !== null);
  const [planned, setPlanned] = useState<readonly Planned[] | undefined>(undefined);
  const { problem, act } = useAction();
  useEffect(() => {
    if (!isSignedIn) return;
    void act(async () => {
      try {
        setPlanned((await call<MeetingsPage>("/meetings?page_size=20")).meetings);
      } finally {
        setSignedIn(tokenOf() !== null);
      }
    });
  }, [isSignedIn]);
  const signOut = async (): Promise<void> => {
    // The page signs out in any case. If the server cannot be reached, the session expires by itself.
    await call("/auth/logout", "POST").catch(() => undefined);
    setToken(null);
    setSignedIn(false);
    setPlanned(undefined);
  };
  if (!isSignedIn)
    return (
      <div class="stack narrow">
        <h1>{text.brand}</h1>
        <p class="muted">{text.lead}</p>
        <SignIn onSignedIn={() => setSignedIn(true)} />
      </div>
    );
  return (
    <div class="stack">
      <div class="heading">
        <h1>{text.brand}</h1>
        <button type="button" class="button-quiet" onClick={() => void signOut()}>
          {text.signOut}
        </button>
      </div>
      <Problem message={problem} />
      <div class="columns">
        <NewMeeting />
        <ByCode />
      </div>
      <h2>{text.yourMeetings}</h2>
      {planned && <Meetings list={planned} />}
    </div>
  );
};
