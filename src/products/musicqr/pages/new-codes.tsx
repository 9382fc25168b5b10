import { limitBody, MIB } from "../../../http/body.ts";
import { type AppContext, fail } from "../../../http/context.ts";
import { reportException } from "../../../http/errors.ts";
import { newRouter } from "../../../http/validation.ts";
import { Field } from "../../../ui/components.tsx";
import type { Language } from "../../../ui/i18n.ts";
import { requireAdminPage, requireSameOrigin } from "../admin-auth.ts";
import { type AddOutcome, addCodes, generateCodes } from "../domain/index.ts";
import { type DateCell, readCodesFile } from "../import/codes-file.ts";
import { MAX_IMPORT_BYTES } from "../operations/admin-import-codes.ts";
import { MAX_CODES_PER_REQUEST } from "../operations/sync-codes.ts";
import { AddedCodes } from "./added-page.tsx";
import { AdminLayout, adminPage, languageAndMessages } from "./admin-layout.tsx";
import { ADMIN_MESSAGES } from "./admin-messages.ts";
import { printsLoopbackOrigin } from "./local-origin.ts";

interface PageProps {
  readonly language: Language;
  readonly outcome?: AddOutcome | undefined;
  readonly refused?: string | undefined;
  /** Cells of an imported file that are not readable dates. */
  readonly cells?: readonly DateCell[];
  readonly isLocal?: boolean;
}

const Told = ({ language, outcome, refused, cells = [], isLocal = false }: PageProps) => (
  <>
    {refused && (
      <div class="notice notice-bad" role="alert">
        <p>{refused}</p>
        {cells.length > 0 && (
          <ul>
            {cells.map(({ row, text, problem }) => (
              <li>{ADMIN_MESSAGES[language].badDate[problem](row, text)}</li>
            ))}
          </ul>
        )}
      </div>
    )}
    {outcome && <AddedCodes language={language} outcome={outcome} isLocal={isLocal} />}
  </>
);

const NewCodesPage = (props: PageProps) => {
  const text = ADMIN_MESSAGES[props.language];
  return (
    <AdminLayout language={props.language} title={text.add} section="add">
      <div class="heading">
        <h1>{text.add}</h1>
        <a class="button button-quiet" href="/admin/codes/import">
          {text.importCsv}
        </a>
      </div>
      <Told {...props} />
      <div class="columns">
        <form class="card" method="post" action="/admin/codes/new">
          <h2>{text.pasteTitle}</h2>
          <Field label={text.codes}>
            <textarea name="codes" required spellcheck={false} />
          </Field>
          <p class="muted small">{text.pasteHint}</p>
          <button type="submit">{text.addThese}</button>
        </form>
        <form class="card" method="post" action="/admin/codes/new">
          <h2>{text.generateTitle}</h2>
          <Field label={text.count}>
            <input
              name="generate"
              type="number"
              min="1"
              max={String(MAX_CODES_PER_REQUEST)}
              value="24"
              required
            />
          </Field>
          <p class="muted small">{text.generateHint}</p>
          <button type="submit">{text.generate}</button>
        </form>
      </div>
    </AdminLayout>
  );
};

const ImportPage = (props: PageProps) => {
  const text = ADMIN_MESSAGES[props.language];
  return (
    <AdminLayout language={props.language} title={text.importTitle} section="add">
      <h1>{text.importTitle}</h1>
      <Told {...props} />
      <form class="card" method="post" action="/admin/codes/import" enctype="multipart/form-data">
        <Field label={text.file}>
          <input name="file" type="file" accept=".csv,text/csv" required />
        </Field>
        <p class="muted small">{text.importHint}</p>
        <button type="submit">{text.upload}</button>
      </form>
    </AdminLayout>
  );
};

/** If a code was verified before it was added, this isolate must not keep remembering it as unknown. */
const forgetAdded = (c: AppContext, outcome: AddOutcome): AddOutcome => {
  for (const code of outcome.added) c.get("services").verifier.forget(code);
  return outcome;
};

export const newCodesPages = newRouter();

newCodesPages.get("/admin/codes/new", requireAdminPage, (c) =>
  adminPage(c, <NewCodesPage language={languageAndMessages(c).language} />),
);

newCodesPages.post("/admin/codes/new", requireSameOrigin, requireAdminPage, limitBody(MIB), async (c) => {
  const { language, text } = languageAndMessages(c);
  const { db } = c.get("services");
  const form = await c.req.parseBody();
  const now = Date.now();
  const onFailure = (error: unknown) => reportException(c, error);
  const pasted = String(form.codes ?? "")
    .split(/[\s,;]+/)
    .filter((code) => code !== "");
  const count = Number(form.generate ?? 0);
  const isCount = Number.isInteger(count) && count >= 1 && count <= MAX_CODES_PER_REQUEST;
  if (pasted.length > MAX_CODES_PER_REQUEST || (pasted.length === 0 && !isCount)) {
    const refused = pasted.length > 0 || form.codes !== undefined ? text.pasteHint : text.generateHint;
    return adminPage(c, <NewCodesPage language={language} refused={refused} />, 400);
  }
  const given = pasted.map((code) => ({ code: code.slice(0, 64), createdAt: now }));
  const outcome =
    given.length > 0 ? await addCodes(db, given, onFailure) : await generateCodes(db, count, now, onFailure);
  const told = { language, outcome: forgetAdded(c, outcome), isLocal: printsLoopbackOrigin(c) };
  return adminPage(c, <NewCodesPage {...told} />);
});

newCodesPages.get("/admin/codes/import", requireAdminPage, (c) =>
  adminPage(c, <ImportPage language={languageAndMessages(c).language} />),
);

newCodesPages.post(
  "/admin/codes/import",
  requireSameOrigin,
  requireAdminPage,
  limitBody(MAX_IMPORT_BYTES),
  async (c) => {
    const { language, text } = languageAndMessages(c);
    const { file } = await c.req.parseBody();
    if (!(file instanceof File))
      return fail(c, { code: "invalid_request", issues: [{ path: "file", message: "is required" }] });
    const read = readCodesFile(new Uint8Array(await file.arrayBuffer()), Date.now());
    if ("problem" in read) {
      const { problem } = read;
      const refused = problem.kind === "dates" ? text.badDates(problem.total) : text.badFile[problem.kind];
      const cells = problem.kind === "dates" ? problem.cells : [];
      return adminPage(c, <ImportPage language={language} refused={refused} cells={cells} />, 400);
    }
    const outcome = await addCodes(c.get("services").db, read.codes, (error) => reportException(c, error));
    const told = { language, outcome: forgetAdded(c, outcome), isLocal: printsLoopbackOrigin(c) };
    return adminPage(c, <ImportPage {...told} />);
  },
);
