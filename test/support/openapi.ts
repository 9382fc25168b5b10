import { exports } from "cloudflare:workers";
import { Validator } from "@cfworker/json-schema";
import { PRODUCTS } from "../../src/products.ts";

interface Operation {
  readonly responses: Record<string, { readonly content?: Record<string, { readonly schema?: object }> }>;
}
interface Document {
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { readonly schemas: Record<string, object> };
}

let loading:
  | Promise<{ pattern: RegExp; methods: Record<string, Operation>; document: Document }[]>
  | undefined;

const load = () => {
  loading ??= Promise.all(
    PRODUCTS.map(async ({ name: product }) => {
      const answer = await exports.default.fetch(`http://localhost/api-docs/${product}.json`);
      const document = (await answer.json()) as Document;
      // Paths without parameters first: in `/api/orders/create`, `create` is not an order id.
      return Object.entries(document.paths)
        .sort(([a], [b]) => Number(a.includes("{")) - Number(b.includes("{")))
        .map(([path, methods]) => ({
          pattern: new RegExp(`^${path.replace(/\{[^}]+\}/g, "[^/]+")}$`),
          methods,
          document,
        }));
    }),
  ).then((all) => all.flat());
  return loading;
};

/** Returns a validator. A `$ref` points into the document, so the document's components are added to the schema. */
const validatorOf = (schema: object, { components }: Document): Validator =>
  new Validator({ ...schema, components } as never, "2020-12", false);

/** Describes how an answer deviates from one document; undefined when it conforms. */
const problemOf = (
  { methods, document }: { methods: Record<string, Operation>; document: Document },
  where: { method: string; status: number; type: string },
  body: unknown,
): string | undefined => {
  const documented = methods[where.method.toLowerCase()]?.responses[String(where.status)];
  if (!documented) return "is not in the OpenAPI document";
  if (where.type !== "application/json") return undefined;
  const schema = documented.content?.[where.type]?.schema;
  if (!schema) return "has no documented body";
  const { valid, errors } = validatorOf(schema, document).validate(body);
  return valid ? undefined : `is not as documented: ${JSON.stringify(errors.slice(-3))}`;
};

/**
 * Throws when the OpenAPI document does not describe the answer: the status is undocumented, or the body has another
 * shape. When two products document the same path, the answer must conform to at least one of the two documents.
 */
export const expectDocumented = async (method: string, path: string, response: Response): Promise<void> => {
  const found = (await load()).filter(
    ({ pattern, methods }) => pattern.test(path) && methods[method.toLowerCase()],
  );
  // Of one document, only the first matching path counts.
  const operations = found.filter(
    (one, i) => found.findIndex(({ document }) => document === one.document) === i,
  );
  if (operations.length === 0) return;
  const { status } = response;
  // An answer to HEAD names the type of a body that it does not have.
  const type = method === "HEAD" ? "" : (response.headers.get("content-type")?.split(";")[0] ?? "");
  const body: unknown = type === "application/json" ? await response.json() : undefined;
  const problems = operations.map((one) => problemOf(one, { method, status, type }, body));
  if (problems.every((problem) => problem !== undefined))
    throw new Error(`${method} ${path} → ${status} ${problems[0]}`);
};
