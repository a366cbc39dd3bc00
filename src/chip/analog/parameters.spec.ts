import { describe, expect, it } from "vitest";
import { describeAnalogParameters } from "./describe.ts";
import { ANALOG_PARAMETERS, analogParameters, parseAnalogOverrides } from "./parameters.ts";

describe("analog parameters", () => {
  it("have a meaning, a unit and a source each", () => {
    for (const [name, row] of Object.entries(ANALOG_PARAMETERS)) {
      expect(row.meaning.length, name).toBeGreaterThan(5);
      expect(row.unit, name).not.toBe("");
      expect(row.reference, name).not.toBe("");
      if (row.group === "noise") expect(row.ideal, name).toBe(0);
      if (row.group === "mismatch") expect(row.ideal, name).toBe(0);
    }
  });

  it("are documented in a table of one row each", () => {
    const lines = describeAnalogParameters().split("\n");
    expect(lines.length).toBe(Object.keys(ANALOG_PARAMETERS).length + 2);
    expect(new Set(lines.map((line) => line.split("|").length))).toEqual(new Set([11]));
  });

  it("are taken from a preset, scaled by group and overridden one by one", () => {
    expect(analogParameters().sigmaRead).toBe(1.3);
    expect(analogParameters("raw").sigDriverOffset).toBe(4);
    const changed = analogParameters("calibrated", { noise: 0.5, mismatch: 0, sigSynapse: 0.1 });
    expect(changed).toMatchObject({ sigmaRead: 0.65, sigNeuronGain: 0, sigSynapse: 0.1, gain: 0.0018 });
  });

  it("are parsed from the form of the command line", () => {
    expect(parseAnalogOverrides(" noise=0, gain=2e-3,satLevel=Infinity")).toEqual({
      noise: 0,
      gain: 0.002,
      satLevel: Number.POSITIVE_INFINITY,
    });
    expect(parseAnalogOverrides("")).toEqual({});
  });

  it("refuse what makes no sense in one clear line", () => {
    expect(() => parseAnalogOverrides("gian=2")).toThrow(
      /^analog parameter "gian" does not exist; there are gain/,
    );
    expect(() => parseAnalogOverrides("gain")).toThrow('"gain" is not of the form name=number');
    expect(() => parseAnalogOverrides("gain=x")).toThrow('"gain=x" is not of the form name=number');
    expect(() => parseAnalogOverrides("gain=1=2")).toThrow("is not of the form name=number");
    expect(() => parseAnalogOverrides("gain=-1")).toThrow("analog parameter gain can't be -1");
    expect(() => parseAnalogOverrides("tauMem=0")).toThrow("tauMem can't be 0");
    expect(() => analogParameters("perfect" as "ideal")).toThrow('analog preset "perfect" does not exist');
  });
});
