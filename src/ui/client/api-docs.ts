interface SwaggerUi {
  (options: Record<string, unknown>): unknown;
  readonly presets: { readonly apis: unknown };
}

const { SwaggerUIBundle } = window as unknown as { SwaggerUIBundle: SwaggerUi };
const selector = document.querySelector<HTMLSelectElement>("#document");

const show = (url: string): unknown =>
  SwaggerUIBundle({
    url,
    dom_id: "#swagger-ui",
    layout: "BaseLayout",
    presets: [SwaggerUIBundle.presets.apis],
    deepLinking: true,
    // The default validator would send the document's URL to a third-party server.
    validatorUrl: null,
  });

if (selector) {
  selector.addEventListener("change", () => show(selector.value));
  show(selector.value);
}

export {};
