/** SVG as text: elements, pictures inside a page, pictures as files. */
import { PLOT_STYLE } from "./theme.ts";

export type Attributes = Readonly<Record<string, string | number | undefined>>;

/** Text or attribute value in XML and HTML. */
export const escapeText = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

/** Numbers below 0 with a minus sign instead of a hyphen. */
export const withMinus = (text: string): string => text.replaceAll(/(?<![\w.-])-(?=\d)/g, "−");

/** A number with so many decimals; no sign where only zeros are left. */
export const decimalNumber = (value: number, digits: number): string =>
  withMinus((Number(value.toFixed(digits)) + 0).toFixed(digits));

/** A coordinate with two digits at most. */
export const coordinate = (value: number): string => `${Math.round(value * 100) / 100 + 0}`;

/** An element; numbers become coordinates, undefined attributes are left out, children are markup. */
export function element(name: string, attributes: Attributes, ...children: readonly string[]): string {
  const list = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(
      ([key, value]) => ` ${key}="${typeof value === "number" ? coordinate(value) : escapeText(`${value}`)}"`,
    )
    .join("");
  return children.length === 0 ? `<${name}${list}/>` : `<${name}${list}>${children.join("")}</${name}>`;
}

export const textAt = (x: number, y: number, content: string, attributes: Attributes = {}): string =>
  element("text", { x, y, ...attributes }, escapeText(withMinus(content)));

/** A finished plot: markup in a coordinate system of `width` x `height`. */
export interface Picture {
  /** Unique within a page; also the name of its file. */
  readonly name: string;
  readonly title: string;
  /** What it shows, in words, for those who can't see it. */
  readonly description: string;
  readonly width: number;
  readonly height: number;
  readonly body: string;
}

function svg(picture: Picture, attributes: Attributes, ...first: readonly string[]): string {
  const { name, title, description, width, height, body } = picture;
  return element(
    "svg",
    {
      ...attributes,
      class: "plot",
      viewBox: `0 0 ${coordinate(width)} ${coordinate(height)}`,
      role: "img",
      "aria-labelledby": `${name}-title ${name}-desc`,
    },
    element("title", { id: `${name}-title` }, escapeText(title)),
    element("desc", { id: `${name}-desc` }, escapeText(description)),
    ...first,
    body,
  );
}

/** For a page that contains `PLOT_STYLE`. */
export const inlineSvg = (picture: Picture): string => svg(picture, {});

/** A file of its own, with its style and a background. */
export function svgFile(picture: Picture): string {
  const { width, height } = picture;
  const attributes = { xmlns: "http://www.w3.org/2000/svg", width, height };
  const style = element("style", {}, escapeText(PLOT_STYLE));
  const background = element("rect", { class: "background", width, height });
  return `${svg(picture, attributes, style, background)}\n`;
}

/** Widths of letters in px at the plots' size, in DejaVu Sans, which is wider than most fonts of systems. */
const LETTER_WIDTHS: readonly (readonly [letters: RegExp, width: number])[] = [
  [/[ .,:;'|!()ijlftr/I·]/, 5.1],
  [/[mwMW%−=+±√]/, 12],
  [/[A-Z]/, 9.5],
  [/./, 8.3],
];

/** Estimate of the width of a text, as there is no display to measure it with. */
export function textWidth(text: string): number {
  return [...text].reduce(
    (sum, letter) => sum + (LETTER_WIDTHS.find(([letters]) => letters.test(letter))?.[1] ?? 0),
    0,
  );
}
