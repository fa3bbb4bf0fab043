/** Paths below a folder, in letters that every system takes, none given twice. */
export class PathsInUse {
  readonly #folder: string;
  readonly #taken = new Set<string>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  take(name: string, ending: string): string {
    const stem = name
      .normalize('NFKC')
      .replace(/[^\p{L}\p{N}.]+/gu, '-')
      .replace(/^[-.]+|[-.]+$/g, '')
      .slice(0, 100);
    for (let i = 1; ; i++) {
      const path = `${stem || 'unnamed'}${i > 1 ? `-${i}` : ''}`;
      // Some systems do not tell large letters from small ones.
      if (this.#taken.has(path.toLowerCase())) continue;
      this.#taken.add(path.toLowerCase());
      return `${this.#folder}${path}${ending}`;
    }
  }
}
