import type { Child } from "hono/jsx";
import type { Language, Translated } from "./i18n.ts";

const SKIP: Translated<string> = { "zh-CN": "跳到正文", en: "Skip to content" };

/** The style sheets of every page. Their order matters, because later ones override earlier ones. */
const STYLES = ["app", "controls", "data"];

export interface NavigationLink {
  readonly href: string;
  readonly label: string;
  readonly current?: boolean;
}

interface LayoutProps {
  readonly language: Language;
  readonly title: string;
  readonly brand: { readonly name: string; readonly href: string };
  readonly links?: readonly NavigationLink[];
  /** Content after the links, such as a sign-out form. On a phone it is beside the brand. */
  readonly aside?: Child;
  readonly narrow?: boolean;
  /** Further elements of the head, such as metadata for search engines and link previews. */
  readonly head?: Child;
  /** Names of further style sheets: `/assets/<name>.css`. */
  readonly styles?: readonly string[];
  /** Names of client modules: `/assets/<name>.js`. */
  readonly scripts?: readonly string[];
  readonly children?: Child;
}

/** The layout of every page: head, top bar and content. */
export const Layout = (props: LayoutProps) => (
  <html lang={props.language}>
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="color-scheme" content="light dark" />
      <title>{props.title}</title>
      {props.head}
      <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
      {[...STYLES, ...(props.styles ?? [])].map((name) => (
        <link rel="stylesheet" href={`/assets/${name}.css`} />
      ))}
      {["local-times", ...(props.scripts ?? [])].map((name) => (
        <script type="module" src={`/assets/${name}.js`} />
      ))}
    </head>
    <body>
      <a class="skip" href="#content">
        {SKIP[props.language]}
      </a>
      <header class="bar">
        <div class="bar-inner">
          <a class="brand" href={props.brand.href}>
            <img src="/favicon.svg" width="28" height="28" alt="" />
            {props.brand.name}
          </a>
          {props.links && (
            <nav>
              {props.links.map(({ href, label, current }) => (
                <a href={href} aria-current={current ? "page" : undefined}>
                  {label}
                </a>
              ))}
            </nav>
          )}
          {props.aside}
        </div>
      </header>
      <main id="content" class={props.narrow ? "page page-narrow" : "page"}>
        {props.children}
      </main>
    </body>
  </html>
);
