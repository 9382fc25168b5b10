import { newRouter } from "../../../http/validation.ts";
import { BarChart, Figure, Time } from "../../../ui/components.tsx";
import { formatNumber, type Language } from "../../../ui/i18n.ts";
import { requireAdminPage } from "../admin-auth.ts";
import { activationRate, type CodeRecord, codeFigures, dayFigures } from "../domain/index.ts";
import { AdminLayout, adminPage, languageAndMessages } from "./admin-layout.tsx";
import { ADMIN_MESSAGES } from "./admin-messages.ts";

const DAYS = 30;
const DAYS_IN_TABLE = 7;
const LATEST = { page: 1, perPage: 8, status: "all", order: "created_date", descending: true } as const;

interface LatestProps {
  readonly language: Language;
  readonly codes: readonly CodeRecord[];
}

const LatestCodes = ({ language, codes }: LatestProps) => {
  const text = ADMIN_MESSAGES[language];
  return (
    <section class="card">
      <div class="heading">
        <h2>{text.latest}</h2>
        <a href="/admin/codes">{text.allCodes}</a>
      </div>
      {codes.length === 0 ? (
        <p class="muted">{text.noCodes}</p>
      ) : (
        <div class="table-wrap">
          <table class="rows">
            <thead>
              <tr>
                <th scope="col">{text.code}</th>
                <th scope="col">{text.status}</th>
                <th scope="col">{text.orders.created_date}</th>
                <th scope="col" class="number">
                  {text.orders.query_count}
                </th>
              </tr>
            </thead>
            <tbody>
              {codes.map((record) => (
                <tr>
                  <td data-label={text.code}>
                    <a class="code" href={`/admin/codes/${record.code}`}>
                      {record.code}
                    </a>
                  </td>
                  <td data-label={text.status}>
                    <span class={`badge badge-${record.status}`}>{text.statuses[record.status]}</span>
                  </td>
                  <td data-label={text.orders.created_date}>
                    <Time language={language} ms={record.createdAt} />
                  </td>
                  <td data-label={text.orders.query_count} class="number">
                    {formatNumber(language, record.queryCount)}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
};

export const dashboardPages = newRouter();

dashboardPages.get("/admin/dashboard", requireAdminPage, async (c) => {
  const { language, text } = languageAndMessages(c);
  const { db, directory } = c.get("services");
  const now = Date.now();
  const [figures, days, latest] = await Promise.all([
    codeFigures(db, now),
    dayFigures(db, DAYS, now),
    directory.page(LATEST),
  ]);
  const number = (value: number) => formatNumber(language, value);
  const bars = days.toReversed().map(({ day, scans }) => ({ label: day, value: scans }));
  return adminPage(
    c,
    <AdminLayout language={language} title={text.dashboard} section="dashboard">
      <div class="heading">
        <h1>{text.dashboard}</h1>
        <a class="button" href="/admin/codes/new">
          {text.add}
        </a>
      </div>
      <dl class="figures">
        <Figure label={text.total} value={number(figures.total)} />
        <Figure label={text.statuses.activated} value={number(figures.activated)} />
        <Figure label={text.rate} value={`${number(activationRate(figures))} %`} />
        <Figure label={text.scansToday} value={number(figures.scansToday)} />
        <Figure label={text.statuses.revoked} value={number(figures.revoked)} />
      </dl>
      <section class="card">
        <h2>{text.scansByDay}</h2>
        <p class="muted small">{text.lastDays(number(DAYS))}</p>
        <BarChart language={language} title={text.scansByDay} bars={bars} />
        <div class="table-wrap">
          <table>
            <thead>
              <tr>
                <th scope="col">{text.day}</th>
                <th scope="col" class="number">
                  {text.scans}
                </th>
                <th scope="col" class="number">
                  {text.invalid}
                </th>
                <th scope="col" class="number">
                  {text.activations}
                </th>
              </tr>
            </thead>
            <tbody>
              {days.slice(0, DAYS_IN_TABLE).map(({ day, scans, invalid, activations }) => (
                <tr>
                  <td>{day}</td>
                  <td class="number">{number(scans)}</td>
                  <td class="number">{number(invalid)}</td>
                  <td class="number">{number(activations)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </section>
      <LatestCodes language={language} codes={latest.codes} />
    </AdminLayout>,
  );
});
