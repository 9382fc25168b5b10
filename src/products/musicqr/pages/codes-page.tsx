import { Field, Pages, Time } from "../../../ui/components.tsx";
import { formatNumber, type Language } from "../../../ui/i18n.ts";
import {
  CODE_ORDERS,
  CODE_STATUSES,
  type CodePage,
  type CodeRecord,
  type ListQuery,
} from "../domain/index.ts";
import { AdminLayout } from "./admin-layout.tsx";
import { ADMIN_MESSAGES } from "./admin-messages.ts";

interface CodesPageProps {
  readonly language: Language;
  readonly query: ListQuery;
  readonly found: CodePage;
  /** Whether QR codes printed now contain an address that only this computer can open. */
  readonly isLocal: boolean;
}

const PAGE_SIZES = [20, 50, 100];

const hrefOf = (query: ListQuery, page: number): string => {
  const parameters = new URLSearchParams({
    search: query.search ?? "",
    status: query.status,
    sort: query.order,
    order: query.descending ? "desc" : "asc",
    per_page: String(query.perPage),
    page: String(page),
  });
  return `/admin/codes?${parameters}`;
};

const Filters = ({ language, query }: { readonly language: Language; readonly query: ListQuery }) => {
  const text = ADMIN_MESSAGES[language];
  return (
    <form class="card filters" method="get" action="/admin/codes">
      <Field label={text.search}>
        <input
          name="search"
          type="search"
          value={query.search ?? ""}
          maxlength={24}
          placeholder={text.searchHint}
        />
      </Field>
      <Field label={text.status}>
        <select name="status">
          {(["all", ...CODE_STATUSES] as const).map((status) => (
            <option value={status} selected={status === query.status}>
              {text.statuses[status]}
            </option>
          ))}
        </select>
      </Field>
      <Field label={text.sort}>
        <select name="sort">
          {CODE_ORDERS.map((order) => (
            <option value={order} selected={order === query.order}>
              {text.orders[order]}
            </option>
          ))}
        </select>
      </Field>
      <Field label={text.order}>
        <select name="order">
          <option value="desc" selected={query.descending}>
            {text.descending}
          </option>
          <option value="asc" selected={!query.descending}>
            {text.ascending}
          </option>
        </select>
      </Field>
      <Field label={text.perPage}>
        <select name="per_page">
          {PAGE_SIZES.map((size) => (
            <option value={String(size)} selected={size === query.perPage}>
              {size}
            </option>
          ))}
        </select>
      </Field>
      <button type="submit">{text.apply}</button>
    </form>
  );
};

const Row = ({ language, record }: { readonly language: Language; readonly record: CodeRecord }) => {
  const text = ADMIN_MESSAGES[language];
  return (
    <tr>
      <td data-label={text.select("")}>
        <input type="checkbox" name="codes" value={record.code} aria-label={text.select(record.code)} />
      </td>
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
      <td data-label={text.orders.activation_date}>
        <Time language={language} ms={record.activatedAt} />
      </td>
      <td data-label={text.orders.query_count} class="number">
        {formatNumber(language, record.queryCount)}
      </td>
      <td data-label={text.orders.last_query_date}>
        <Time language={language} ms={record.lastQueryAt} />
      </td>
    </tr>
  );
};

/** The list of codes, with filters and rows to open or to print. */
export const CodesPage = ({ language, query, found, isLocal }: CodesPageProps) => {
  const text = ADMIN_MESSAGES[language];
  const count = formatNumber(language, found.total);
  const pages = Math.ceil(found.total / query.perPage);
  return (
    <AdminLayout language={language} title={text.codes} section="codes" scripts={["select-all"]}>
      <div class="heading">
        <h1>{text.codes}</h1>
        <div class="actions">
          <a class="button button-quiet" href="/admin/codes/import">
            {text.importCsv}
          </a>
          <a class="button button-quiet" href={`/admin/api/codes/export?status=${query.status}`} download>
            {text.exportCsv}
          </a>
          <a class="button" href="/admin/codes/new">
            {text.add}
          </a>
        </div>
      </div>
      <Filters language={language} query={query} />
      <form class="card" method="post" action="/admin/api/codes/sheet">
        <div class="heading">
          <p class="muted">{found.totalIsCapped ? text.foundAtLeast(count) : text.found(count)}</p>
          <div class="actions">
            <button type="button" class="button-quiet" data-select-all hidden>
              {text.selectAll}
            </button>
            <button type="submit" class="button-quiet" data-needs-selection>
              {text.sheetSelected}
            </button>
          </div>
        </div>
        {isLocal && <p class="notice notice-warn">{text.localhostPrint}</p>}
        {found.codes.length === 0 ? (
          <p>{text.nothing}</p>
        ) : (
          <div class="table-wrap">
            <table class="rows">
              <thead>
                <tr>
                  <th scope="col">{text.select("")}</th>
                  <th scope="col">{text.code}</th>
                  <th scope="col">{text.status}</th>
                  <th scope="col">{text.orders.created_date}</th>
                  <th scope="col">{text.orders.activation_date}</th>
                  <th scope="col" class="number">
                    {text.orders.query_count}
                  </th>
                  <th scope="col">{text.orders.last_query_date}</th>
                </tr>
              </thead>
              <tbody>
                {found.codes.map((record) => (
                  <Row language={language} record={record} />
                ))}
              </tbody>
            </table>
          </div>
        )}
        <Pages
          language={language}
          page={query.page}
          pages={pages}
          hrefOf={(page) => hrefOf(query, page)}
          words={{ older: text.next, newer: text.previous, of: text.pageOf }}
        />
      </form>
    </AdminLayout>
  );
};
