/** Markup read by an XML parser, for tests of pictures. */
import { SaxesParser } from "saxes";

export interface MarkupElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** Text directly inside. */
  text: string;
}

/** All elements of a document in their order; throws where it is not well-formed. */
export function elementsOf(xml: string): MarkupElement[] {
  const parser = new SaxesParser({});
  const elements: MarkupElement[] = [];
  const open: MarkupElement[] = [];
  parser.on("error", (error) => {
    throw error;
  });
  parser.on("opentag", ({ name, attributes }) => {
    const element = { name, attributes: attributes as Record<string, string>, text: "" };
    elements.push(element);
    open.push(element);
  });
  parser.on("text", (text) => {
    const element = open.at(-1);
    if (element) element.text += text;
  });
  parser.on("closetag", () => open.pop());
  parser.write(xml).close();
  return elements;
}

/** Elements of a class, e.g. "bar". */
export const ofClass = (elements: readonly MarkupElement[], name: string, ...more: string[]) =>
  elements.filter(({ attributes }) => {
    const classes = (attributes.class ?? "").split(" ");
    return [name, ...more].every((wanted) => classes.includes(wanted));
  });

/** Pairs of coordinates in the data of a path that consists of M and L. */
export function pathPoints(d: string): [x: number, y: number][] {
  const numbers = (d.match(/-?\d+(\.\d+)?/g) ?? []).map(Number);
  return Array.from({ length: numbers.length / 2 }, (_, n) => [numbers[2 * n], numbers[2 * n + 1]]);
}
