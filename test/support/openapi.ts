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
const CHECKED = ["musicqr", "sora", "studio"];

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

/** Throws where an answer is not one its OpenAPI document knows: an undocumented status, or a body of another shape. */
export const expectDocumented = async (method: string, path: string, response: Response): Promise<void> => {
  const found = (await load()).find(({ pattern }) => pattern.test(path));
  const operation = found?.methods[method.toLowerCase()];
  if (!found || !operation) return;
  const documented = operation.responses[String(response.status)];
  const where = `${method} ${path} → ${response.status}`;
  if (!documented) throw new Error(`${where} is not in the OpenAPI document`);
  const type = response.headers.get("content-type")?.split(";")[0] ?? "";
  if (type !== "application/json") return;
  const schema = documented.content?.[type]?.schema;
  if (!schema) throw new Error(`${where} has no documented body`);
  const { valid, errors } = validatorOf(schema, found.document).validate(await response.json());
  if (!valid) throw new Error(`${where} is not as documented: ${JSON.stringify(errors.slice(-3))}`);
};
