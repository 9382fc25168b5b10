import { Time } from "../../../ui/components.tsx";
import { formatNumber, type Language } from "../../../ui/i18n.ts";
import type { Verdict } from "../domain/index.ts";
import { VERIFY_MESSAGES } from "./verify-messages.ts";
import { VERIFY_STYLE } from "./verify-style.ts";

/** What the page shows: a verdict, the reason why there is none, or only the form. */
export type Shown =
  | Verdict
  | { readonly kind: "malformed" }
  | { readonly kind: "rate_limited"; readonly retryAfterSeconds: number }
  | { readonly kind: "asking" };

interface VerifyPageProps {
  readonly language: Language;
  readonly nonce: string;
  /** The normalized code; undefined if the input is not a code. */
  readonly code: string | undefined;
  readonly shown: Shown;
}

const MARKS = {
  good: "M10 25l10 10 19-22",
  bad: "M13 13l22 22M35 13L13 35",
  wait: "M24 12v15M24 36v.1",
} as const;

type Tone = keyof typeof MARKS;

interface Said {
  readonly tone: Tone;
  readonly headline: string;
  readonly what: string;
  readonly pill?: string;
  readonly notes: readonly string[];
}

const say = (language: Language, shown: Exclude<Shown, { kind: "asking" }>): Said => {
  const text = VERIFY_MESSAGES[language];
  const failed = (what: string, note: string): Said => ({
    tone: "bad",
    headline: text.failed,
    what,
    notes: [note],
  });
  switch (shown.kind) {
    case "genuine": {
      const genuine = { tone: "good", headline: text.genuine, what: text.genuineSheet } as const;
      if (shown.firstActivation) return { ...genuine, pill: text.first, notes: [text.firstNote] };
      return { ...genuine, notes: [text.again(formatNumber(language, shown.queryCount)), text.againNote] };
    }
    case "unactivated":
      return { tone: "good", headline: text.genuine, what: text.genuineSheet, notes: [text.notActivated] };
    case "unknown":
      return failed(text.unknown, text.unknownNote);
    case "revoked":
      return failed(text.revoked, text.revokedNote);
    case "malformed":
      return failed(text.malformed, text.malformedNote);
    case "rate_limited":
      return {
        tone: "wait",
        headline: text.slowDown,
        what: text.slowDownNote(formatNumber(language, shown.retryAfterSeconds)),
        notes: [],
      };
  }
};

/** Formats a code as `ABCD 1234 5678`, which is easier to read out and compare. */
const spaced = (code: string): string => code.replace(/(.{4})(?=.)/g, "$1 ");

const Outcome = ({ language, code, shown }: Omit<VerifyPageProps, "nonce">) => {
  if (shown.kind === "asking") return null;
  const text = VERIFY_MESSAGES[language];
  const { tone, headline, what, pill, notes } = say(language, shown);
  return (
    <section class={`card ${tone}`} role="status">
      <div class="mark">
        <svg viewBox="0 0 48 48" aria-hidden="true">
          <path d={MARKS[tone]} />
        </svg>
      </div>
      <h1>{headline}</h1>
      <h2>{what}</h2>
      {pill && <span class="pill">{pill}</span>}
      {code && <p class="code">{spaced(code)}</p>}
      {notes.map((note) => (
        <p class="note">{note}</p>
      ))}
      {shown.kind === "genuine" && (
        <dl>
          <dt>{text.activated}</dt>
          <dd>
            <Time language={language} ms={shown.activatedAt} />
          </dd>
          <dt>{text.scans}</dt>
          <dd>{formatNumber(language, shown.queryCount)}</dd>
        </dl>
      )}
      {code && (
        <a class="again" href={`/verify/${code}`}>
          {text.retry}
        </a>
      )}
    </section>
  );
};

/** The page that a QR code opens: one request, a few kilobytes, complete without JavaScript. */
export const VerifyPage = ({ language, nonce, code, shown }: VerifyPageProps) => {
  const text = VERIFY_MESSAGES[language];
  const title = shown.kind === "asking" ? text.title : `${say(language, shown).headline} · ${text.title}`;
  return (
    <html lang={language}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        {/* The same for each code: a link preview in a chat must not show the result of a verification. */}
        <meta name="description" content={text.about} />
        <meta property="og:type" content="website" />
        <meta property="og:title" content={text.title} />
        <meta property="og:description" content={text.about} />
        <title>{title}</title>
        <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
        <style nonce={nonce} dangerouslySetInnerHTML={{ __html: VERIFY_STYLE }} />
        <script type="module" src="/assets/local-times.js" />
      </head>
      <body>
        <main>
          <header>{text.title}</header>
          <Outcome language={language} code={code} shown={shown} />
          {shown.kind === "asking" && <p class="note about">{text.about}</p>}
          <section class="card">
            <form action="/verify" method="get">
              {shown.kind === "asking" ? (
                <h1>
                  <label for="code">{text.enter}</label>
                </h1>
              ) : (
                <label for="code">{text.enter}</label>
              )}
              <input
                id="code"
                name="code"
                required
                maxlength={24}
                autocomplete="off"
                autocapitalize="characters"
                spellcheck={false}
                aria-describedby="code-note"
              />
              <p class="note" id="code-note">
                {text.enterNote}
              </p>
              <button type="submit">{text.submit}</button>
            </form>
          </section>
        </main>
      </body>
    </html>
  );
};
