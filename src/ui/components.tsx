import type { Child } from "hono/jsx";
import { formatNumber, formatTime, type Language } from "./i18n.ts";

/** Shows a time, or a dash for null. */
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

interface BarChartProps {
  readonly language: Language;
  readonly title: string;
  readonly bars: readonly Bar[];
}

const CHART = { width: 600, height: 150, gap: 4 };
/** The minimum height of a bar, so that any value above zero is visible. */
const LOWEST_BAR = 3;

/**
 * A bar chart. The highest bar has the height of the chart and its value above it; the first and last bars have
 * labels below. A screen reader only reads `title`, so show the figures in a table as well.
 */
export const BarChart = ({ language, title, bars }: BarChartProps) => {
  const highest = Math.max(0, ...bars.map(({ value }) => value));
  const step = CHART.width / bars.length;
  const heightOf = (value: number) =>
    value === 0 ? 0 : Math.max(LOWEST_BAR, (value / highest) * CHART.height);
  return (
    <figure class="chart">
      <p class="chart-top">{formatNumber(language, highest)}</p>
      <svg viewBox={`0 0 ${CHART.width} ${CHART.height}`} preserveAspectRatio="none" role="img">
        <title>{title}</title>
        {bars.map(({ label, value }, i) => (
          <rect
            x={i * step + CHART.gap / 2}
            y={CHART.height - heightOf(value)}
            width={step - CHART.gap}
            height={heightOf(value)}
          >
            <title>{`${label}: ${formatNumber(language, value)}`}</title>
          </rect>
        ))}
      </svg>
      <figcaption>
        <span>{bars.at(0)?.label}</span>
        <span>{bars.at(-1)?.label}</span>
      </figcaption>
    </figure>
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

/** Links to the previous and the next page of a list. */
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
