/**
 * The form in which names are checked, compared and counted: without case, without spaces around it, and without the many
 * ways Unicode has to write the same letters (NFKC: `ａdmin` and `a𝐝min` are `admin`).
 */
export const foldName = (name: string): string => name.normalize("NFKC").trim().toLowerCase();
