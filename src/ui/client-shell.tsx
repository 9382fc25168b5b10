import type { Language } from "./i18n.ts";
import { MESSAGES } from "./messages.ts";

interface ClientShellProps {
  readonly language: Language;
  readonly title: string;
  readonly lead?: string;
}

/** The content of a page until its client module has rendered. */
export const ClientShell = ({ language, title, lead }: ClientShellProps) => (
  <section class="stack">
    <h1>{title}</h1>
    {lead && <p class="muted">{lead}</p>}
    <p role="status">{MESSAGES[language].loading}</p>
    <noscript>
      <p class="notice notice-warn">{MESSAGES[language].needsScript}</p>
    </noscript>
  </section>
);
