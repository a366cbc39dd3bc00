/** One row of a table of requests. */
import type { Adapter } from "./adapter.ts";
import type { Check } from "./checks.ts";

/** What a request is answered with. */
export interface Answer {
  readonly body?: object;
  /** Done when the answer is on its way: events that must come behind it. */
  readonly after?: () => void;
}

type Given = Answer | Promise<Answer>;

export interface RequestRow {
  /** Throws or rejects with RequestError or SessionError. */
  readonly handle: (adapter: Adapter, args: unknown) => Given;
}

/** A request with checked arguments. */
export function request<T>(check: Check<T>, run: (adapter: Adapter, args: T) => Given): RequestRow {
  return { handle: (adapter, args) => run(adapter, check(args ?? {}, "arguments")) };
}

export type RequestTable = Readonly<Record<string, RequestRow>>;
