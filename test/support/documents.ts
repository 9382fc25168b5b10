import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

/**
 * The API documents belong to the client teams and are not part of this repository. Tests that need one read it from
 * this folder.
 */
export const API_DOCS_DIR = resolve(
  process.env.API_DOCS_DIR ?? join(import.meta.dirname, "../../../shared/api"),
);

/**
 * Returns the text of a document. When the file is absent, it returns undefined and prints that the tests are
 * skipped.
 */
export const apiDocument = (name: string): string | undefined => {
  const path = join(API_DOCS_DIR, `${name}.md`);
  if (existsSync(path)) return readFileSync(path, "utf8");
  console.log(`SKIPPED: ${path} is absent (set API_DOCS_DIR): the document's own examples are not run`);
  return undefined;
};

/** Returns the code blocks of one language, in order. */
export const codeBlocks = (document: string, language: string): string[] =>
  [...document.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, "gm"))].map(
    (match) => match[1] ?? "",
  );
