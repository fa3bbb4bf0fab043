/** The page's pages: what each is called, and its address. The address of the first holds an experiment. */
export const pages = [
  { name: 'train', label: 'Train', href: '#' },
  { name: 'floor', label: 'Floor', href: '#/floor' },
  { name: 'measure', label: 'Measure', href: '#/measure' },
  { name: 'runs', label: 'Runs', href: '#/runs' },
  { name: 'reproduce', label: 'Reproduce', href: '#/reproduce' },
] as const;
export type PageName = (typeof pages)[number]['name'];

/** Which page an address is of; what names none is an experiment's. */
export function pageOf(hash: string): PageName {
  const [path] = hash.split('?');
  return pages.find(({ name }) => path === `#/${name}`)?.name ?? 'train';
}

/** The address of a page where this kept model is chosen. */
export function withModel(page: 'floor' | 'measure', guest: string): string {
  return `#/${page}?model=${encodeURIComponent(guest)}`;
}

/** Where the visitor is. */
export class Place {
  page = $state<PageName>('train');
  /** The kept model that the address chooses, if any. */
  model = $state<string | null>(null);

  /** Takes over an address's page. */
  read(hash: string): void {
    this.page = pageOf(hash);
    this.model = new URLSearchParams(hash.split('?')[1] ?? '').get('model');
  }
}
