/** Whether two plain values say the same, whatever the order of their keys; an absent key and `undefined` are the same. */
export function isSame(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (!isObject(one) || !isObject(other) || Array.isArray(one) !== Array.isArray(other)) return false;
  const says = (key: string) => isSame(one[key], other[key]);
  return Object.keys(one).every(says) && Object.keys(other).every((key) => key in one || says(key));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
