import { describe, expect, it } from "vitest";
import { type Factories, lazyContainer } from "../../src/lib/lazy.ts";

interface Base {
  readonly name: string;
}

interface Parts {
  readonly greeting: { readonly text: string };
  readonly letter: { readonly body: string };
  readonly unused: object;
}

describe("a lazy container", () => {
  const constructed: string[] = [];
  const factories: Factories<Parts, Base & Parts> = {
    greeting: ({ name }) => {
      constructed.push("greeting");
      return { text: `Hello, ${name}` };
    },
    letter: ({ greeting }) => ({ body: `${greeting.text}!` }),
    unused: () => {
      throw new Error("constructed without being used");
    },
  };
  const containerOf = lazyContainer<Base, Parts>(factories);

  it("constructs a part and its dependencies at the first access", () => {
    expect(containerOf({ name: "Ada" }).letter.body).toBe("Hello, Ada!");
  });

  it("keeps each part, for its own container only", () => {
    constructed.length = 0;
    const [one, other] = [containerOf({ name: "Ada" }), containerOf({ name: "Bo" })];
    expect(one.greeting).toBe(one.greeting);
    expect(other.greeting.text).toBe("Hello, Bo");
    expect(constructed).toEqual(["greeting", "greeting"]);
  });
});
