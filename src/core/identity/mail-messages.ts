import { escapeHtml } from "../../lib/escape-html.ts";

/** The content of a mail, in the language of the request that caused it. */
export interface MailText {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** A part of a mail: a paragraph, a button with its URL in full below it, or a paragraph followed by a plain link. */
export type MailPart =
  | string
  | { readonly button: string; readonly link: string }
  | { readonly say: string; readonly link: string };

const anchor = (link: string): string => `<a href="${escapeHtml(link)}">${escapeHtml(link)}</a>`;

const partHtml = (part: MailPart): string => {
  if (typeof part === "string") return `<p>${escapeHtml(part)}</p>`;
  if ("say" in part)
    return `<p>${escapeHtml(part.say)}<br><span style="word-break:break-all">${anchor(part.link)}</span></p>`;
  return `<p><a href="${escapeHtml(part.link)}" style="display:inline-block;padding:.7em 1.4em;border-radius:.5em;background:#1d4ed8;color:#fff;text-decoration:none">${escapeHtml(part.button)}</a></p>
<p style="word-break:break-all">${anchor(part.link)}</p>`;
};

const partText = (part: MailPart): string => {
  if (typeof part === "string") return part;
  return "say" in part ? `${part.say}\n${part.link}` : part.link;
};

/** Composes a mail of these parts, as plain text and as HTML. */
export const composeMail = (language: string, subject: string, parts: readonly MailPart[]): MailText => ({
  subject,
  text: `${parts.map(partText).join("\n\n")}\n`,
  html: `<!doctype html>
<html lang="${language}">
<head><meta charset="utf-8"><meta name="color-scheme" content="light dark"><title>${escapeHtml(subject)}</title></head>
<body style="font:16px/1.6 system-ui,sans-serif;max-width:36em;margin:2em auto;padding:0 1em">
${parts.map(partHtml).join("\n")}
</body>
</html>
`,
});
