// SPDX-License-Identifier: Apache-2.0
// Numbers as text.

const kMinus = "−";

export function decimal(value: number | null | undefined, digits = 2): string {
  if (value === null || value === undefined) return "–";
  const text = value.toFixed(digits);
  return Number(text) === 0 ? text.replace("-", "") : text.replace("-", kMinus);
}

export function signed(value: number | null | undefined, digits = 2): string {
  const text = decimal(value, digits);
  return value && Number(value.toFixed(digits)) > 0 ? `+${text}` : text;
}

export function percent(fraction: number | null | undefined, digits = 0): string {
  return fraction === null || fraction === undefined ? "–" : `${decimal(100 * fraction, digits)} %`;
}

export function count(value: number): string {
  return Math.round(value).toLocaleString("en");
}

// "512", "1.5 k", "142 k", "1.3 M"
export function shortCount(value: number): string {
  if (value < 1000) return String(Math.round(value));
  if (value < 9950) return `${Number((value / 1000).toFixed(1))} k`;
  return value < 999_500 ? `${Math.round(value / 1000)} k` : `${decimal(value / 1e6, 1)} M`;
}

// The fewest decimals, at least 2, with which an axis has a different text at each of its marks.
export function decimalsOf(marks: readonly number[]): number {
  const exact = (digits: number) => marks.every((mark) => Math.abs(mark - Number(mark.toFixed(digits))) < 1e-9);
  return [2, 3, 4, 5].find(exact) ?? 6;
}

// The pixels that the longest of an axis's texts needs at 11 px.
export function axisWidth(texts: readonly string[] | null): number {
  return Math.max(48, 8 + 7 * Math.max(0, ...(texts ?? []).map((text) => text.length)));
}

export function duration(seconds: number): string {
  const whole = Math.ceil(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

export function barsText(bars: number): string {
  return bars === 1 ? "1 bar" : `${bars} bars`;
}

export function date(secondsSince1970: number): string {
  const options = { dateStyle: "medium", timeStyle: "short" } as const;
  return new Date(1000 * secondsSince1970).toLocaleString([], options);
}
