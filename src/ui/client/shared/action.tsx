import { useEffect, useRef, useState } from "hono/jsx/dom";
import { messageOf } from "./api-error.ts";

export const Problem = ({ message }: { readonly message: string | undefined }) =>
  message ? (
    <p class="notice notice-bad" role="alert">
      {message}
    </p>
  ) : null;

/**
 * Returns a function that tells whether the component is still mounted. A result that arrives after unmounting must
 * not set state, because hono/jsx would then render the component again, beside the one that replaced it.
 */
export const useIsMounted = (): (() => boolean) => {
  const isMounted = useRef(true);
  useEffect(() => {
    isMounted.current = true;
    return () => {
      isMounted.current = false;
    };
  }, []);
  return () => isMounted.current ?? false;
};

/** Runs an action and holds its state: whether it is running, and the message of its error. */
export const useAction = () => {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const isMounted = useIsMounted();
  const act = async (work: () => Promise<void>): Promise<void> => {
    setBusy(true);
    setProblem(undefined);
    try {
      await work();
    } catch (error) {
      if (isMounted()) setProblem(messageOf(error));
    } finally {
      if (isMounted()) setBusy(false);
    }
  };
  return { busy, problem, act, setProblem };
};

/** Returns the form of a submit event and its fields, and prevents the browser's own submission. */
export const fieldsOf = (event: Event): { form: HTMLFormElement; fields: FormData } => {
  event.preventDefault();
  const form = event.target as HTMLFormElement;
  return { form, fields: new FormData(form) };
};
