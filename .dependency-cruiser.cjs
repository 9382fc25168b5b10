/**
 * Imports go one way: worker, app, queue, schedule, container -> products -> http -> core -> platform -> lib;
 * durable -> domains, platform, lib. Within a product: operations and pages -> domain.
 */
const PRODUCTS = require("node:fs")
  .readdirSync(require("node:path").join(__dirname, "src/products"))
  .join("|");

module.exports = {
  forbidden: [
    {
      name: "no-cycles",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    {
      name: "lib-is-pure",
      severity: "error",
      from: { path: "^src/lib" },
      to: { path: "^(src/(?!lib)|durable)" },
    },
    {
      name: "platform-knows-lib",
      severity: "error",
      comment: "It may import the durable classes only as types, for their stubs.",
      from: { path: "^src/platform/" },
      to: { path: "^(src/(?!lib|platform/)|durable)", dependencyTypesNot: ["type-only"] },
    },
    {
      name: "core-knows-platform-and-lib",
      severity: "error",
      from: { path: "^src/core/" },
      to: { path: "^(src/(?!core|platform/|lib)|durable)" },
    },
    {
      name: "core-has-no-http",
      severity: "error",
      from: { path: "^src/(core|platform|lib)/" },
      to: { path: "node_modules/(hono|@hono)/" },
    },
    {
      name: "domain-has-no-http",
      severity: "error",
      comment: "The rules of one product are in its domain folder, which knows as little as core.",
      from: { path: `^src/products/(${PRODUCTS})/domain/` },
      to: {
        path: "^(src/(?!core/|platform/|lib/|products/$1/domain/)|durable|.*node_modules/(hono|@hono)/)",
      },
    },
    {
      name: "domain-is-used-at-its-door",
      severity: "error",
      from: { path: `^(src|durable)/`, pathNot: `^src/products/(${PRODUCTS})/domain/` },
      to: {
        path: `^src/products/(${PRODUCTS})/domain/(?!((meetings|speech|assistant|square)/)?(index|protocol|facts)\\.ts$)`,
      },
    },
    {
      name: "core-domains-meet-at-the-door",
      severity: "error",
      from: { path: "^src/core/([^/]+)/" },
      to: { path: "^src/core/(?!$1/)[^/]+/(?!(index|facts)\\.ts$)" },
    },
    {
      name: "domains-have-one-door",
      severity: "error",
      from: { path: "^src/(?!core/)" },
      to: { path: "^src/core/[^/]+/(?!(index|protocol|facts)\\.ts$)" },
    },
    {
      name: "http-knows-no-product",
      severity: "error",
      from: { path: "^src/http/" },
      to: { path: "^src/(products|site)/" },
    },
    {
      name: "products-do-not-meet",
      severity: "error",
      from: { path: `^src/products/(${PRODUCTS})/` },
      to: { path: "^src/(products/(?!$1/)|site/)" },
    },
    {
      name: "contracts-are-pure",
      severity: "error",
      comment:
        "The client modules of a page are checked with its contract, so a contract must not need the server.",
      from: { path: `^src/products/(${PRODUCTS})/contract(/|\\.ts$)` },
      to: {
        path: "^(src/(?!lib/|core/[^/]+/facts\\.ts$|http/(account-fields|file-field)\\.ts$|products/$1/(contract(/|\\.ts$)|domain/(facts|[^/]+/protocol)\\.ts$))|durable)",
      },
    },
    {
      name: "clients-know-the-contract",
      severity: "error",
      from: { path: `^src/products/(${PRODUCTS})/pages/client/` },
      to: { path: "^(src/(?!ui/|lib/|products/$1/(contract(/|\\.ts$)|pages/))|durable)" },
    },
    {
      name: "clients-bundle-no-schemas",
      severity: "error",
      comment:
        "Schemas would bring zod into a page's bundle, so clients import them as types; limits.ts has no schema.",
      from: { path: `^src/products/(${PRODUCTS})/pages/client/` },
      to: {
        path: "^src/products/$1/contract(\\.ts$|/(?!limits\\.ts$))",
        dependencyTypesNot: ["type-only"],
      },
    },
    {
      name: "ui-is-looks",
      severity: "error",
      from: { path: "^src/ui/" },
      to: { path: "^(src/(?!ui|lib)|durable)" },
    },
    {
      name: "durable-knows-domains",
      severity: "error",
      comment:
        "Through their doors: a durable object calls a domain's functions and writes no table by itself.",
      from: { path: "^durable/" },
      to: { path: "^src/(?!(core|products/[^/]+/domain)/[^/]+/(index|protocol)\\.ts$|platform/|lib/)" },
    },
    {
      name: "entry-points-construct-the-container",
      severity: "error",
      from: { path: "^(src|durable)/", pathNot: "^src/(app|queue|schedule|container)(\\.ts$|/)" },
      to: { path: "^src/container(\\.ts$|/)" },
    },
    {
      name: "products-are-listed-in-one-place",
      severity: "error",
      comment: "Each product builds its own services; the rest of the platform reads the list of products.",
      from: { path: "^src/", pathNot: "^src/(products\\.ts$|products/)" },
      to: { path: "^(src/products/|durable/(?!index\\.ts$))", dependencyTypesNot: ["type-only"] },
    },
    {
      name: "no-orphans",
      severity: "error",
      from: { orphan: true, pathNot: "(^src/worker\\.ts|/client/|\\.d\\.ts$)" },
      to: {},
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["workerd", "import", "types"] },
  },
};
