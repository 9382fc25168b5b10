import { useState } from "hono/jsx/dom";
import { Problem } from "../../../../../ui/client/shared/action.tsx";
import { language } from "../../../../../ui/client/shared/language.ts";
import { BarChart, Field, Figure } from "../../../../../ui/components.tsx";
import type { App, Key, Page, Usage } from "../../../contract/index.ts";
import { MAX_PAGE_SIZE } from "../../../contract/limits.ts";
import { call } from "./api.ts";
import { numberOf } from "./language.ts";
import { Options, useLoaded } from "./parts.tsx";
import { words } from "./words.ts";

const DAY_MS = 86_400_000;
const PERIODS = ["7", "30", "90"] as const;

interface Known {
  readonly usage: Usage;
  /** The display name of each credential id. */
  readonly names: ReadonlyMap<string, string>;
}

const load = async (days: string): Promise<Known> => {
  const [usage, keys, apps] = await Promise.all([
    call<Usage>(`/developer/usage?days=${days}`),
    call<Page<Key>>(`/developer/keys?limit=${MAX_PAGE_SIZE}`),
    call<Page<App>>(`/developer/apps?limit=${MAX_PAGE_SIZE}`),
  ]);
  const names = new Map([["session", words.ownSession]]);
  for (const { id, name } of keys.data) names.set(id, name);
  for (const { clientId, name } of apps.data) names.set(clientId, name);
  return { usage, names };
};

/** Adds up the rows with the same name, in the order of their first rows. */
const summed = (rows: Usage["data"], nameOf: (row: Usage["data"][number]) => string) => {
  const sums = new Map<string, { calls: number; failures: number }>();
  for (const row of rows) {
    const sum = sums.get(nameOf(row)) ?? { calls: 0, failures: 0 };
    sums.set(nameOf(row), { calls: sum.calls + row.calls, failures: sum.failures + row.failures });
  }
  return sums;
};

/** A bar chart with one bar per UTC day, also for days without a call. */
const Days = ({ usage, days }: { readonly usage: Usage; readonly days: number }) => {
  const byDay = summed(usage.data, ({ day }) => day);
  const bars = Array.from({ length: days }, (_, i) => {
    const day = new Date(Date.now() - (days - 1 - i) * DAY_MS).toISOString().slice(0, 10);
    return { label: day, value: byDay.get(day)?.calls ?? 0 };
  });
  return <BarChart language={language} title={words.callsByDay} bars={bars} />;
};

/** The number of API calls, by day and by credential. */
export const UsageFigures = () => {
  const [days, setDays] = useState<string>("30");
  const { value, problem } = useLoaded(() => load(days), [days]);
  const { usage, names } = value ?? {};
  return (
    <section class="card">
      <div class="heading">
        <h2>{words.tabs.usage}</h2>
        <Field label={words.period}>
          <select onChange={(event: Event) => setDays((event.target as HTMLSelectElement).value)}>
            <Options
              options={PERIODS.map((period) => [period, words.days(period)] as const)}
              selected={days}
            />
          </select>
        </Field>
      </div>
      <Problem message={problem} />
      {usage && (
        <>
          <dl class="figures">
            <Figure label={words.calls} value={numberOf(usage.calls)} />
            <Figure label={words.failed} value={numberOf(usage.failures)} />
          </dl>
          <h3>{words.callsByDay}</h3>
          <Days key={days} usage={usage} days={Number(days)} />
          <div class="table-wrap">
            <table>
              <thead>
                <tr>
                  <th>{words.calledWith}</th>
                  <th class="number">{words.calls}</th>
                  <th class="number">{words.failed}</th>
                </tr>
              </thead>
              <tbody>
                {[...summed(usage.data, ({ credential }) => credential)].map(
                  ([credential, { calls, failures }]) => (
                    <tr key={credential}>
                      <td class="wraps">{names?.get(credential) ?? credential}</td>
                      <td class="number">{numberOf(calls)}</td>
                      <td class="number">{numberOf(failures)}</td>
                    </tr>
                  ),
                )}
              </tbody>
            </table>
          </div>
        </>
      )}
    </section>
  );
};
