/**
 * Folds a name to the form in which names are validated, compared and counted for limits: NFKC, trimmed and in lower
 * case. NFKC unifies the different Unicode spellings of the same letters (`ａdmin` and `a𝐝min` become `admin`).
 */
export const foldName = (name: string): string => name.normalize("NFKC").trim().toLowerCase();
