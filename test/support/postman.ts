import { execFileSync } from "node:child_process";
import fs from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "../..");
const CLIENTS = join(ROOT, "test/clients");

/**
 * Installs the clients when their folder is empty. They are too large for the `npm ci` of every developer and have a
 * `package.json` of their own.
 */
export const installClients = (): void => {
  execFileSync(process.execPath, [join(ROOT, "scripts/ensure-install.mjs"), "test/clients"], {
    stdio: ["ignore", "inherit", "inherit"],
  });
};

export const requireClient = createRequire(join(CLIENTS, "package.json"));

// The used part of packages that ship no types.

interface FormParameter {
  readonly key: string;
  readonly type?: string;
  src?: string;
}

export interface PostmanItem {
  readonly id: string;
  readonly request: {
    readonly method: string;
    readonly url: { getPath(): string; readonly variables: { count(): number } };
    readonly body?: {
      readonly mode?: string;
      readonly formdata?: { each(visit: (parameter: FormParameter) => void): void };
      update(body: { mode: "file"; file: { src: string } }): void;
    };
  };
}

interface PostmanCollection {
  forEachItem(visit: (item: PostmanItem) => void): void;
}

interface Sent {
  readonly method: string;
  readonly url: { getPathWithQuery(): string };
  readonly body?: { toString(): string };
}

interface Answer {
  readonly code: number;
  text(): string;
}

interface Run {
  start(callbacks: {
    request(
      error: Error | null,
      cursor: object,
      answer: Answer | undefined,
      sent: Sent,
      item: PostmanItem,
    ): void;
    done(error: Error | null): void;
  }): void;
}

interface Converter {
  convertV2(
    input: { type: "string"; data: string },
    options: object,
    done: (
      error: Error | null,
      result: { result: boolean; reason?: string; output: { data: object }[] },
    ) => void,
  ): void;
}

/** Returns the requests of an OpenAPI document as Postman imports it, with the examples as values. */
export const importDocument = async (text: string): Promise<PostmanItem[]> => {
  const converter: Converter = requireClient("openapi-to-postmanv2");
  const { Collection } = requireClient("postman-collection") as {
    Collection: new (json: object) => PostmanCollection;
  };
  const options = { parametersResolution: "Example", requestNameSource: "URL" };
  const json = await new Promise<object>((resolve, reject) => {
    converter.convertV2({ type: "string", data: text }, options, (error, result) => {
      const [made] = result?.output ?? [];
      if (error || !result.result || !made) reject(error ?? new Error(result.reason));
      else resolve(made.data);
    });
  });
  const items: PostmanItem[] = [];
  new Collection(json).forEachItem((item) => items.push(item));
  return items;
};

export interface Exchange {
  readonly name: string;
  readonly status: number;
  readonly body: string;
  /** What was sent and answered, as text for a failure message. */
  readonly words: string;
}

/** Returns a cookie jar that several runs share. */
export const newCookieJar = (): object => (requireClient("postman-request") as { jar(): object }).jar();

/** Sends the requests of a collection one after the other, as Postman's runner does. */
export const runRequests = async (
  items: readonly PostmanItem[],
  variables: Readonly<Record<string, string>>,
  cookieJar: object,
): Promise<Exchange[]> => {
  const { Collection, VariableScope } = requireClient("postman-collection") as {
    Collection: new (json: object) => PostmanCollection;
    VariableScope: new (json: object) => object;
  };
  const { Runner } = requireClient("postman-runtime") as {
    Runner: new () => {
      run(collection: object, options: object, done: (error: Error | null, run: Run) => void): void;
    };
  };
  const exchanges: Exchange[] = [];
  const options = {
    timeout: { request: 30_000 },
    fileResolver: fs,
    requester: { cookieJar },
    environment: new VariableScope({
      values: Object.entries(variables).map(([key, value]) => ({ key, value })),
    }),
  };
  await new Promise<void>((resolve, reject) => {
    new Runner().run(new Collection({ item: items }), options, (failure, run) => {
      if (failure) return reject(failure);
      run.start({
        request: (error, _, answer, sent, item) => {
          const body = answer?.text() ?? String(error);
          const asked = sent.body?.toString().slice(0, 300) ?? "";
          exchanges.push({
            name: nameOf(item),
            status: answer?.code ?? 0,
            body,
            words: `${sent.url.getPathWithQuery()} ${asked} => ${body.slice(0, 500)}`,
          });
        },
        done: (error) => (error ? reject(error) : resolve()),
      });
    });
  });
  return exchanges;
};

export const nameOf = ({ request }: PostmanItem): string => `${request.method} ${request.url.getPath()}`;
