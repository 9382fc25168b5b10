import type { Child } from "hono/jsx";
import { formatNumber, formatTime, type Language } from "./i18n.ts";

/** A time; a dash where there is none. */
export const Time = ({ language, ms }: { readonly language: Language; readonly ms: number | null }) =>
  ms === null ? (
    <span>–</span>
  ) : (
    <time datetime={new Date(ms).toISOString()}>{formatTime(language, ms)}</time>
  );

export const Field = ({ label, children }: { readonly label: string; readonly children: Child }) => (
  // biome-ignore lint/a11y/noLabelWithoutControl: the control is the child
  <label class="field">
    <span>{label}</span>
    {children}
  </label>
);

export const Figure = ({ label, value }: { readonly label: string; readonly value: string }) => (
  <div class="figure">
    <dt>{label}</dt>
    <dd>{value}</dd>
  </div>
);

interface Bar {
  readonly label: string;
  readonly value: number;
}

const CHART = { width: 600, height: 160, gap: 4, floor: 150 };

/** Bars from left to right, the highest as high as the chart. `title` is what a screen reader says. */
export const BarChart = ({ title, bars }: { readonly title: string; readonly bars: readonly Bar[] }) => {
  const highest = Math.max(1, ...bars.map(({ value }) => value));
  const step = CHART.width / bars.length;
  return (
    <svg class="chart" viewBox={`0 0 ${CHART.width} ${CHART.height}`} preserveAspectRatio="none" role="img">
      <title>{title}</title>
      <line x1="0" x2={CHART.width} y1={CHART.floor} y2={CHART.floor} />
      {bars.map(({ label, value }, i) => {
        const height = Math.max(value > 0 ? 3 : 1, (value / highest) * (CHART.floor - 10));
        return (
          <rect
            x={i * step + CHART.gap / 2}
            y={CHART.floor - height}
            width={step - CHART.gap}
            height={height}
            rx="2"
          >
            <title>{`${label}: ${value}`}</title>
          </rect>
        );
      })}
    </svg>
  );
};

interface PagesProps {
  readonly language: Language;
  readonly page: number;
  readonly pages: number;
  readonly hrefOf: (page: number) => string;
  readonly words: {
    readonly older: string;
    readonly newer: string;
    readonly of: (page: string, pages: string) => string;
  };
}

/** To the page before and the page after. */
export const Pages = ({ language, page, pages, hrefOf, words }: PagesProps) => (
  <nav class="pages" aria-label={words.of(String(page), String(pages))}>
    {page > 1 ? (
      <a class="button button-quiet" rel="prev" href={hrefOf(page - 1)}>
        {words.newer}
      </a>
    ) : (
      <span />
    )}
    <span class="muted">
      {words.of(formatNumber(language, page), formatNumber(language, Math.max(1, pages)))}
    </span>
    {page < pages ? (
      <a class="button button-quiet" rel="next" href={hrefOf(page + 1)}>
        {words.older}
      </a>
    ) : (
      <span />
    )}
  </nav>
);
