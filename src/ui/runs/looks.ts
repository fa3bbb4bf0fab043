/** How a run is told from the others in every picture: a colour, a dash and a number, all three of its place. */
export interface Look {
  /** From 1, in the order in which runs were chosen. */
  number: number;
  color: string;
  /** SVG's `stroke-dasharray`. */
  dash: string;
}

/**
 * At least 3:1 against the cards, and apart from each other for trichromats and with protanopia, deuteranopia or
 * tritanopia (tests/ui/runs.test.ts). The same hues in the same order in both themes.
 */
export const colors = {
  light: ['#ef5709', '#141f86', '#379caf', '#851bec', '#921618', '#0f0c0b'],
  dark: ['#f68f1f', '#5666e1', '#35d2b3', '#c18dff', '#c54373', '#f5f4ef'],
} as const;
const dashes = ['none', '7 3', '2 2.5', '9 3 2 3'];

/** 24 looks differ; after that they come again, and the number tells. */
export function lookOf(place: number, dark: boolean): Look {
  const hues = colors[dark ? 'dark' : 'light'];
  const round = Math.floor(place / hues.length);
  return {
    number: place + 1,
    color: hues[place % hues.length],
    dash: dashes[(place + round) % dashes.length],
  };
}
