import { useEffect, useRef, useState } from "hono/jsx/dom";
import { messageOf } from "./api-error.ts";

export const Problem = ({ message }: { readonly message: string | undefined }) =>
  message ? (
    <p class="notice notice-bad" role="alert">
      {message}
    </p>
  ) : null;

/**
 * Whether a component is still in the page. What it awaited may come when it is not: a state set then would draw it again,
 * beside whatever took its place.
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

/** What an action did: whether it is under way, and what went wrong. */
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

/** The fields of the form an event is of. */
export const fieldsOf = (event: Event): { form: HTMLFormElement; fields: FormData } => {
  event.preventDefault();
  const form = event.target as HTMLFormElement;
  return { form, fields: new FormData(form) };
};
