import { createDurable } from "itty-durable";
import { type Circuit, CLOSED, failed, type Permit, permit, succeeded } from "./provider-breaker/circuit.ts";

/**
 * The circuit breaker of one provider, so that isolates do not keep calling a provider that is down. There is one
 * object per provider. The state is a few numbers and there are three methods; itty-durable loads, calls and persists
 * them.
 */
export class ProviderBreaker extends createDurable({ autoPersist: true }) {
  circuit: Circuit = CLOSED;

  /** Returns whether a call may go out. After a permitted call the caller must report `succeed` or `fail`. */
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
