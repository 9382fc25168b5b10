import { exports } from "cloudflare:workers";
import { Validator } from "@cfworker/json-schema";

interface Operation {
  readonly responses: Record<string, { readonly content?: Record<string, { readonly schema?: object }> }>;
}
interface Document {
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { readonly schemas: Record<string, object> };
}

/** Products whose every JSON answer is checked against their document. */
const CHECKED = ["musicqr", "sora", "studio", "meeting", "loopspace"];

let loading:
  | Promise<{ pattern: RegExp; methods: Record<string, Operation>; document: Document }[]>
  | undefined;

const load = () => {
  loading ??= Promise.all(
    CHECKED.map(async (product) => {
      const answer = await exports.default.fetch(`http://localhost/api-docs/${product}.json`);
      const document = (await answer.json()) as Document;
      // Literal paths first: `/api/orders/create` is no order.
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

/** `$ref`s lead into the document, so its schemas come along. */
const validatorOf = (schema: object, { components }: Document): Validator =>
  new Validator({ ...schema, components } as never, "2020-12", false);

/** What is wrong with an answer by one document; undefined where nothing is. */
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
 * Throws where an answer is not one its OpenAPI document knows: an undocumented status, or a body of another shape. A path
 * that two products claim is right by either.
 */
export const expectDocumented = async (method: string, path: string, response: Response): Promise<void> => {
  const found = (await load()).filter(
    ({ pattern, methods }) => pattern.test(path) && methods[method.toLowerCase()],
  );
  // Of one document the first that matches counts.
  const operations = found.filter(
    (one, i) => found.findIndex(({ document }) => document === one.document) === i,
  );
  if (operations.length === 0) return;
  const { status } = response;
  // HEAD says the type of a body it does not have.
  const type = method === "HEAD" ? "" : (response.headers.get("content-type")?.split(";")[0] ?? "");
  const body: unknown = type === "application/json" ? await response.json() : undefined;
  const problems = operations.map((one) => problemOf(one, { method, status, type }, body));
  if (problems.every((problem) => problem !== undefined))
    throw new Error(`${method} ${path} → ${status} ${problems[0]}`);
};
