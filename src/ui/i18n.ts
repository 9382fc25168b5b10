/** The languages of every page. */
const LANGUAGES = ["zh-CN", "en"] as const;
export type Language = (typeof LANGUAGES)[number];

/** A value for each language; a missing language is a type error. */
export type Translated<T> = Readonly<Record<Language, T>>;

/**
 * Returns the supported language that `Accept-Language` prefers (RFC 9110, 12.5.4): English where the header names
 * none of them, `silent` where there is no header.
 */
export const negotiateLanguage = (header: string | undefined, silent: Language = "en"): Language => {
  if (!header?.trim()) return silent;
  const wishes = header.split(",").flatMap((part, position) => {
    const [range = "", ...parameters] = part.trim().toLowerCase().split(";");
    const quality = parameters.map((p) => /^\s*q=([\d.]+)$/.exec(p)?.[1]).find((q) => q !== undefined);
    const weight = quality === undefined ? 1 : Number(quality);
    const language = /^zh\b/.test(range) ? "zh-CN" : /^en\b/.test(range) ? "en" : undefined;
    return language && weight > 0 ? [{ language, weight, position }] : [];
  });
  wishes.sort((a, b) => b.weight - a.weight || a.position - b.position);
  return (wishes[0]?.language as Language | undefined) ?? "en";
};

export const formatNumber = (language: Language, value: number): string =>
  new Intl.NumberFormat(language).format(value);

/** Formats a time in UTC. The client module `local-times` rewrites it to the visitor's time zone. */
export const formatTime = (language: Language, ms: number): string =>
  `${new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short", timeZone: "UTC" }).format(ms)} UTC`;
