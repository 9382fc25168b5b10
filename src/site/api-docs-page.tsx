interface Documented {
  readonly name: string;
  readonly title: string;
}

/** Swagger UI, served from the platform's own assets, with a selector for the product. */
export const ApiDocsPage = ({ products }: { readonly products: readonly Documented[] }) => (
  <html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <title>API documents · Ensemble</title>
      <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
      <link rel="stylesheet" href="/swagger/swagger-ui.css" />
      <link rel="stylesheet" href="/assets/api-docs.css" />
      <script src="/swagger/swagger-ui-bundle.js" defer />
      <script type="module" src="/assets/api-docs.js" />
    </head>
    <body>
      <header class="docs-bar">
        <a href="/">Ensemble</a>
        <label for="document">API</label>
        <select id="document">
          {products.map(({ name, title }) => (
            <option value={`/api-docs/${name}.json`}>{title}</option>
          ))}
          <option value="/api-docs.json">All products</option>
        </select>
      </header>
      <main id="swagger-ui" />
    </body>
  </html>
);
