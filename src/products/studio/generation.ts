import type { NewTask } from "../../core/generation/index.ts";
import type { AppContext } from "../../http/context.ts";
import { sha256Hex, sha256HexOf } from "../../lib/secrets.ts";
import { toSubmitted } from "./operations/to-task.ts";
import { PRODUCT, reply } from "./reply.ts";
import { fail, idempotently, respond } from "./respond.ts";

/** Bytes that a multipart form may use beside its file. */
export const FORM_BYTES = 64 * 1_024;

type Asked = NewTask extends infer T
  ? T extends NewTask
    ? Omit<T, "id" | "userId" | "product">
    : never
  : never;

/** Returns the model of the request, else the default that administrators set, else `otherwise`. */
export const modelOf = async (
  c: AppContext,
  kind: "image" | "video",
  asked: string | undefined,
  otherwise?: string,
): Promise<string | undefined> =>
  asked ?? (await c.get("services").providers.defaultModel(kind)) ?? otherwise;

/** Submits a task once for each `Idempotency-Key`. */
export const submit = (c: AppContext, task: () => Promise<Asked>) =>
  idempotently(c, async (taskId) => {
    const userId = c.get("caller").user.id;
    const asked = await task();
    const submitted = await c
      .get("services")
      .generator.submit({ ...asked, id: taskId, userId, product: PRODUCT });
    return respond(c, submitted, (value) => reply(c, toSubmitted(value)));
  });

/** Submits a task with an input image. If the submission fails, the stored image is deleted. */
export const submitWithImage = async (
  c: AppContext,
  image: File,
  fields: unknown,
  task: (input: { mimeType: string; width: number; height: number }) => Promise<Asked>,
) => {
  const bytes = new Uint8Array(await image.arrayBuffer());
  // The fingerprint does not use the raw body, because each multipart body has a different boundary.
  const fingerprint = await sha256Hex(`${JSON.stringify(fields)}\n${await sha256HexOf(bytes)}`);
  const run = async (taskId: string) => {
    const { inputs, generator } = c.get("services");
    const input = await inputs.save(taskId, bytes, "image");
    if (!input.ok) return fail(c, input.error);
    const userId = c.get("caller").user.id;
    const asked = await task(input.value);
    const submitted = await generator.submit({ ...asked, id: taskId, userId, product: PRODUCT });
    if (submitted.ok) return reply(c, toSubmitted(submitted.value));
    await inputs.delete(taskId);
    return fail(c, submitted.error);
  };
  return idempotently(c, run, { fingerprint });
};
