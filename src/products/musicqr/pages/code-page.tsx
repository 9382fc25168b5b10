import { Time } from "../../../ui/components.tsx";
import { formatNumber, type Language } from "../../../ui/i18n.ts";
import type { CodeRecord, HistoryPage } from "../domain/index.ts";
import { AdminLayout } from "./admin-layout.tsx";
import { ADMIN_MESSAGES } from "./admin-messages.ts";

interface CodePageProps {
  readonly language: Language;
  readonly record: CodeRecord;
  readonly history: HistoryPage;
  /** Whether this is not the newest page of the history. */
  readonly isOlder: boolean;
  /** Whether the QR code contains an address that only this computer can open. */
  readonly isLocal: boolean;
}

type RecordProps = Pick<CodePageProps, "language" | "record">;

const QrCode = ({ language, record, isLocal }: RecordProps & Pick<CodePageProps, "isLocal">) => {
  const text = ADMIN_MESSAGES[language];
  const qr = `/admin/api/codes/${record.code}/qr`;
  return (
    <section class="card">
      <h2>{text.qr}</h2>
      <img class="qr" src={`${qr}?format=svg`} alt={`${text.qr} ${record.code}`} width="240" height="240" />
      {isLocal && <p class="notice notice-warn">{text.localhostHint}</p>}
      <div class="actions">
        <a class="button button-quiet" href={`${qr}?format=svg&download=1`} download>
          SVG
        </a>
        <a class="button button-quiet" href={`${qr}?format=png&download=1`} download>
          PNG
        </a>
        <a class="button button-quiet" href={`/admin/api/codes/sheet?codes=${record.code}`} download>
          PDF
        </a>
      </div>
    </section>
  );
};

const Facts = ({ language, record }: RecordProps) => {
  const text = ADMIN_MESSAGES[language];
  return (
    <section class="card">
      <h2>{text.activatedBy}</h2>
      <dl class="facts">
        <dt>{text.orders.created_date}</dt>
        <dd>
          <Time language={language} ms={record.createdAt} />
        </dd>
        <dt>{text.orders.activation_date}</dt>
        <dd>
          <Time language={language} ms={record.activatedAt} />
        </dd>
        <dt>{text.address}</dt>
        <dd>{record.activationIp ?? "–"}</dd>
        <dt>{text.country}</dt>
        <dd>{record.activationCountry ?? "–"}</dd>
        <dt>{text.userAgent}</dt>
        <dd>{record.activationUserAgent || "–"}</dd>
        <dt>{text.orders.query_count}</dt>
        <dd>{formatNumber(language, record.queryCount)}</dd>
        <dt>{text.orders.last_query_date}</dt>
        <dd>
          <Time language={language} ms={record.lastQueryAt} />
        </dd>
        {record.revokedAt !== null && (
          <>
            <dt>{text.revokedAt}</dt>
            <dd>
              <Time language={language} ms={record.revokedAt} />
            </dd>
          </>
        )}
      </dl>
    </section>
  );
};

const Changes = ({ language, record }: RecordProps) => {
  const text = ADMIN_MESSAGES[language];
  const action = (name: string) => `/admin/codes/${record.code}/${name}`;
  return (
    <section class="card">
      {record.status === "revoked" ? (
        <form method="post" action={action("restore")}>
          <button type="submit">{text.restore}</button>
        </form>
      ) : (
        <details>
          <summary>{text.revoke}</summary>
          <form class="stack" method="post" action={action("revoke")}>
            <p>{text.revokeNote}</p>
            <div>
              <button type="submit" class="button-bad">
                {text.revokeNow}
              </button>
            </div>
          </form>
        </details>
      )}
      <details>
        <summary>{text.remove}</summary>
        <form class="stack" method="post" action={action("delete")}>
          <p>{text.removeNote}</p>
          <div>
            <button type="submit" class="button-bad">
              {text.removeForGood}
            </button>
          </div>
        </form>
      </details>
    </section>
  );
};

const History = ({ language, record, history, isOlder }: Omit<CodePageProps, "isLocal">) => {
  const text = ADMIN_MESSAGES[language];
  return (
    <section class="card">
      <h2>{text.history}</h2>
      {history.scans.length === 0 ? (
        <p class="muted">{text.noHistory}</p>
      ) : (
        <div class="table-wrap">
          <table class="rows">
            <thead>
              <tr>
                <th scope="col">{text.time}</th>
                <th scope="col" class="number">
                  {text.times}
                </th>
                <th scope="col">{text.address}</th>
                <th scope="col">{text.country}</th>
                <th scope="col">{text.userAgent}</th>
              </tr>
            </thead>
            <tbody>
              {history.scans.map((scan) => (
                <tr>
                  <td data-label={text.time}>
                    <Time language={language} ms={scan.at} />
                  </td>
                  <td data-label={text.times} class="number">
                    {formatNumber(language, scan.times)}
                  </td>
                  <td data-label={text.address}>{scan.ip}</td>
                  <td data-label={text.country}>{scan.country ?? "–"}</td>
                  <td data-label={text.userAgent} class="small wraps">
                    {scan.userAgent || "–"}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {(isOlder || history.next) && (
        <div class="actions">
          {isOlder && <a href={`/admin/codes/${record.code}`}>{text.newest}</a>}
          {history.next && (
            <a href={`/admin/codes/${record.code}?cursor=${encodeURIComponent(history.next)}`}>
              {text.older}
            </a>
          )}
        </div>
      )}
    </section>
  );
};

/** The page of one code: QR code, activation, actions, and scan history. */
export const CodePage = (props: CodePageProps) => {
  const text = ADMIN_MESSAGES[props.language];
  const { record } = props;
  return (
    <AdminLayout language={props.language} title={record.code} section="codes" scripts={["copy-code"]}>
      <div class="heading">
        <div class="actions">
          <h1 class="code">{record.code}</h1>
          <button type="button" class="button-quiet" data-copy={record.code} data-copied={text.copied} hidden>
            {text.copy}
          </button>
        </div>
        <span class={`badge badge-${record.status}`}>{text.statuses[record.status]}</span>
      </div>
      <div class="columns">
        <QrCode {...props} />
        <Facts {...props} />
      </div>
      <History {...props} />
      <Changes {...props} />
    </AdminLayout>
  );
};
