import type { SavedRun } from '../../../workers/protocol/runs';
import {
  ConfigError,
  differences,
  fields,
  parseConfig,
  presetNames,
  presets,
  renewedSettings,
  setPath,
  type PresetName,
  type RunConfig,
} from '../../lab/config';
import { pageOf } from './place.svelte';

/**
 * Raised whenever a link of before would bring another config: together with `configVersion`, and when a preset's values
 * change, since a link says only in what it differs from one. Links that say no version are of the first.
 */
export const linkVersion = 2;

/** Characters of a fragment: room for every setting at its longest. */
const LONGEST = 2500;
/** Of a text that is quoted in a message. */
const LONGEST_QUOTE = 60;

export function isPreset(name: string): name is PresetName {
  return Object.hasOwn(presets, name);
}

/**
 * The config as an address's fragment: `v=2&preset=quick&seed=3&reward.alpha=0.5`. A preset that is not of this page is
 * written as `differences` compares it: with the standard one.
 */
export function toHash(config: RunConfig): string {
  const pairs = [
    ['v', String(linkVersion)],
    ['preset', isPreset(config.preset) ? config.preset : 'standard'],
    ...differences(config).map(({ field, value }) => [field.path, String(value)]),
  ];
  return new URLSearchParams(pairs).toString();
}

/** Settings to be shared: those of a saved run, or those in hand. */
export interface Shared {
  config: RunConfig;
  run: SavedRun | null;
  /** What forbids to run them, or ''. */
  problem: string;
}

/** The link that opens this page with these settings and seed. */
export function linkTo(config: RunConfig): string {
  return new URL(`#${toHash(config)}`, location.href).href;
}

/**
 * The config that a fragment stands for, `null` where it holds none: a fragment without a `=` is the name of something
 * else. Throws `ConfigError` naming the setting.
 */
export function fromHash(fragment: string): RunConfig | null {
  const text = fragment.replace(/^#/, '');
  if (!text.includes('=')) return null;
  if (text.length > LONGEST) {
    throw new ConfigError(
      `This link has ${text.length} characters of settings, and no experiment has more than ${LONGEST}. Ask for it again.`,
    );
  }
  const query = new URLSearchParams(text);
  // A newer page may know settings that this one does not.
  const version = versionOf(query.get('v') ?? '1');
  const pairs = version === 1 ? renewedSettings(settingsOf(query, ['level'])) : settingsOf(query);
  const preset = pairs.get('preset');
  const choice = `The presets are ${presetNames.join(', ')}.`;
  if (preset === undefined) throw new ConfigError(`This link names no preset. ${choice}`);
  if (!isPreset(preset)) throw new ConfigError(`There is no preset “${quoted(preset)}”. ${choice}`);
  let config: RunConfig = presets[preset];
  for (const [path, value] of pairs) if (path !== 'v' && path !== 'preset') config = setPath(config, path, value);
  return parseConfig(config);
}

/** What a link says, each setting once. @param earlier names of settings that are none any more. */
function settingsOf(query: URLSearchParams, earlier: readonly string[] = []): Map<string, string> {
  const said = new Map<string, string>();
  const known = ['v', 'preset', ...fields.map(({ path }) => path), ...earlier];
  for (const [name, value] of query) {
    if (!known.includes(name)) {
      throw new ConfigError(
        `“${quoted(name)}” is not a setting of this page. If the link is newer than the page, reload it.`,
      );
    }
    if (said.has(name)) throw new ConfigError(`This link says ${name} twice: it is not clear which is meant.`);
    said.set(name, value);
  }
  return said;
}

function versionOf(text: string): number {
  const version = Number(text);
  if (!/^\d+$/.test(text) || version < 1) {
    throw new ConfigError(`v, a link's version, is a whole number from 1, not “${quoted(text)}”.`);
  }
  if (version > linkVersion) {
    throw new ConfigError(
      `This link is of version ${quoted(text)} and this page reads links up to ${linkVersion}: reload the page for its newest version, then open the link again.`,
    );
  }
  return version;
}

function quoted(text: string): string {
  return text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)}…` : text;
}

/** Stands in the tab's history beside an address that holds what the visitor chose here. */
const ownState = { own: true };

/** Whether the address that is open holds what the visitor chose here, and not a link of somebody's. */
export function isOwnAddress(): boolean {
  const state: unknown = history.state;
  return typeof state === 'object' && state !== null && 'own' in state;
}

/** Milliseconds between two changes of the address: Safari refuses more than a hundred in half a minute. */
const APART = 400;

/**
 * Keeps the address at the settings in hand, so that a reload finds them; typing does not fill the history. The mark of
 * one's own outlives reloads and the browser's Back, and does not travel with the link. Of many changes the last is kept.
 */
export class AddressKeeper {
  #keptAt = -Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;

  keep(config: RunConfig, own: boolean): void {
    clearTimeout(this.#timer);
    const page = pageOf(location.hash);
    const write = () => {
      const fragment = `#${toHash(config)}`;
      // The visitor may be elsewhere by then.
      if (pageOf(location.hash) !== page || (location.hash === fragment && isOwnAddress() === own)) return;
      this.#keptAt = performance.now();
      history.replaceState(own ? ownState : null, '', fragment);
    };
    const wait = this.#keptAt + APART - performance.now();
    if (wait <= 0) write();
    else this.#timer = setTimeout(write, wait);
  }
}
