/**
 * A reader of Kanata logs after Konata's description of the format (docs/kanata-log-format.md there): nine commands, tabs
 * between their fields, time that only goes forward.
 */
export interface KanataRow {
  readonly number: number;
  readonly thread: number;
  readonly labels: string[];
  readonly stages: { readonly name: string; readonly begin: number; end: number }[];
  readonly producers: number[];
  retired?: number;
}

/** Rows in the order of the file; throws for the first line that breaks a rule. */
export function readKanata(text: string): KanataRow[] {
  const lines = text.split("\n");
  if (lines.pop() !== "") throw new Error("the last line does not end");
  const rows: KanataRow[] = [];
  const retirements = new Set<number>();
  let time: number | undefined;
  lines.forEach((line, index) => {
    const fail = (what: string): never => {
      throw new Error(`line ${index + 1} "${line}": ${what}`);
    };
    const fields = line.split("\t");
    const integer = (at: number) =>
      /^\d+$/.test(fields[at] ?? "") ? Number(fields[at]) : fail(`field ${at} is no number`);
    const arity = (count: number) => fields.length === count || fail(`${fields.length - 1} arguments`);
    const row = () => {
      const found = rows[integer(1)] ?? fail("not begun");
      if (found.retired !== undefined) fail("already retired");
      return found;
    };
    if (index === 0) {
      if (line !== "Kanata\t0004") fail("version");
      return;
    }
    if (fields[0] !== "C=" && time === undefined) fail("no cycle yet");
    switch (fields[0]) {
      case "C=":
        arity(2);
        if (time !== undefined) fail("second start");
        time = integer(1);
        break;
      case "C":
        arity(2);
        if (integer(1) < 1) fail("no time passes");
        time! += integer(1);
        break;
      case "I":
        arity(4);
        if (integer(1) !== rows.length) fail(`identifier ${fields[1]}, expected ${rows.length}`);
        rows.push({
          number: integer(2),
          thread: integer(3),
          labels: ["", "", ""],
          stages: [],
          producers: [],
        });
        break;
      case "L":
        arity(4);
        if (integer(2) > 2) fail("kind of label");
        row().labels[integer(2)] += fields[3];
        break;
      case "S": {
        arity(4);
        const { stages } = row();
        if (integer(2) !== 0) fail("lane");
        const last = stages.at(-1);
        if (last && last.end === Number.POSITIVE_INFINITY) last.end = time!;
        stages.push({ name: fields[3], begin: time!, end: Number.POSITIVE_INFINITY });
        break;
      }
      case "E": {
        arity(4);
        const last = row().stages.at(-1);
        if (!last || last.name !== fields[3] || last.end !== Number.POSITIVE_INFINITY)
          fail("stage is not open");
        last!.end = time!;
        break;
      }
      case "R": {
        arity(4);
        const found = row();
        if (integer(3) > 1) fail("kind of retirement");
        if (retirements.has(integer(2))) fail("retirement number twice");
        retirements.add(integer(2));
        if (found.stages.some(({ end }) => end === Number.POSITIVE_INFINITY)) fail("a stage is open");
        found.retired = time!;
        break;
      }
      case "W":
        arity(4);
        if (!rows[integer(2)]) fail("producer is not begun");
        if (integer(2) === integer(1)) fail("depends on itself");
        row().producers.push(integer(2));
        break;
      default:
        fail("unknown command");
    }
  });
  const open = rows.findIndex(({ retired }) => retired === undefined);
  if (open >= 0) throw new Error(`row ${open} is not retired`);
  return rows;
}
