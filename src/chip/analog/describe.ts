import { KNOBS, type Knob } from "./knobs.ts";
import { ANALOG_PARAMETERS, type AnalogParameter } from "./parameters.ts";

/** The parameters of the analog core as a Markdown table, for the documentation and the command line. */
export function describeAnalogParameters(): string {
  const rows = Object.entries<AnalogParameter>(ANALOG_PARAMETERS).map(([name, p]) => {
    const unit = p.unit === "1" ? "" : p.unit;
    const cells = [
      `\`${name}\``,
      p.meaning,
      unit,
      p.calibrated,
      p.raw,
      p.ideal,
      p.knob,
      p.evidence,
      p.reference,
    ];
    return `| ${cells.join(" | ")} |`;
  });
  return [
    "| parameter | meaning | unit | calibrated | raw | ideal | register | evidence | source |",
    "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ...rows,
  ].join("\n");
}

/** The knobs as a Markdown table. */
export function describeKnobs(): string {
  const rows = Object.entries<Knob>(KNOBS).map(([name, knob]) => {
    const { register, field, per, least, most, powerOn, nominal, direction, moves, source } = knob;
    const place = field === "value" ? `\`${register}\`` : `\`${register}.${field}\``;
    const sign = direction > 0 ? "+" : "-";
    return `| ${[`\`${name}\``, place, per, `${least}..${most}`, powerOn, nominal, sign, moves, source].join(" | ")} |`;
  });
  return [
    "| knob | register | per | codes | power-on | neutral | sign | moves | source |",
    "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ...rows,
  ].join("\n");
}
