import { fileLines, type LineSource, textLines } from "../lines.ts";
import { PPUS, type PpuName, type Trace, type TraceEnd, type TraceRecord } from "../model.ts";
import { TraceError } from "../trace-error.ts";
import { HeaderReader, isEnd, readEnd, readProblem } from "./header.ts";
import { LineParser } from "./parse.ts";
import { TextSyntaxError } from "./values.ts";

/** Does something with a line; errors are told with its place. */
function at<T>(name: string, line: number, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof TextSyntaxError) throw new TraceError(`${name}:${line}: ${error.message}`);
    throw error;
  }
}

class TextTrace implements Trace {
  readonly header: Trace["header"];
  readonly problems: string[] = [];
  readonly #source: LineSource;
  readonly #reader = new HeaderReader();
  readonly #end: TraceEnd | undefined;
  readonly #images: Readonly<Record<PpuName, ReturnType<HeaderReader["image"]>>>;

  constructor(source: LineSource) {
    this.#source = source;
    let lines = 0;
    for (const { text, number } of this.#source.lines()) {
      if (number > 1 && !text.startsWith("#") && text !== "") break;
      lines = number;
      at(source.name, number, () => (number === 1 ? this.#reader.title(text) : this.#reader.line(text)));
    }
    if (lines === 0) at(source.name, 1, () => this.#reader.title(""));
    this.header = at(source.name, lines, () => this.#reader.header);
    const [top, bottom] = PPUS.map((ppu) => this.#reader.image(ppu));
    const isSame = JSON.stringify(top) === JSON.stringify(bottom);
    this.#images = { top, bottom: isSame ? top : bottom };
    const tail = source.tail();
    const last = tail.at(-1) ?? "";
    this.#end = readEnd(last);
    if (!isEnd(last)) this.problems.push(`${source.name}: the text was cut, its end is missing`);
    for (const line of tail) {
      const problem = readProblem(line);
      if (problem !== undefined) this.problems.push(problem);
    }
  }

  image(ppu: PpuName) {
    return this.#images[ppu];
  }

  initialState(ppu: PpuName) {
    return this.#reader.initialState(ppu);
  }

  end(): TraceEnd | undefined {
    return this.#end;
  }

  *records(ppu: PpuName): Generator<TraceRecord> {
    const { name } = this.#source;
    const parser = new LineParser(ppu, this.#reader.addressOf(ppu));
    const own = `${ppu} `;
    for (const { text, number, ended } of this.#source.lines()) {
      if (!ended) this.#note(`${name}:${number}: the text ends inside this line, which is left out`);
      else if (text.startsWith(own)) yield at(name, number, () => parser.record(text));
      else if (text !== "" && !/^(?:#|top |bottom )/.test(text)) {
        throw new TraceError(`${name}:${number}: a line begins with top, bottom or #, not "${begin(text)}"`);
      }
    }
  }

  #note(problem: string): void {
    if (!this.problems.includes(problem)) this.problems.push(problem);
  }
}

const begin = (text: string): string => text.slice(0, 20);

/**
 * A trace in a text file. Throws TraceError for a text that is none, and while records are read for a line that is
 * wrong; a file that was cut tells it in `problems`.
 */
export const openTextTrace = (path: string): Trace => new TextTrace(fileLines(path));

/** The same for a text in memory; `name` stands in messages. */
export const parseTextTrace = (text: string, name = "trace"): Trace => new TextTrace(textLines(text, name));
