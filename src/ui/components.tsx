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

interface BarChartProps {
  readonly language: Language;
  readonly title: string;
  readonly bars: readonly Bar[];
}

const CHART = { width: 600, height: 150, gap: 4 };
/** A value that is not zero shows, however small beside the highest. */
const LOWEST_BAR = 3;

/**
 * Bars from left to right, the highest as high as the chart and written above it, the first and the last named below.
 * `title` is what a screen reader says: give it the figures as a table besides.
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
