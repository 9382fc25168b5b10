import { useEffect, useState } from "hono/jsx/dom";
import { Problem, useAction } from "../../../../../ui/client/shared/action.tsx";
import { Field } from "../../../../../ui/components.tsx";
import type { ComputePower, Profile, StartedPayment } from "../../../contract/index.ts";
import { PAYMENT_METHODS, priceOf } from "../../../contract/limits.ts";
import { call } from "./api.ts";
import { dayOf, text } from "./language.ts";

interface PurchaseProps {
  readonly title: string;
  readonly path: string;
  readonly field: "credits" | "months";
  readonly label: string;
  readonly amounts: readonly number[];
  /** Returns the price of an amount in fen. */
  readonly priceOf: (amount: number) => number;
  readonly onPaid: () => void;
}

/** The form for an order and its payment. */
const Purchase = ({ title, path, field, label, amounts, priceOf: priceOfAmount, onPaid }: PurchaseProps) => {
  const { busy, problem, act } = useAction();
  const [said, setSaid] = useState<string | undefined>(undefined);
  const buy = (event: Event): void => {
    event.preventDefault();
    const form = new FormData(event.target as HTMLFormElement);
    void act(async () => {
      const { order, payment } = await call<StartedPayment>(path, "POST", {
        [field]: Number(form.get(field)),
        paymentMethod: form.get("paymentMethod"),
      });
      if (order.status === "PAID") setSaid(text.paid);
      else if (payment.type === "redirect") location.href = payment.url;
      else setSaid(`${text.scanToPay} ${payment.codeUrl}`);
      onPaid();
    });
  };
  return (
    <form class="card" onSubmit={buy}>
      <h2>{title}</h2>
      <Problem message={problem} />
      {said && (
        <p class="notice notice-good" role="status">
          {said}
        </p>
      )}
      <div class="filters">
        <Field label={label}>
          <select name={field}>
            {amounts.map((amount) => (
              <option key={amount} value={String(amount)}>
                {amount} · ¥{(priceOfAmount(amount) / 100).toFixed(2)}
              </option>
            ))}
          </select>
        </Field>
        <Field label={text.payBy}>
          <select name="paymentMethod">
            {PAYMENT_METHODS.map((method) => (
              <option key={method} value={method}>
                {method}
              </option>
            ))}
          </select>
        </Field>
      </div>
      <button type="submit" disabled={busy}>
        {text.pay}
      </button>
    </form>
  );
};

interface AccountProps {
  readonly profile: Profile;
  readonly onChanged: () => void;
  readonly onSignedOut: () => void;
}

/** The wallet, the plan, and signing out. */
export const Account = ({ profile, onChanged, onSignedOut }: AccountProps) => {
  const [power, setPower] = useState<ComputePower | undefined>(undefined);
  const { busy, problem, act } = useAction();
  useEffect(() => {
    void act(async () => setPower(await call<ComputePower>("/user/compute-power")));
  }, [profile.computePower]);
  const leave = () =>
    act(async () => {
      await call("/user/logout", "POST");
      onSignedOut();
    });
  const plan =
    profile.vipLevel === 0 ? text.free : profile.vipUntil ? text.vipUntil(dayOf(profile.vipUntil)) : "VIP";
  const figures: readonly (readonly [string, string])[] = [
    [text.remaining, String(power?.remaining ?? profile.computePower)],
    [text.used, String(power?.used ?? "–")],
    [text.plan, plan],
  ];
  return (
    <div class="stack">
      <Problem message={problem} />
      <dl class="figures">
        {figures.map(([label, value]) => (
          <div key={label} class="figure">
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <div class="columns">
        <Purchase
          title={text.recharge}
          path="/user/recharge"
          field="credits"
          label={text.credits}
          amounts={[100, 500, 1000, 5000]}
          priceOf={(credits) => priceOf({ kind: "credits", credits })}
          onPaid={onChanged}
        />
        <Purchase
          title={text.buyVip}
          path="/user/vip"
          field="months"
          label={text.months}
          amounts={[1, 3, 6, 12]}
          priceOf={(months) => priceOf({ kind: "vip", months })}
          onPaid={onChanged}
        />
      </div>
      <button type="button" class="button-quiet" disabled={busy} onClick={leave}>
        {text.signOut}
      </button>
    </div>
  );
};
