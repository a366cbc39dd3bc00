/** The terminal door without a terminal: executes lines, keeps what the user has selected, prints results. */
import { isAbsolute, relative, sep } from "node:path";
import { MailboxReader, type MailboxText } from "../mailbox-reader.ts";
import { PPUS } from "../position.ts";
import type { DebugSession } from "../session.ts";
import {
  type Context,
  type LogMessage,
  type Position,
  type PpuName,
  SessionError,
  type Stop,
} from "../types.ts";
import { Changes } from "./changes.ts";
import type { Command, Result } from "./command.ts";
import { COMMANDS } from "./commands/index.ts";
import { parseLine } from "./resolve.ts";
import { Style, type StyleOptions } from "./style.ts";

/** Files that commands read and write; tests pass their own. */
export interface FileAccess {
  /** Throws an Error with a code as node:fs does. */
  readonly read: (path: string) => Uint8Array;
  readonly write: (path: string, data: Uint8Array) => void;
}

export interface TerminalOptions {
  readonly session: DebugSession;
  readonly write: (text: string) => void;
  readonly style?: StyleOptions;
  /** One JSON object for each command instead of text. */
  readonly json?: boolean;
  readonly files: FileAccess;
  /** Source paths below it are shown relative to it. */
  readonly directory?: string;
}

/** An expression that is shown at every stop. */
export interface Display {
  readonly id: number;
  readonly expression: string;
  readonly format: string;
}

/** Scripts that run scripts: deeper than this is a loop. */
const MOST_NESTED_SCRIPTS = 16;

/** Errors whose message is written for the user. */
const MEANT_FOR_USERS = new Set([
  "SessionError",
  "ChipError",
  "ImageError",
  "RegisterError",
  "MemoryRangeError",
]);

/** One message for the user about anything that was thrown. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return `internal error: ${String(error)}`;
  return error instanceof SessionError || MEANT_FOR_USERS.has(error.name)
    ? error.message
    : `internal error: ${error.message}`;
}

export class Terminal {
  readonly commands: readonly Command[] = COMMANDS;
  readonly session: DebugSession;
  readonly style: Style;
  readonly files: FileAccess;
  readonly json: boolean;
  readonly changes: Changes;
  /** Selected frame of the selected PPU; 0 = innermost. */
  frame = 0;
  /** The user wants to leave. */
  done = false;
  /** Next lines that `list` shows, and next address that `x` shows. */
  listing: { readonly file: string; readonly next: number; readonly first: number } | undefined;
  examined: { readonly next: number; readonly format: string } | undefined;
  readonly displays: Display[] = [];
  /** Places in the course that have names. */
  readonly marks = new Map<string, Position>();
  readonly #write: (text: string) => void;
  readonly #directory: string | undefined;
  readonly #mailboxes = new MailboxReader();
  readonly #logs: LogMessage[] = [];
  #nesting = 0;
  #repeat = "";

  constructor({ session, write, style, json = false, files, directory }: TerminalOptions) {
    this.session = session;
    this.style = new Style(style);
    this.files = files;
    this.json = json;
    this.changes = new Changes(session);
    this.#write = write;
    this.#directory = directory;
    this.#mailboxes.reset(session);
    this.marks.set("start", session.position);
    session.on("running", () => this.changes.remember());
    session.on("log", (message) => this.#log(message));
  }

  get ppu(): PpuName {
    return this.session.currentPpu;
  }

  /** What expressions refer to. */
  get context(): Context {
    return { ppu: this.ppu, frame: this.frame };
  }

  selectPpu(ppu: PpuName): void {
    this.session.currentPpu = ppu;
    this.frame = 0;
    this.listing = undefined;
  }

  /** After every movement of the chip: what was selected begins anew at the stop. */
  arrived(stop: Stop): void {
    this.selectPpu(stop.ppu);
  }

  /** A path as it is shown. */
  path(file: string): string {
    if (this.#directory === undefined || !isAbsolute(file)) return file;
    const short = relative(this.#directory, file);
    return short === ".." || short.startsWith(`..${sep}`) ? file : short;
  }

  /**
   * Executes a line and prints its result or its error. An empty line does the last command again if that is one which
   * repeats; lines that begin with # are comments. Returns whether it went well; never throws.
   */
  async execute(line: string, repeat = true): Promise<boolean> {
    const text = line.trim();
    const typed = text === "" && repeat ? this.#repeat : text;
    try {
      await this.runLine(typed);
      return true;
    } catch (error) {
      this.#repeat = "";
      this.#printError(typed, errorText(error));
      return false;
    }
  }

  /** Executes the lines of a text; stops at the first error and throws it with the name and the number of the line. */
  async runScript(text: string, name: string): Promise<void> {
    if (this.#nesting >= MOST_NESTED_SCRIPTS) {
      throw new SessionError(`${name}: scripts call each other more than ${MOST_NESTED_SCRIPTS} deep`);
    }
    this.#nesting++;
    try {
      for (const [index, line] of text.split(/\r?\n/).entries()) {
        if (this.done) return;
        try {
          await this.runLine(line.trim());
        } catch (error) {
          throw new SessionError(`${name}:${index + 1}: ${errorText(error)}`);
        }
      }
    } finally {
      this.#nesting--;
    }
  }

  /** Prints an error that belongs to no command. */
  printError(message: string): void {
    this.#printError("", message);
  }

  /** Executes one line and prints its result; throws what goes wrong. */
  async runLine(line: string): Promise<void> {
    if (line === "" || line.startsWith("#")) return;
    const { command, typed } = parseLine(this.commands, line);
    this.#repeat = "";
    const result = await command.run(this, typed);
    this.#repeat = repetition(command, line);
    this.#print(line, result);
  }

  #print(line: string, result: Result): void {
    const mailboxes = this.#mailboxes.news(this.session);
    if (this.json) {
      const logs = this.#logs.splice(0);
      this.#writeObject({ command: line, ok: true, kind: result.kind, result: result.data, logs, mailboxes });
      return;
    }
    for (const text of mailboxes) this.#writeMailbox(text);
    for (const text of result.lines) this.#write(`${text}\n`);
  }

  #printError(line: string, message: string): void {
    if (this.json) {
      this.#writeObject({
        command: line,
        ok: false,
        error: message,
        logs: this.#logs.splice(0),
        mailboxes: this.#mailboxes.news(this.session),
      });
      return;
    }
    for (const text of message.split("\n")) this.#write(`${this.style.error(this.style.plain(text))}\n`);
  }

  #writeObject(value: unknown): void {
    this.#write(`${JSON.stringify(value)}\n`);
  }

  #writeMailbox({ ppu, text }: MailboxText): void {
    const lines = text.replace(/\n$/, "").split("\n");
    for (const line of lines) this.#write(`${this.style.dim(`[${ppu}]`)} ${this.style.plain(line)}\n`);
  }

  #log(message: LogMessage): void {
    if (this.json) this.#logs.push(message);
    else
      this.#write(
        `${this.style.dim(`[log ${message.id}, ${message.ppu}]`)} ${this.style.plain(message.text)}\n`,
      );
  }

  /** Threads whose PPU has finished, with their return codes. */
  returnCodes(): { readonly ppu: PpuName; readonly code: number }[] {
    return PPUS.filter((_, index) => this.session.threads()[index].state === "finished").map((ppu) => ({
      ppu,
      code: this.session.chip.returnCode(ppu),
    }));
  }
}

/** What an empty line does after a command. */
function repetition(command: Command, line: string): string {
  if (command.repeats === "same") return line;
  return command.repeats === "without arguments" ? command.name : "";
}
