interface Documented {
  readonly name: string;
  readonly title: string;
}

/** Swagger UI from our own assets, with a selector of the products where there are several. */
export const ApiDocsPage = ({ products }: { readonly products: readonly Documented[] }) => (
  <html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <title>API documents · Ensemble</title>
      <link rel="icon" href="/swagger/favicon-32x32.png" />
      <link rel="stylesheet" href="/swagger/swagger-ui.css" />
      <script src="/swagger/swagger-ui-bundle.js" defer />
      <script src="/swagger/swagger-ui-standalone-preset.js" defer />
      <script
        type="module"
        src="/assets/api-docs.js"
        data-urls={JSON.stringify([
          ...products.map(({ name, title }) => ({ name: title, url: `/api-docs/${name}.json` })),
          { name: "All products", url: "/api-docs.json" },
        ])}
      />
    </head>
    <body>
      <div id="swagger-ui" />
    </body>
  </html>
);
