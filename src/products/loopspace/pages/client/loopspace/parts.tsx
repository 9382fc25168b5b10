import { useEffect, useState } from "hono/jsx/dom";
import { useAction, useIsMounted } from "../../../../../ui/client/shared/action.tsx";
import { words } from "./words.ts";

const COPIED_MS = 2_000;

/** Loads a value when the component is mounted, and again when `about` changes or `reload` is called. */
export const useLoaded = <T,>(load: () => Promise<T>, about: readonly unknown[] = []) => {
  const [value, setValue] = useState<T | undefined>(undefined);
  const { problem, act } = useAction();
  const isMounted = useIsMounted();
  const reload = () =>
    act(async () => {
      const loaded = await load();
      if (isMounted()) setValue(loaded);
    });
  useEffect(() => {
    void reload();
  }, about);
  return { value, problem, reload, setValue };
};

interface SecretProps {
  readonly label: string;
  readonly value: string;
  readonly onDone: () => void;
}

/** Shows a new secret, which the server does not return again. */
export const NewSecretNotice = ({ label, value, onDone }: SecretProps) => {
  const [isCopied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(value);
    setCopied(true);
    setTimeout(() => setCopied(false), COPIED_MS);
  };
  return (
    <div class="notice notice-warn stack" role="status">
      <p>
        <strong>{label}</strong> {words.onlyNow}
      </p>
      <code class="secret">{value}</code>
      <div class="actions">
        <button type="button" onClick={() => void copy().catch(() => undefined)}>
          {isCopied ? words.copied : words.copy}
        </button>
        <button type="button" class="button-quiet" onClick={onDone}>
          {words.done}
        </button>
      </div>
    </div>
  );
};

interface ChecksProps {
  readonly label: string;
  readonly name: string;
  readonly options: readonly string[];
  readonly chosen: readonly string[];
}

/** A group of check boxes with one form field name. */
export const CheckboxGroup = ({ label, name, options, chosen }: ChecksProps) => (
  <fieldset class="checks">
    <legend>{label}</legend>
    {options.map((option) => (
      <label key={option} class="check">
        <input type="checkbox" name={name} value={option} checked={chosen.includes(option)} />
        <code>{option}</code>
      </label>
    ))}
  </fieldset>
);

interface OptionsProps<T extends string> {
  readonly options: readonly (readonly [value: T, label: string])[];
  readonly selected?: T;
}

export const Options = <T extends string>({ options, selected }: OptionsProps<T>) => (
  <>
    {options.map(([value, label]) => (
      <option key={value} value={value} selected={value === selected}>
        {label}
      </option>
    ))}
  </>
);
