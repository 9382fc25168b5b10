import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
const markdownIn = (folder: string) =>
  readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith(".md"))
    .map((name) => join(folder, name));
const DOCUMENTS = [...markdownIn("."), ...markdownIn("docs"), ...markdownIn("docs/decisions")];

/** A path in backticks that names one place: no placeholder, no pattern. */
const PATH = /`((?:src|durable|test|sdk|docs|scripts|migrations)\/[\w./-]+)`/g;
/** The target of a relative link, without its fragment. */
const LINK = /\]\((?!https?:|#|mailto:)([^)#\s]+)/g;

const textOf = (document: string) => readFileSync(join(ROOT, document), "utf8");
const missing = (document: string, pattern: RegExp, from: string) =>
  [...textOf(document).matchAll(pattern)]
    .map(([, target = ""]) => target)
    .filter((target) => !existsSync(join(ROOT, from, target)));

describe("the documentation", () => {
  it.each(DOCUMENTS)("names only files that exist: %s", (document) => {
    expect(missing(document, PATH, ".")).toEqual([]);
  });

  it.each(DOCUMENTS)("links only to files that exist: %s", (document) => {
    expect(missing(document, LINK, dirname(document))).toEqual([]);
  });

  it("lists every decision in the index", () => {
    const index = textOf("docs/decisions/README.md");
    const decisions = readdirSync(join(ROOT, "docs/decisions")).filter((name) => /^\d{4}-/.test(name));
    expect(decisions.filter((name) => !index.includes(`(${name})`))).toEqual([]);
    expect(new Set(decisions.map((name) => name.slice(0, 4))).size).toBe(decisions.length);
  });
});
