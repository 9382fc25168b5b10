/** Constructs each part of a container from the container itself. */
export type Factories<Parts, Container> = {
  readonly [Key in keyof Parts]: (container: Container) => Parts[Key];
};

/**
 * Makes containers whose parts are constructed at their first access and then kept. The getters are on one prototype, so
 * a container that uses few parts costs little.
 */
export const lazyContainer = <Base extends object, Parts extends object>(
  factories: Factories<Parts, Base & Parts>,
): ((base: Base) => Base & Parts) => {
  type Whole = Base & Parts;
  const made = Symbol("made");
  const prototype = {};
  for (const key of Object.keys(factories) as (keyof Parts & string)[]) {
    Object.defineProperty(prototype, key, {
      enumerable: true,
      get(this: Whole & { [made]: Partial<Parts> }) {
        const parts = this[made];
        parts[key] ??= factories[key](this);
        return parts[key];
      },
    });
  }
  return (base) => Object.assign(Object.create(prototype), base, { [made]: {} });
};
