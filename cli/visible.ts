/** Text from a record or a file's name can hold anything: on a terminal control characters would be obeyed, and marks of direction would lie. */
export function shown(text: string): string {
  return text.replace(/\p{C}/gu, '·');
}
