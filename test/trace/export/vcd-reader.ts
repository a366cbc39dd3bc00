/** A reader of value change dumps after the grammar of IEEE 1364-2005, section 18.2; strict, and knows nothing of our writer. */
export interface VcdVariable {
  readonly type: string;
  readonly bits: number;
  readonly id: string;
  /** Scopes and name, joined by dots. */
  readonly path: string;
  /** Times and values; a value is its digits filled up to `bits`, `x` where unknown, "1" for events. */
  readonly changes: (readonly [time: number, value: string])[];
}

export interface Vcd {
  /** In nanoseconds. */
  readonly timescale: number;
  readonly variables: ReadonlyMap<string, VcdVariable>;
  readonly end: number;
}

const UNITS: Readonly<Record<string, number>> = { s: 1e9, ms: 1e6, us: 1e3, ns: 1, ps: 1e-3, fs: 1e-6 };
const TYPES = new Set(
  "event integer parameter real realtime reg supply0 supply1 time tri triand trior trireg tri0 tri1 wand wire wor".split(
    " ",
  ),
);

export function readVcd(text: string): Vcd {
  const tokens = text.split(/\s+/).filter((token) => token !== "");
  let at = 0;
  const fail = (what: string): never => {
    throw new Error(`token ${at} "${tokens[at]}": ${what}`);
  };
  const section = (): string[] => {
    const words: string[] = [];
    while (tokens[at] !== "$end") {
      if (at >= tokens.length) fail("$end is missing");
      words.push(tokens[at++]);
    }
    at++;
    return words;
  };
  let timescale: number | undefined;
  const scopes: string[] = [];
  const byId = new Map<string, VcdVariable[]>();
  const variables = new Map<string, VcdVariable>();
  for (let defined = false; !defined; ) {
    const command = tokens[at++] ?? fail("$enddefinitions is missing");
    const words = section();
    switch (command) {
      case "$comment":
      case "$date":
      case "$version":
        break;
      case "$timescale": {
        const match = /^(1|10|100)(s|ms|us|ns|ps|fs)$/.exec(words.join(""));
        if (!match) fail(`timescale ${words.join(" ")}`);
        timescale = Number(match![1]) * UNITS[match![2]];
        break;
      }
      case "$scope":
        if (words.length !== 2 || !["begin", "fork", "function", "module", "task"].includes(words[0]))
          fail("scope");
        scopes.push(words[1]);
        break;
      case "$upscope":
        if (words.length !== 0 || scopes.pop() === undefined) fail("upscope");
        break;
      case "$var": {
        const [type, size, id, name, range] = words;
        const bits = Number(size);
        if (!TYPES.has(type) || !Number.isInteger(bits) || bits < 1) fail(`var ${words.join(" ")}`);
        if (!/^[!-~]+$/.test(id)) fail(`identifier ${id}`);
        if (!/^[A-Za-z_][A-Za-z0-9_$]*$/.test(name)) fail(`name ${name}`);
        if (range !== undefined && range !== `[${bits - 1}:0]`) fail(`range ${range}`);
        const variable = { type, bits, id, path: [...scopes, name].join("."), changes: [] };
        if (variables.has(variable.path)) fail(`${variable.path} twice`);
        variables.set(variable.path, variable);
        const same = byId.get(id) ?? [];
        if (same.some((other) => other.bits !== bits)) fail(`identifier ${id} of different sizes`);
        byId.set(id, [...same, variable]);
        break;
      }
      case "$enddefinitions":
        defined = true;
        break;
      default:
        at--;
        fail("unknown declaration");
    }
  }
  if (scopes.length > 0) fail("open scopes");
  let time: number | undefined;
  let dumping = false;
  const change = (id: string, value: string) => {
    const found = byId.get(id) ?? fail(`no variable ${id}`);
    if (time === undefined) fail("a value before the first time");
    for (const variable of found) {
      if (value.length > variable.bits && variable.type !== "event")
        fail(`${value.length} digits for ${variable.bits} bits`);
      const fill = value[0] === "1" ? "0" : value[0];
      const full = variable.type === "event" ? value : value.padStart(variable.bits, fill);
      variable.changes.push([time!, /^x+$/.test(full) ? "x" : full]);
    }
  };
  for (; at < tokens.length; at++) {
    const token = tokens[at];
    if (token === "$dumpvars") {
      if (dumping) fail("nested dump");
      dumping = true;
    } else if (token === "$end") {
      if (!dumping) fail("stray $end");
      dumping = false;
    } else if (/^#\d+$/.test(token)) {
      const next = Number(token.slice(1));
      if (time !== undefined && next <= time) fail(`time ${next} behind ${time}`);
      time = next;
    } else if (/^[01xzXZ][!-~]+$/.test(token)) {
      const [found] = byId.get(token.slice(1)) ?? [];
      if (found && found.bits !== 1) fail("a scalar change of a vector");
      change(token.slice(1), token[0]);
    } else if (/^[bB][01xz]+$/.test(token)) change(tokens[++at] ?? fail("no identifier"), token.slice(1));
    else fail("neither time nor value");
  }
  if (dumping) fail("$dumpvars is not ended");
  for (const { changes, path, type } of variables.values()) {
    if (type !== "event" && changes.length === 0) throw new Error(`${path} has no value`);
  }
  return { timescale: timescale ?? fail("no timescale"), variables, end: time ?? 0 };
}

/** Value of a variable at a time, changes at that time included. */
export const valueAt = ({ changes }: VcdVariable, time: number): string | undefined =>
  changes.findLast(([at]) => at <= time)?.[1];
