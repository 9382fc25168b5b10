/** Past this many a search has said enough: the rest is ignored. */
const MAX_WORDS = 10;
/** What the index knows by: shorter words are looked for in the text itself. */
const GRAM = 3;
/** UTF-16 units. */
const MAX_GENRE = 40;

/** A text as the search knows it: forms that mean the same, such as full and half width, are one. */
const fold = (text: string): string => text.normalize("NFKC");

/** What the search is to know a text by, where that is not the text itself. */
export const wordsOf = (text: string | null): string | null => {
  const folded = text === null ? null : fold(text);
  return folded === text ? null : folded;
};

/** A genre as tracks have it and lists are asked for it: in lower case, at most 40 UTF-16 units. */
export const genreOf = (text: string): string => {
  let genre = "";
  for (const letter of fold(text).toLowerCase().trim()) {
    if (genre.length + letter.length > MAX_GENRE) break;
    genre += letter;
  }
  return genre.trim();
};

/** What a track has to have, all of it. */
export interface SearchTerms {
  /** For the index (FTS5); undefined where it is of no use. */
  readonly match: string | undefined;
  /** Words too short for the index, each in the forms it may be written in. */
  readonly short: readonly (readonly string[])[];
}

/** In quotes: nothing in it is an operator. */
const phrase = (text: string): string => `"${text.replaceAll('"', '""')}"`;

/** A whole tag, as the list of them is written: with its quotes even one letter is long enough for the index. */
const tagPhrase = (tag: string): string => `tags : ${phrase(JSON.stringify(tag))}`;

const isLong = (word: string): boolean => [...word].length >= GRAM;

/** What a search asks for. Words are looked for folded and as they were typed: tracks from before are in the index as they are. */
export const termsOf = (query: string, tags: readonly string[]): SearchTerms => {
  const typed = query
    .replace(/\p{Cc}+/gu, " ")
    .split(/\s+/)
    .filter((word) => word !== "");
  const forms = new Map(typed.map((word) => [fold(word).toLowerCase(), [...new Set([fold(word), word])]]));
  const words = [...forms.values()].slice(0, MAX_WORDS);
  const match = [
    ...words
      .filter(([folded = ""]) => isLong(folded))
      .map((same) => `(${same.filter(isLong).map(phrase).join(" OR ")})`),
    ...tags.map(tagPhrase),
  ];
  return {
    match: match.length > 0 ? match.join(" AND ") : undefined,
    short: words.filter(([folded = ""]) => !isLong(folded)),
  };
};
