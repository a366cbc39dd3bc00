/** Checks of values from outside (arguments of requests), each giving the value with its type. */

/** A request that cannot be carried out. One line: what, where, what to do. */
export class RequestError extends Error {
  override name = "RequestError";
}

/** Gives the value if it is as it should be; `where` names it. Throws RequestError. */
export type Check<T> = (value: unknown, where: string) => T;

/** What a check gives. */
export type Checked<C> = C extends Check<infer T> ? T : never;

const refuse = (where: string, what: string): never => {
  throw new RequestError(`${where} must be ${what}`);
};

export const text: Check<string> = (value, where) =>
  typeof value === "string" ? value : refuse(where, "a text");

export const integer: Check<number> = (value, where) =>
  typeof value === "number" && Number.isSafeInteger(value) ? value : refuse(where, "a whole number");

export const flag: Check<boolean> = (value, where) =>
  typeof value === "boolean" ? value : refuse(where, "true or false");

export const optional =
  <T>(check: Check<T>): Check<T | undefined> =>
  (value, where) =>
    value === undefined || value === null ? undefined : check(value, where);

export const list =
  <T>(check: Check<T>): Check<T[]> =>
  (value, where) =>
    Array.isArray(value)
      ? value.map((element, index) => check(element, `${where}[${index}]`))
      : refuse(where, "a list");

/** An object; members that are not named are left out. */
export function object<M extends Readonly<Record<string, Check<unknown>>>>(
  members: M,
): Check<{ readonly [K in keyof M]: Checked<M[K]> }> {
  return (value, where) => {
    if (typeof value !== "object" || value === null || Array.isArray(value))
      return refuse(where, "an object");
    const entries = Object.entries(members).map(([name, check]) => [
      name,
      check((value as Record<string, unknown>)[name], where === "arguments" ? name : `${where}.${name}`),
    ]);
    return Object.fromEntries(entries) as { readonly [K in keyof M]: Checked<M[K]> };
  };
}

/** A record of whatever there is. */
export const record: Check<Readonly<Record<string, unknown>>> = (value, where) =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : refuse(where, "an object");

export const NOTHING = object({});
