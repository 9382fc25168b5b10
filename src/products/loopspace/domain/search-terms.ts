/** A search uses this many words of a query and ignores the rest. */
const MAX_WORDS = 10;
/** Characters of a trigram, the unit of the search index. Shorter words are compared with the text itself. */
const GRAM = 3;
/** In UTF-16 code units. */
const MAX_GENRE = 40;

/**
 * Normalizes a text for search (NFKC), so that equivalent forms match, for example full-width and half-width letters.
 */
const fold = (text: string): string => text.normalize("NFKC");

/** Returns the normalized form of a text for search, or null if the text is already normalized. */
export const normalizedForSearch = (text: string | null): string | null => {
  const folded = text === null ? null : fold(text);
  return folded === text ? null : folded;
};

/** Normalizes a genre, both for storage and for filters: lower case, at most 40 UTF-16 code units. */
export const normalizeGenre = (text: string): string => {
  let genre = "";
  for (const letter of fold(text).toLowerCase().trim()) {
    if (genre.length + letter.length > MAX_GENRE) break;
    genre += letter;
  }
  return genre.trim();
};

/** The conditions of a search. A track has to meet all of them. */
export interface SearchTerms {
  /** The query for the FTS5 index; undefined if the search has no term that the index can find. */
  readonly match: string | undefined;
  /** Words that are too short for the index, each with the forms in which it may be stored. */
  readonly short: readonly (readonly string[])[];
}

/** Quotes a text for FTS5, so that nothing in it is read as an operator. */
const phrase = (text: string): string => `"${text.replaceAll('"', '""')}"`;

/**
 * Matches a whole tag in the JSON list of tags. Its JSON quotes make even a one-letter tag long enough for a trigram.
 */
const tagPhrase = (tag: string): string => `tags : ${phrase(JSON.stringify(tag))}`;

const isLong = (word: string): boolean => [...word].length >= GRAM;

/**
 * Builds the conditions of a search. Each word is searched both normalized and as it was typed, because older tracks
 * were indexed without normalization.
 */
export const searchTermsOf = (query: string, tags: readonly string[]): SearchTerms => {
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
