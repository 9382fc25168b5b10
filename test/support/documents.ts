import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

/** The API documents are their clients' and not part of this project: tests that need one read it where it lies. */
export const API_DOCS_DIR = resolve(
  process.env.API_DOCS_DIR ?? join(import.meta.dirname, "../../../shared/api"),
);

/** A document's text; undefined, with a line that says so, where the folder is absent. */
export const apiDocument = (name: string): string | undefined => {
  const path = join(API_DOCS_DIR, `${name}.md`);
  if (existsSync(path)) return readFileSync(path, "utf8");
  console.log(`SKIPPED: ${path} is absent (set API_DOCS_DIR): the document's own examples are not run`);
  return undefined;
};

/** The code blocks of a language, in order. */
export const codeBlocks = (document: string, language: string): string[] =>
  [...document.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, "gm"))].map(
    (match) => match[1] ?? "",
  );
