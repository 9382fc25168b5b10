import { activationRate, codeFigures, dayFigures } from "../../../core/codes/index.ts";
import { newRouter } from "../../../http/validation.ts";
import { BarChart, Figure } from "../../../ui/components.tsx";
import { formatNumber } from "../../../ui/i18n.ts";
import { requireAdminPage } from "../admin-auth.ts";
import { AdminLayout, adminPage, speaking } from "./admin-layout.tsx";

const DAYS = 30;
const DAYS_IN_TABLE = 7;

export const dashboardPages = newRouter();

dashboardPages.get("/admin/dashboard", requireAdminPage, async (c) => {
  const { language, text } = speaking(c);
  const { db } = c.get("services");
  const now = Date.now();
  const [figures, days] = await Promise.all([codeFigures(db, now), dayFigures(db, DAYS, now)]);
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
        <BarChart title={text.scansByDay} bars={bars} />
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
    </AdminLayout>,
  );
});
