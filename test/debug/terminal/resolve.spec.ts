import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { COMMANDS } from "../../../src/debug/terminal/commands/index.ts";
import { findCommand, parseLine } from "../../../src/debug/terminal/resolve.ts";
import { SessionError } from "../../../src/debug/types.ts";

const nameOf = (line: string): string => parseLine(COMMANDS, line).command.name;

describe("names of commands", () => {
  it("and short forms are unique", () => {
    const all = COMMANDS.flatMap(({ name, aliases = [] }) => [name, ...aliases]);
    expect(all).toEqual([...new Set(all)]);
  });

  it("mean themselves, and so do their short forms", () => {
    for (const command of COMMANDS) {
      for (const name of [command.name, ...(command.aliases ?? [])]) {
        expect([name, findCommand(COMMANDS, name.split(" ")).command.name]).toEqual([name, command.name]);
      }
    }
  });

  it.each([
    ["b main", "break"],
    ["c", "continue"],
    ["n", "next"],
    ["s", "step"],
    ["si", "stepi"],
    ["p r3", "print"],
    ["bt", "backtrace"],
    ["cont", "continue"],
    ["disas", "disassemble"],
    ["del 1", "delete"],
    ["info reg r3", "info registers"],
    ["i b", "info breakpoints"],
    ["i th", "info threads"],
    ["inf loc", "info locals"],
    ["reverse-si", undefined],
    ["reverse-stepi", "reverse-stepi"],
    ["thread 2", "ppu"],
    ["unt", "until"],
    ["b*0x100", "break"],
  ])("%s", (line, name) => {
    if (name === undefined) expect(() => nameOf(line)).toThrow(/unknown command/);
    else expect(nameOf(line)).toBe(name);
  });

  it.each([
    ["frob", 'unknown command "frob"; help lists them'],
    [
      "re",
      '"re" is ambiguous: restart, reverse-continue, reverse-finish, reverse-next, reverse-step, reverse-stepi',
    ],
    ["info frob", 'unknown subject of info "frob"; help info lists them'],
    ["info", /^info needs a subject: analog, breakpoints, .*vector$/],
    ["run 5", 'run takes no arguments, got "5"'],
    ["break/x main", "break takes no format behind a slash"],
    ["print/q r3", 'print/q: "q" is not one of its letters: d, x, u, t, c'],
    ["[$", "not a command: [$"],
    ["p!", undefined],
  ])("%s is refused or read in one line", (line, message) => {
    if (message === undefined) expect(nameOf(line)).toBe("print");
    else expect(() => parseLine(COMMANDS, line)).toThrow(message);
  });

  it("reads letters behind a slash and the rest of the line", () => {
    expect(parseLine(COMMANDS, "x/16xb  0x3000 + 4 ").typed).toEqual({ format: "16xb", text: "0x3000 + 4" });
    expect(parseLine(COMMANDS, "p /x r3").typed).toEqual({ format: "x", text: "r3" });
    expect(parseLine(COMMANDS, "save /tmp/here").typed).toEqual({ format: "", text: "/tmp/here" });
  });

  it("never fails in another way", () => {
    const words = fc.constantFrom(
      "info",
      "break",
      "x/4",
      "re",
      "if",
      "/",
      " ",
      "\t",
      "'",
      "é",
      "\u0000",
      "1",
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(words).map((list) => list.join("")),
        ),
        (line) => {
          try {
            parseLine(COMMANDS, line.trim());
          } catch (error) {
            expect(error).toBeInstanceOf(SessionError);
            expect((error as Error).message).not.toContain("\n");
          }
        },
      ),
    );
  });
});
