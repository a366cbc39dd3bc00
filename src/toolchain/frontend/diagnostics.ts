/** What asc's messages mean to the author of firmware. */
import type { CompileProblem } from "./errors.ts";

/** By the numbers of asc's diagnostics. */
const HINTS: Readonly<Record<number, string>> = {
  104: "make static data smaller or mark it @cold to place it in external memory",
  2454: "a variable of the function around it cannot be used: closures do not exist",
};

const IN_LOCALS = "keep vectors in locals, and write them to memory with v.store(address)";
const VECTOR_TYPES = { ref_extern: "Bytes", ref_any: "Halves" } as const;

/** A diagnostic as a problem: vectors under their names, and what to do instead. */
export function explain(code: number, text: string): Pick<CompileProblem, "message" | "hint"> {
  const message = text
    .replace(/\s*\n\s*/g, " ")
    .replace(
      /\b(ref_extern|ref_any)(?: \| null)?/g,
      (_, type: keyof typeof VECTOR_TYPES) => VECTOR_TYPES[type],
    );
  if (/^Not implemented: Reference typed fields/.test(message)) {
    return { message: "a vector (Bytes, Halves) cannot be a field of a class", hint: IN_LOCALS };
  }
  if (/^Operation '(alignof|sizeof|load|store)' cannot be applied to type '(Bytes|Halves)'/.test(message)) {
    return { message: message.replace(/\.$/, ": vectors are no elements of memory types"), hint: IN_LOCALS };
  }
  if (/'(Bytes|Halves)' is not assignable to type '(Bytes|Halves)'/.test(message)) {
    return { message, hint: "Bytes and Halves are different types of vectors" };
  }
  return { message, hint: HINTS[code] };
}

/** The problems of a compilation without repetitions, and without what follows from a vector in memory. */
export function withoutEchoes(problems: readonly CompileProblem[]): CompileProblem[] {
  const line = ({ location }: CompileProblem) => `${location?.file}:${location?.line}`;
  const causes = new Set(problems.filter(({ hint }) => hint === IN_LOCALS).map(line));
  const seen = new Set<string>();
  return problems.filter((problem) => {
    if (/^Type 'void' is not assignable/.test(problem.message) && causes.has(line(problem))) return false;
    const key = `${line(problem)}:${problem.message}`;
    const known = seen.has(key) || (problem.hint === IN_LOCALS && seen.has(`${line(problem)}:vector`));
    seen.add(key);
    if (problem.hint === IN_LOCALS) seen.add(`${line(problem)}:vector`);
    return !known;
  });
}
