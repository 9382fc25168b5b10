import type { OpenAPIHono } from "@hono/zod-openapi";

export type Document = ReturnType<OpenAPIHono["getOpenAPI31Document"]>;
type Paths = NonNullable<Document["paths"]>;
type PathItem = Paths[string];
type Operation = NonNullable<PathItem["post"]>;
type Content = Record<string, { schema?: unknown; example?: unknown }>;
interface Part {
  /** The id of the operation that the part belongs to. */
  readonly name?: string | undefined;
  readonly description?: string;
  readonly required?: boolean;
  readonly headers?: object;
  readonly content?: Content;
}

export const METHODS = ["get", "put", "post", "delete", "options", "head", "patch", "trace"] as const;

const unique = <T>(values: readonly T[]): T[] => [
  ...new Map(values.map((v) => [JSON.stringify(v), v])).values(),
];

/** Joins descriptions, leaving out empty and repeated ones. */
const together = (texts: readonly (string | undefined)[], separator: string): string =>
  unique(texts.filter((text) => text !== undefined && text !== "")).join(separator);

/** Merges the examples of a media type. Several examples are named after their operations. */
const eitherExample = (type: string, parts: readonly Part[]): object => {
  const named = parts.flatMap(({ name = "", content }) => {
    const value = content?.[type]?.example;
    return value === undefined ? [] : [[name, { value }] as const];
  });
  return named.length > 1
    ? { examples: Object.fromEntries(named) }
    : { ...(named[0] && { example: named[0][1].value }) };
};

/** Merges contents: each media type accepts the schema of any of the parts. */
const eitherContent = (parts: readonly Part[]): Content =>
  Object.fromEntries(
    unique(parts.flatMap(({ content = {} }) => Object.keys(content))).map((type) => {
      const schemas = unique(parts.flatMap(({ content }) => content?.[type]?.schema ?? []));
      const schema = schemas.length === 1 ? schemas[0] : { anyOf: schemas };
      return [type, { schema, ...eitherExample(type, parts) }];
    }),
  );

const eitherPart = (parts: readonly Part[]): Part => ({
  ...(parts.every(({ required }) => required) && { required: true }),
  description: together(
    parts.map(({ description }) => description),
    "; or: ",
  ),
  ...(parts.some(({ headers }) => headers) && {
    headers: Object.assign({}, ...parts.map(({ headers }) => headers)) as object,
  }),
  ...(parts.some(({ content }) => content) && { content: eitherContent(parts) }),
});

interface Claim {
  /** The title of the product. */
  readonly title: string;
  readonly operation: Operation;
}

/**
 * Merges the operations of a path that several products claim: any of their request bodies, any of their responses.
 * The ids are joined (`studioLogin` and `meetingLogin` give `studioLoginOrMeetingLogin`), and the description lists
 * them all.
 */
const mergeOperations = (claims: readonly [Claim, ...Claim[]]): Operation => {
  const operations = claims.map(({ operation }) => operation);
  const responses = operations.map((operation) => operation.responses as Record<string, Part>);
  const statuses = unique(responses.flatMap((answers) => Object.keys(answers)));
  const bodies = operations.flatMap(({ operationId: name, requestBody }) =>
    requestBody ? [{ ...(requestBody as Part), name }] : [],
  );
  const securities = operations.map(({ security }) => security);
  const ids = operations.map(({ operationId = "" }) => operationId);
  return {
    operationId: ids
      .map((id, i) => (i === 0 ? id : `Or${id.charAt(0).toUpperCase()}${id.slice(1)}`))
      .join(""),
    tags: unique(operations.flatMap(({ tags = [] }) => tags)),
    summary: together(
      operations.map(({ summary }) => summary),
      " / ",
    ),
    description: [
      "Several products have this operation. On a product's own host only that product answers. On a shared host the request body decides which product answers.",
      ...claims.map(
        ({ title, operation }) =>
          `**${title}** (\`${operation.operationId}\`): ${operation.description ?? ""}`,
      ),
    ].join("\n\n"),
    ...(securities.some((security) => security) && {
      security: unique(securities.flatMap((one) => one ?? [{}])),
    }),
    parameters: unique(operations.flatMap(({ parameters = [] }) => parameters)),
    ...(bodies.length > 0 && { requestBody: eitherPart(bodies) as Operation["requestBody"] }),
    responses: Object.fromEntries(
      statuses.map((status) => [status, eitherPart(responses.flatMap((answers) => answers[status] ?? []))]),
    ) as Operation["responses"],
  } as Operation;
};

const claimsOf = (
  products: readonly ProductDocument[],
  path: string,
  method: (typeof METHODS)[number],
): Claim[] =>
  products.flatMap(({ title, document }) => {
    const operation = document.paths?.[path]?.[method];
    return operation ? [{ title, operation }] : [];
  });

export interface ProductDocument {
  readonly title: string;
  readonly document: Document;
}

/** Merges the paths, webhooks and components of several products into one document. */
export const mergeDocuments = (
  products: readonly ProductDocument[],
): Pick<Document, "paths" | "webhooks" | "components"> => {
  const documents = products.map(({ document }) => document);
  const paths: Paths = {};
  for (const path of unique(documents.flatMap((document) => Object.keys(document.paths ?? {})))) {
    const item: PathItem = Object.assign({}, ...documents.map((document) => document.paths?.[path]));
    for (const method of METHODS) {
      const [first, ...others] = claimsOf(products, path, method);
      if (first && others.length > 0) item[method] = mergeOperations([first, ...others]);
    }
    paths[path] = item;
  }
  const components: Record<string, object> = {};
  for (const document of documents)
    for (const [kind, named] of Object.entries(document.components ?? {}))
      components[kind] = { ...components[kind], ...(named as object) };
  const webhooks = Object.assign(
    {},
    ...documents.map((document) => document.webhooks),
  ) as Document["webhooks"];
  return { paths, components, ...(webhooks && { webhooks }) };
};
