import { Problem, useAction } from "../../../../../ui/client/shared/action.tsx";
import type { Grant, Page } from "../../../contract/index.ts";
import { MAX_PAGE_SIZE } from "../../../contract/limits.ts";
import { call, timeOf } from "./api.ts";
import { useLoaded } from "./parts.tsx";
import { words } from "./words.ts";

/** The applications that the account has authorized. */
export const Grants = () => {
  const { value, problem, reload } = useLoaded(() =>
    call<Page<Grant>>(`/developer/grants?limit=${MAX_PAGE_SIZE}`),
  );
  const { busy, problem: refused, act } = useAction();
  const end = (id: string) =>
    confirm(words.endGrantSure) &&
    act(async () => {
      await call(`/developer/grants/${id}`, "DELETE");
      await reload();
    });
  return (
    <section class="card">
      <h2>{words.tabs.grants}</h2>
      <p class="muted">{words.grantsLead}</p>
      <Problem message={refused ?? problem} />
      {value?.total === 0 && <p class="muted">{words.nothing}</p>}
      <ul class="plain">
        {value?.data.map((grant) => (
          <li key={grant.id} class="entry" data-grant={grant.id}>
            <div class="heading">
              <span>
                <strong>{grant.name}</strong>
                <br />
                <span class="muted small">
                  {grant.scopes.join(", ")}
                  <br />
                  {words.letInAt(timeOf(grant.createdAt))} · {words.lastUsed(timeOf(grant.lastUsedAt))}
                </span>
              </span>
              <button type="button" class="chip" disabled={busy} onClick={() => end(grant.id)}>
                {words.endGrant}
              </button>
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
};
