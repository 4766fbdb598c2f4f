/** A seeded generator of random numbers (mulberry32), so that a training gives the same weights each time. */

export interface Random {
  /** 0 to 1. */
  unit(): number;
  between(least: number, most: number): number;
  /** Standard normal. */
  normal(): number;
  integer(below: number): number;
  shuffle<Item>(items: Item[]): Item[];
}

export function seeded(seed: number): Random {
  let state = seed >>> 0;
  const unit = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const integer = (below: number) => Math.floor(unit() * below);
  return {
    unit,
    integer,
    between: (least, most) => least + (most - least) * unit(),
    normal: () => Math.sqrt(-2 * Math.log(unit() + 1e-12)) * Math.cos(2 * Math.PI * unit()),
    shuffle(items) {
      for (let index = items.length - 1; index > 0; index--) {
        const other = integer(index + 1);
        [items[index], items[other]] = [items[other]!, items[index]!];
      }
      return items;
    },
  };
}
