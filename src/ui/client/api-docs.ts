interface SwaggerUi {
  (options: Record<string, unknown>): unknown;
  readonly presets: { readonly apis: unknown };
}

const { SwaggerUIBundle, SwaggerUIStandalonePreset } = window as unknown as {
  SwaggerUIBundle: SwaggerUi;
  SwaggerUIStandalonePreset: unknown;
};
const urls = document.querySelector<HTMLScriptElement>("script[data-urls]")?.dataset.urls ?? "[]";

SwaggerUIBundle({
  urls: JSON.parse(urls),
  dom_id: "#swagger-ui",
  layout: "StandaloneLayout",
  presets: [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset],
  deepLinking: true,
  // Its validator is somebody else's server.
  validatorUrl: null,
});

export {};
