import { useEffect, useState } from "hono/jsx/dom";
import { Problem, useAction } from "../../../../../ui/client/shared/action.tsx";
import type { Reported, ReportedList } from "../../../contract/index.ts";
import { call } from "./api.ts";
import { text } from "./language.ts";
import { Thumbnail } from "./parts.tsx";

/** The reported works, the most reported first. */
export const Reports = () => {
  const [reported, setReported] = useState<readonly Reported[] | undefined>(undefined);
  const { busy, problem, act } = useAction();
  const load = async (): Promise<void> => {
    setReported((await call<ReportedList>("/square/reports")).list);
  };
  useEffect(() => {
    void act(load);
  }, []);
  const toggle = ({ work, takenDown }: Reported) =>
    act(async () => {
      await call(`/square/${work.id}/take-down`, takenDown ? "DELETE" : "POST");
      await load();
    });
  return (
    <section class="card">
      <h2>{text.reports}</h2>
      <Problem message={problem} />
      {reported?.length === 0 && <p class="muted">{text.noReports}</p>}
      <ul class="plain">
        {(reported ?? []).map((one) => (
          <li key={one.work.id} class="report" data-report={one.work.id}>
            <Thumbnail src={one.work.thumbnail} title={one.work.description} />
            <div class="stack">
              <p class="prompt-line">{one.work.description}</p>
              <p class="muted small">
                {text.by} {one.work.author.username} · {one.reports} × {one.reasons.join(" · ")}
              </p>
              <div class="actions">
                <button type="button" class="button-quiet" disabled={busy} onClick={() => toggle(one)}>
                  {one.takenDown ? text.putUp : text.takeDown}
                </button>
              </div>
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
};
