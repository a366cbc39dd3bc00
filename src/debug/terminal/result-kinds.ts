/** Shapes of the objects that `--json` gives as `result`; the manual lists them and a test compares them. */

/** Fields by name with what they hold; a name that ends in `?` may be absent. */
export interface ResultShape {
  readonly summary: string;
  readonly fields: Readonly<Record<string, string>>;
}

const SOURCE = "{file, line, column} or null";

export const RESULT_KINDS = {
  note: { summary: "a confirmation", fields: { text: "one line" } },
  stop: {
    summary: "where the chip stands after it has run",
    fields: {
      reason:
        "entry, step, breakpoint, watch, saturation, reached, finding, interrupted, finished, asleep, held, historyStart",
      ppu: "top or bottom",
      pc: "address of the next instruction",
      symbol: "name+offset or null",
      source: SOURCE,
      cycle: "cycle of the chip",
      instructions: "retired instructions [top, bottom]",
      ids: "numbers of the breakpoints that were hit",
      hits: "hits of watchpoints: id, access, ppu, pc, oldValue, newValue, address, lane, saturation",
      message: "one line",
      displays: "list of {id, expression, text} of `display`",
      "returnCode?": "of a PPU that has finished, as signed 32-bit number",
    },
  },
  breakpoints: {
    summary: "breakpoints and watchpoints",
    fields: {
      breakpoints:
        "list of {id, kind, what, enabled, temporary, hits, condition, hitCount, logMessage, ppus, access, addresses, source}; null where one has no such thing",
    },
  },
  frames: {
    summary: "calls, innermost first",
    fields: {
      selected: "index of the selected frame",
      frames: "list of {index, kind, pc, name, source}",
      "end?": "why there are no more: outermost, limit, corrupt",
    },
  },
  variables: {
    summary: "variables",
    fields: {
      variables: "list of {name, type, value, kind, address}; address null without a place in memory",
    },
  },
  value: {
    summary: "value of an expression",
    fields: {
      expression: "as typed",
      text: "the value as text",
      type: "name of its type",
      value: "a number, a list of numbers (lanes), or null",
      address: "of the object in memory, or null",
    },
  },
  displays: {
    summary: "expressions shown at every stop",
    fields: { displays: "list of {id, expression, text}" },
  },
  memory: {
    summary: "contents of memory",
    fields: { address: "first data address", size: "bytes of a unit", values: "units as unsigned numbers" },
  },
  code: {
    summary: "disassembled instructions",
    fields: { lines: "list of {address, word, text, symbol, source, isPc, ids}" },
  },
  listing: {
    summary: "lines of a source file",
    fields: {
      file: "path",
      first: "number of the first line",
      lines: "list of texts",
      current: "line of the pc or null",
    },
  },
  registers: {
    summary: "scalar registers",
    fields: { ppu: "top or bottom", registers: "list of {name, value, changed}" },
  },
  vectors: {
    summary: "vector registers",
    fields: {
      ppu: "top or bottom",
      type: "type of the lanes",
      registers: "list of {name, lanes, changedLanes}",
    },
  },
  threads: {
    summary: "the two PPUs",
    fields: { threads: "list of {id, ppu, state, pc, symbol, source, cycle, instructions, selected}" },
  },
  place: {
    summary: "an address with what is known of it",
    fields: { places: "list of {address, symbol, source}" },
  },
  symbols: { summary: "names of the program", fields: { symbols: "list of {name, kind, address}" } },
  analog: {
    summary: "state of the analog core of a hemisphere",
    fields: {
      hemisphere: "top or bottom",
      membranes: "256 numbers",
      causal: "256 readings",
      acausal: "256 readings",
      conversions: "number of conversions so far",
      eventsSinceReset: "256 numbers",
      cadcEnabled: "true or false",
    },
  },
  row: {
    summary: "a row of the synapse array",
    fields: {
      hemisphere: "top or bottom",
      region: "what of a synapse",
      row: "0..256",
      values: "256 numbers",
    },
  },
  position: {
    summary: "where the chip stands in time",
    fields: {
      cycle: "cycle of the chip",
      instructions: "retired instructions [top, bottom]",
      changes: "changes of the user so far",
      checkpoints: "number of checkpoints",
      bytes: "bytes that they take",
      memoryBudget: "bytes that they may take",
      replayedInstructions: "instructions executed again by all ways back",
      marks: "list of {name, cycle, instructions}",
    },
  },
  mailbox: { summary: "text of a mailbox", fields: { ppu: "top or bottom", text: "up to its NUL" } },
  memories: {
    summary: "memories by data address",
    fields: { regions: "list of {name, base, size, kind, description}" },
  },
  writer: {
    summary: "who wrote something last",
    fields: {
      found: "false: nobody since the begin of the history",
      "ppu?": "top or bottom; null = the host",
      "pc?": "address of the instruction, or null",
      "cycle?": "cycle of the chip",
      "instruction?": "as assembly, or null",
      "symbol?": "name+offset or null",
      "source?": SOURCE,
      message: "one line",
    },
  },
  difference: {
    summary: "where two trials differ first",
    fields: {
      different: "true or false",
      compared: "instructions of both PPUs that were compared",
      "ppu?": "whose instruction made the difference, or null",
      "pc?": "its address, or null",
      "instruction?": "as assembly, or null",
      "source?": SOURCE,
      "cycle?": "cycle of the chip",
      "what?": "list of texts",
      message: "one line",
    },
  },
  help: { summary: "help", fields: { commands: "list of {name, aliases, arguments, summary}" } },
} as const satisfies Readonly<Record<string, ResultShape>>;

export type ResultKind = keyof typeof RESULT_KINDS;
