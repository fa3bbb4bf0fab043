import { runName } from '../../lab/config';
import type { Experiment } from '../state/experiment.svelte';
import { pages, type PageName } from '../state/place.svelte';
import type { Session } from '../state/session.svelte';
import type { Spotlight } from '../state/spotlight.svelte';
import type { Theme } from '../state/theme.svelte';

/** Everything that can be done, once: the keyboard, the command palette and the help all read this list. */
export interface Action {
  id: string;
  label: string;
  /** Keys as `KeyboardEvent.key` has them; the first is shown. */
  keys?: readonly string[];
  /** The page that its keys are of, where it is not every one. */
  page?: PageName;
  /** Why it cannot be done now, or ''. */
  unavailable?: string;
  act: () => void;
}

const keyNames: Record<string, string> = { ' ': 'space', ArrowRight: '→', Escape: 'Esc' };

export function keyName(key: string): string {
  return keyNames[key] ?? key;
}

/** Whether a key press belongs to the control that has the focus, and not to the page. */
export function belongsToControl(event: KeyboardEvent): boolean {
  const target = event.target;
  if (!(target instanceof Element)) return false;
  if (target.closest('input, select, textarea, [contenteditable], [role="dialog"], [role="slider"]')) return true;
  // Space and arrows press, move or scroll whatever takes the focus; letters and signs do not.
  const moves = event.key === ' ' || event.key.length > 1;
  return moves && target.closest('button, a, summary, [tabindex]') !== null;
}

/** What the actions act on. */
export interface ActionPlaces {
  session: Session;
  experiment: Experiment;
  spotlight: Spotlight;
  theme: Theme;
  train: () => void;
  trainable: boolean;
  /** What forbids to run the settings at hand, or ''. */
  obstacle: string;
  share: () => void;
  chooseFile: () => void;
  chooseFolder: () => void;
  openHub: () => void;
  openPalette: () => void;
  openHelp: () => void;
}

/** The actions as things stand. */
export function pageActions(places: ActionPlaces): Action[] {
  const {
    session,
    experiment,
    spotlight,
    theme,
    train,
    trainable,
    obstacle,
    share,
    chooseFile,
    chooseFolder,
    openHub,
    openPalette,
    openHelp,
  } = places;
  const recorded = session.showsRecorded;
  const running = session.shown.status === 'running';
  const { status } = session.live;
  return [
    {
      id: 'play',
      label: running
        ? 'Pause'
        : recorded
          ? 'Play the recording'
          : session.live.status === 'paused'
            ? 'Resume training'
            : 'Play or pause',
      keys: [' '],
      page: 'train',
      unavailable: recorded || running || status === 'paused' || session.unfinished ? '' : 'no run is open',
      act: () => session.controls.toggle(),
    },
    {
      id: 'step',
      label: 'One step',
      keys: ['ArrowRight'],
      page: 'train',
      unavailable: recorded || session.live.status === 'paused' ? '' : 'pause first',
      act: () => session.controls.step(),
    },
    {
      id: 'palette',
      label: 'Open the commands',
      keys: ['/', 'Ctrl K'],
      act: openPalette,
    },
    { id: 'help', label: 'Help: how to read the dance, and the keys', keys: ['?'], act: openHelp },
    {
      id: 'train',
      label: `Train: ${runName(experiment.draft)}`,
      unavailable: trainable ? '' : obstacle || 'nothing to compute with is ready',
      act: train,
    },
    {
      id: 'stop',
      label: 'Stop and keep the run',
      unavailable: session.isOpen ? '' : 'no run is open',
      act: () => session.controls.stop(),
    },
    {
      id: 'reset',
      label: 'Reset: back to the beginning',
      unavailable: session.shown.opened ? '' : 'no run is open',
      act: () => void session.controls.reset(),
    },
    {
      id: 'evaluate',
      label: 'Measure 512 prompts a set',
      unavailable: session.isOpen && session.pending === null ? '' : 'no run is open',
      act: () => void session.controls.evaluate(512),
    },
    {
      id: 'follow',
      label: 'Follow the run in the dance',
      unavailable: spotlight.following ? 'it does' : '',
      act: () => spotlight.follow(),
    },
    {
      id: 'export',
      label: 'Export the run as a file',
      unavailable: session.live.run ? '' : 'no run is open',
      act: () => void session.exporter.run(),
    },
    {
      id: 'export-hf',
      label: 'Export its agents for Hugging Face tools',
      unavailable: session.live.run ? '' : 'no run is open',
      act: () => void session.exporter.run(undefined, 'hf'),
    },
    {
      id: 'export-onnx',
      label: 'Export its agents as ONNX',
      unavailable: session.live.run ? '' : 'no run is open',
      act: () => void session.exporter.run(undefined, 'onnx'),
    },
    {
      id: 'import',
      label: 'Import a run or a model from a file',
      act: chooseFile,
    },
    { id: 'import-folder', label: 'Import a model from a folder', act: chooseFolder },
    { id: 'import-hub', label: 'Import a model from Hugging Face or an address', act: openHub },
    {
      id: 'preset',
      label: 'Reset the settings to the preset',
      act: () => experiment.usePreset(experiment.draft.preset),
    },
    {
      id: 'performance',
      label: session.performance.open ? 'Close the performance panel' : 'Performance: what a step costs',
      keys: ['p'],
      act: () => session.performance.toggle(),
    },
    ...pages.map(({ name, label, href }) => ({
      id: `page-${name}`,
      // Short, since the commands are found by letters in their order: "the Me…" would come up for a theme.
      label: `Go to ${label}`,
      act: () => (location.hash = href),
    })),
    { id: 'share', label: 'Share: a link to these settings', act: share },
    { id: 'theme', label: theme.dark ? 'Light theme' : 'Dark theme', act: () => theme.toggle() },
  ];
}
