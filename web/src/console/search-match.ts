/** Whether the words of a search stand in what is searched: without regard to case, accents and blanks in numbers. */
export function found(search: string, ...texts: readonly (string | null | undefined)[]): boolean {
  const plain = (text: string): string =>
    text
      .normalize("NFD")
      .replace(/\p{M}/gu, "")
      .toLowerCase();
  const whole = plain(texts.filter(Boolean).join("\n"));
  return plain(search)
    .split(/\s+/)
    .every((word) => whole.includes(word));
}
