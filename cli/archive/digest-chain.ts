import type { Digest } from './digest-file.ts';

/** What is wrong, or open, in chains of digests. */
export interface Chains {
  /** Names of the predecessors of the oldest digests, where they are not here: what is here is part of a trail. */
  readonly before: readonly string[];
  /** Names of other predecessors that are not here. */
  readonly gaps: readonly string[];
  /** Digests that stand before another, and that no digest names. */
  readonly strays: readonly string[];
}

/** Looks at the chain of every account, Region and trail. */
export function chainsOf(digests: readonly Digest[], isHere: (name: string) => boolean): Chains {
  const named = new Set(digests.flatMap(({ previous }) => previous?.name ?? []));
  const chains = [...Map.groupBy(digests, ({ chain }) => chain).values()].map(inOrder);
  const missing = chains.flatMap((chain) =>
    chain.flatMap(({ previous, isBackfill }, index) =>
      previous === undefined || isHere(previous.name) ? [] : { name: previous.name, isOpen: isBackfill || index === 0 },
    ),
  );
  return {
    before: missing.flatMap(({ name, isOpen }) => (isOpen ? name : [])),
    gaps: missing.flatMap(({ name, isOpen }) => (isOpen ? [] : name)),
    strays: chains.flatMap((chain) => straysOf(chain, named, isHere)),
  };
}

/** Each name once, those outside the chain behind it. */
function inOrder(chain: readonly Digest[]): Digest[] {
  return [...new Map(chain.map((digest) => [digest.name, digest])).values()].sort(
    (one, other) => Number(one.isBackfill) - Number(other.isBackfill) || one.endAt - other.endAt,
  );
}

/** Where the next one begins a chain, digests were not made for a while; where its predecessor is not here, that is the gap. */
function straysOf(
  chain: readonly Digest[],
  named: ReadonlySet<string>,
  isHere: (name: string) => boolean,
): readonly string[] {
  const linked = chain.filter(({ isBackfill }) => !isBackfill);
  return linked.flatMap(({ name, path }, index) => {
    const before = linked[index + 1]?.previous;
    return !named.has(name) && before !== undefined && isHere(before.name) ? path : [];
  });
}
