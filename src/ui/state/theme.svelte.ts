import { remember, remembered } from './remembered';

export type ThemeChoice = 'system' | 'light' | 'dark';

const key = 'waltz.theme';

/** The visitor's choice of light or dark, the system's until they choose. Remembered where storage is allowed. */
export class Theme {
  choice = $state<ThemeChoice>('system');
  #systemDark = $state(false);

  constructor() {
    const query = matchMedia('(prefers-color-scheme: dark)');
    this.#systemDark = query.matches;
    query.addEventListener('change', (event) => (this.#systemDark = event.matches));
    const kept = remembered(key);
    if (kept === 'light' || kept === 'dark') this.#set(kept);
  }

  get dark(): boolean {
    return this.choice === 'system' ? this.#systemDark : this.choice === 'dark';
  }

  toggle(): void {
    this.#set(this.dark ? 'light' : 'dark');
    remember(key, this.choice);
  }

  #set(choice: ThemeChoice): void {
    this.choice = choice;
    if (choice === 'system') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = choice;
  }
}
