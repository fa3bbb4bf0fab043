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
  return pages.find(({ name }) => hash === `#/${name}`)?.name ?? 'train';
}

/** Where the visitor is. */
export class Place {
  page = $state<PageName>('train');

  /** Takes over an address's page. */
  read(hash: string): void {
    this.page = pageOf(hash);
  }
}
