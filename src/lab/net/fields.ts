/** Reading fields of parsed JSON; what is wrong is collected, a line each. */

/** A network, its weights or its data cannot be used. `problems` has one line per problem. */
export class NetworkError extends Error {
  override name = "NetworkError";
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join("\n"));
    this.problems = problems;
  }
}

export class FieldReader {
  private readonly fields: Readonly<Record<string, unknown>>;
  private readonly place: string;
  private readonly problems: string[];

  /** `place` stands before each line of `problems`. */
  constructor(value: unknown, place: string, problems: string[]) {
    this.place = place;
    this.problems = problems;
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    if (!isObject) this.problem(value === undefined ? "missing" : "must be an object");
    this.fields = isObject ? (value as Record<string, unknown>) : {};
  }

  problem(line: string): void {
    this.problems.push(`${this.place}: ${line}`);
  }

  /** Complains about fields other than these. */
  allow(names: readonly string[], what: string): void {
    for (const name of Object.keys(this.fields)) {
      if (!names.includes(name)) this.problem(`unknown field "${name}"; ${what} has ${names.join(", ")}`);
    }
  }

  value(name: string): unknown {
    return Object.hasOwn(this.fields, name) ? this.fields[name] : undefined;
  }

  text(name: string, fallback: string): string {
    const value = this.value(name) ?? fallback;
    if (typeof value === "string" && value !== "") return value;
    this.problem(`${name} must be a text`);
    return fallback;
  }

  /** A whole number in a range; without a fallback it must be there. */
  integer(name: string, least: number, most: number, fallback?: number): number {
    return this.checked(name, this.value(name) ?? fallback, least, most);
  }

  /** A whole number for both directions, or two: rows, columns. */
  pair(name: string, least: number, most: number, fallback?: number): readonly [number, number] {
    const value = this.value(name) ?? fallback;
    if (!Array.isArray(value)) {
      const both = this.checked(name, value, least, most);
      return [both, both];
    }
    if (value.length !== 2) this.problem(`${name} must be one whole number or two, [rows, columns]`);
    return [this.checked(name, value[0], least, most), this.checked(name, value[1], least, most)];
  }

  private checked(name: string, value: unknown, least: number, most: number): number {
    if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= most) return value;
    const found = value === undefined ? "missing" : `not ${JSON.stringify(value)}`;
    this.problem(`${name} must be a whole number ${least}..${most}, ${found}`);
    return least;
  }
}
