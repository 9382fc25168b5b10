import { createDurable } from "itty-durable";
import { type Circuit, CLOSED, failed, type Permit, permit, succeeded } from "./support/circuit.ts";

/**
 * Keeps a provider that is down from being asked by everybody, one object a provider. Its contents are a few numbers and
 * its methods three, which is what itty-durable is for: it loads, calls and writes them down.
 */
export class ProviderBreaker extends createDurable({ autoPersist: true }) {
  circuit: Circuit = CLOSED;

  /** Whether a call may go out. Who is let through reports what became of it. */
  permit(): Permit {
    const decided = permit(this.circuit, Date.now());
    this.circuit = decided.circuit;
    return decided.permit;
  }

  succeed(): true {
    this.circuit = succeeded();
    return true;
  }

  fail(): true {
    this.circuit = failed(this.circuit, Date.now());
    return true;
  }
}
