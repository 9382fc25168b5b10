import { useEffect, useState } from "hono/jsx/dom";
import { call, currentSession, onSignedOut, setSession } from "./api.ts";
import { Apps } from "./apps.tsx";
import { Grants } from "./grants.tsx";
import { Keys } from "./keys.tsx";
import { SignIn } from "./sign-in.tsx";
import { Tracks } from "./tracks.tsx";
import { UsageFigures } from "./usage.tsx";
import { Webhooks } from "./webhooks.tsx";
import { words } from "./words.ts";

const TABS = ["tracks", "keys", "apps", "webhooks", "usage", "grants"] as const;
type Tab = (typeof TABS)[number];

const VIEWS = {
  tracks: Tracks,
  keys: Keys,
  apps: Apps,
  webhooks: Webhooks,
  usage: UsageFigures,
  grants: Grants,
};

const tabOfHash = (): Tab => TABS.find((tab) => location.hash === `#${tab}`) ?? "tracks";

/** The console: sign-in, or the tab that the address's hash names. */
export const App = () => {
  const [session, setShown] = useState(currentSession());
  const [tab, setTab] = useState<Tab>(tabOfHash());
  useEffect(() => {
    onSignedOut(() => setShown(undefined));
    const onHash = () => setTab(tabOfHash());
    addEventListener("hashchange", onHash);
    return () => removeEventListener("hashchange", onHash);
  }, []);
  if (!session) return <SignIn onSignedIn={() => setShown(currentSession())} />;
  const leave = async (): Promise<void> => {
    // The session is removed from this browser even if the server could not be reached.
    await call("/developer/session", "DELETE").catch(() => undefined);
    setSession(undefined);
    setShown(undefined);
  };
  const View = VIEWS[tab];
  return (
    <div class="stack">
      <div class="heading">
        <h1>{words.title}</h1>
        <p class="actions muted small">
          <a href={`/loopspace/users/${session.user.id}`}>{session.user.username}</a>
          <button type="button" class="chip" onClick={leave}>
            {words.signOut}
          </button>
        </p>
      </div>
      <nav class="tabs" aria-label={words.title}>
        {TABS.map((one) => (
          <a key={one} href={`#${one}`} aria-current={one === tab ? "page" : undefined}>
            {words.tabs[one]}
          </a>
        ))}
      </nav>
      <View key={tab} />
    </div>
  );
};
