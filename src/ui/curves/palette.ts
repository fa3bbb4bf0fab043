import type { Tone } from './charts';

export type Palette = Record<Tone | 'line' | 'soft' | 'faint' | 'ink' | 'card' | 'sunk', string>;

/** The theme's tokens as colours that a canvas takes: it knows neither custom properties nor `light-dark()`. */
export function readPalette(dark: boolean): Palette {
  const probe = document.createElement('span');
  probe.hidden = true;
  probe.style.colorScheme = dark ? 'dark' : 'light';
  document.body.append(probe);
  const names = ['conv', 'feed', 'good', 'bad', 'line', 'soft', 'faint', 'ink', 'card', 'sunk'] as const;
  const entries = names.map((name) => {
    probe.style.color = `var(--${name})`;
    return [name, getComputedStyle(probe).color];
  });
  probe.remove();
  return Object.fromEntries(entries) as Palette;
}

/** The same colour, fainter: a computed colour is always `rgb(…)` or `rgba(…)`. */
export function faded(color: string, alpha: number): string {
  const [red, green, blue] = color.match(/[\d.]+/g) ?? ['0', '0', '0'];
  return `rgba(${red}, ${green}, ${blue}, ${alpha})`;
}
