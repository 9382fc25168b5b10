import { formatNumber, type Language } from "../../../ui/i18n.ts";
import type { AddOutcome } from "../domain/index.ts";
import { MAX_CODES_PER_SHEET } from "../operations/admin-print.ts";
import { ADMIN_MESSAGES } from "./admin-messages.ts";

const Codes = ({ title, codes }: { readonly title: string; readonly codes: readonly string[] }) =>
  codes.length === 0 ? null : (
    <details>
      <summary>{title}</summary>
      <p class="code small">{codes.join(" ")}</p>
    </details>
  );

/** The result of adding codes. */
export const AddedCodes = ({
  language,
  outcome,
  isLocal,
}: {
  readonly language: Language;
  readonly outcome: AddOutcome;
  /** Whether QR codes printed now contain an address that only this computer can open. */
  readonly isLocal: boolean;
}) => {
  const text = ADMIN_MESSAGES[language];
  const number = (codes: readonly string[]) => formatNumber(language, codes.length);
  return (
    <section class="card" role="status">
      <p class={outcome.failed.length > 0 ? "notice notice-bad" : "notice notice-good"}>
        {[
          text.added(number(outcome.added)),
          text.existing(number(outcome.existing)),
          text.malformed(number(outcome.malformed)),
          ...(outcome.failed.length > 0 ? [text.failedCodes(number(outcome.failed))] : []),
        ].join(" · ")}
      </p>
      {outcome.added.length > 0 && outcome.added.length <= MAX_CODES_PER_SHEET && (
        <form class="stack" method="post" action="/admin/api/codes/sheet">
          {isLocal && <p class="notice notice-warn">{text.localhostPrint}</p>}
          <input type="hidden" name="codes" value={outcome.added.join(",")} />
          <div>
            <button type="submit">{text.printThese}</button>
          </div>
        </form>
      )}
      <Codes title={text.added(number(outcome.added))} codes={outcome.added} />
      <Codes title={text.existing(number(outcome.existing))} codes={outcome.existing} />
      <Codes title={text.malformed(number(outcome.malformed))} codes={outcome.malformed} />
      <Codes title={text.failedCodes(number(outcome.failed))} codes={outcome.failed} />
    </section>
  );
};
