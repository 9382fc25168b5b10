import { useEffect, useState } from "hono/jsx/dom";
import { Problem } from "../../../../../ui/client/shared/action.tsx";
import { messageOf } from "../../../../../ui/client/shared/api-error.ts";
import { words } from "../../../../../ui/client/shared/language.ts";
import type { Page, Profile, Work } from "../../../contract/index.ts";
import { Account } from "./account.tsx";
import { Admin } from "./admin.tsx";
import { call, setToken, tokenOf, whenSignedOut } from "./api.ts";
import { Assistant } from "./assistant.tsx";
import { Create } from "./create.tsx";
import { text } from "./language.ts";
import { connectLiveUpdates, type LiveTasks } from "./live-updates.ts";
import { SignIn } from "./sign-in.tsx";
import { Square } from "./square.tsx";
import type { ShownTask } from "./task-card.tsx";
import { Works } from "./works.tsx";

const TABS = ["create", "works", "square", "assistant", "account", "admin"] as const;
type Tab = (typeof TABS)[number];

const tabOfHash = (): Tab => TABS.find((tab) => location.hash === `#${tab}`) ?? "create";

const useLive = (isSignedIn: boolean, onEnded: () => void) => {
  const [tasks, setTasks] = useState<LiveTasks>({});
  const [connected, setConnected] = useState(false);
  const [displaced, setDisplaced] = useState(false);
  useEffect(() => {
    // A displaced state must not carry over to the next account.
    if (!isSignedIn) setDisplaced(false);
    if (!isSignedIn || displaced) return undefined;
    return connectLiveUpdates({
      onMessage: (message) => setTasks((known: LiveTasks) => ({ ...known, [message.taskId]: message })),
      onState: setConnected,
      onEnded,
      onDisplaced: () => setDisplaced(true),
    });
  }, [isSignedIn, displaced]);
  return { tasks, connected, displaced, resume: () => setDisplaced(false) };
};

/** The studio page: sign-in, or the tabs of the signed-in user. */
export const App = () => {
  const [isSignedIn, setSignedIn] = useState(tokenOf() !== null);
  const [profile, setProfile] = useState<Profile | undefined>(undefined);
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const [tab, setTab] = useState<Tab>(tabOfHash());
  const [prompt, setPrompt] = useState("");
  const [submitted, setSubmitted] = useState<readonly ShownTask[]>([]);

  const leave = (): void => {
    setToken(null);
    setSignedIn(false);
    setProfile(undefined);
    setSubmitted([]);
  };
  const { tasks, connected, displaced, resume } = useLive(isSignedIn, leave);

  const refresh = async (): Promise<void> => {
    try {
      setProfile(await call<Profile>("/user/profile"));
      setProblem(undefined);
    } catch (error) {
      setProblem(messageOf(error));
    }
  };

  useEffect(() => {
    whenSignedOut(leave);
    const onHash = () => setTab(tabOfHash());
    addEventListener("hashchange", onHash);
    return () => removeEventListener("hashchange", onHash);
  }, []);
  // Loads the tasks that were running when the page was opened, or when it resumed after being displaced.
  useEffect(() => {
    if (!isSignedIn || displaced) return;
    call<Page<Work>>("/works?status=processing&pageSize=50").then(
      ({ list }) => setSubmitted(list.map(({ id, title }) => ({ taskId: id, prompt: title }))),
      () => undefined,
    );
  }, [isSignedIn, displaced]);
  const settled = Object.values(tasks).filter(({ type }) => type !== "task_progress").length;
  // A settled task may have been refunded, which changes the balance.
  useEffect(() => {
    if (isSignedIn) void refresh();
  }, [isSignedIn, settled]);

  if (!isSignedIn)
    return (
      <div class="stack">
        <SignIn onSignedIn={() => setSignedIn(true)} />
        <h2>{text.tabs.square}</h2>
        <Square isGuest />
      </div>
    );
  if (!profile) return problem ? <Problem message={problem} /> : <p role="status">{words.loading}</p>;
  const shown = TABS.filter((one) => one !== "admin" || profile.role === "ADMIN");
  const use = (words: string): void => {
    setPrompt(words);
    location.hash = "create";
  };
  return (
    <div class="stack">
      <div class="heading">
        <nav class="tabs" aria-label={text.brand}>
          {shown.map((one) => (
            <a key={one} href={`#${one}`} aria-current={one === tab ? "page" : undefined}>
              {text.tabs[one]}
            </a>
          ))}
        </nav>
        <p class="muted small" data-power>
          {profile.username} · {text.power} <strong>{profile.computePower}</strong>
        </p>
      </div>
      <Problem message={problem} />
      {displaced && (
        <div class="notice notice-warn" role="alert" data-displaced>
          <p>{text.displaced}</p>
          <button type="button" onClick={resume}>
            {text.resume}
          </button>
        </div>
      )}
      {tab === "create" && (
        <Create
          tasks={tasks}
          connected={connected}
          displaced={displaced}
          prompt={prompt}
          submitted={submitted}
          onSubmitted={(task) => {
            setSubmitted((known: readonly ShownTask[]) => [task, ...known]);
            void refresh();
          }}
        />
      )}
      {tab === "works" && <Works settled={settled} onChanged={refresh} />}
      {tab === "square" && <Square />}
      {tab === "assistant" && <Assistant onUse={use} />}
      {tab === "account" && <Account profile={profile} onChanged={refresh} onSignedOut={leave} />}
      {tab === "admin" && profile.role === "ADMIN" && <Admin />}
    </div>
  );
};
