/**
 * Imports point one way: ui → workers/protocol → lab → waltz → task, chat, model ← tasks, lm, onnx → gpu; tokenizer,
 * checkpoint, statistics and random lean on nothing above them (README.md, Map).
 */
import { inRepository, resolveImport } from './import-graph.js';

const algorithmAndBelow = [
  'src/waltz',
  'src/task',
  'src/tasks',
  'src/judges',
  'src/chat',
  'src/model',
  'src/checkpoint',
  'src/tokenizer',
  'src/statistics',
  'src/random',
];
const backends = ['src/lm', 'src/cpu', 'src/onnx', 'src/gpu'];

/**
 * What each folder may import, besides itself: `values` in any way, `types` only erased. A path names a folder or, without
 * its extension, a file.
 */
const folders = {
  'src/random': { values: [] },
  'src/statistics': { values: ['src/random'] },
  'src/tokenizer': { values: [] },
  'src/task': { values: [], types: ['src/random'] },
  'src/tasks': {
    values: [
      ...['src/task', 'src/random', 'src/tokenizer', 'src/chat'],
      // Reading strangers' files.
      ...['src/checkpoint/json', 'src/checkpoint/short', 'src/checkpoint/sha256'],
    ],
  },
  'src/network': { values: [] },
  'src/judges': { values: ['src/task', 'src/checkpoint/sha256', 'src/network'], types: ['src/chat', 'src/model'] },
  'src/chat': { values: ['src/tokenizer', 'src/checkpoint'], types: ['src/model'] },
  'src/model': { values: ['src/random'] },
  // Names of what memory is for, and an adapter in words, are every backend's.
  'src/gpu': { values: ['src/model/purposes'], types: ['src/model/adapter-summary'] },
  // Of a repository's files it takes those that the readers use.
  'src/hub': {
    values: ['src/checkpoint/guest-files', 'src/checkpoint/weights', 'src/network'],
  },
  'src/waltz': { values: ['src/random', 'src/statistics', 'src/task', 'src/chat', 'src/model'] },
  'src/lm': { values: ['src/gpu', 'src/model', 'src/random'] },
  'src/onnx': { values: ['src/random', 'src/model/requests'], types: ['src/model'] },
  'src/cpu': { values: ['src/onnx', 'src/model', 'src/random', 'src/checkpoint/onnx', 'src/checkpoint/onnx-graph'] },
  'src/checkpoint': { values: ['src/task', 'src/model', 'src/tokenizer', 'src/chat', 'src/random'] },
  // A run asks a `Backend` for its models, and knows none by name, in types neither.
  'src/lab': { values: algorithmAndBelow },
  // The page knows the vocabulary of a run (its config, measurements and recording, sets and outcomes, how prompts name
  // things, the paper's figures and claim), and a running one through the protocol alone.
  'src/ui': {
    values: [
      ...[
        'src/hub/catalogue',
        'src/hub/model-address',
        'src/lab/run/claim',
        'src/lab/config',
        'src/lab/run/measured',
        'src/lab/run/recorded-run',
        'src/lab/measure/agreement',
        'src/lab/measure/document',
        'src/judges/settings',
        'src/statistics',
        'src/waltz/evaluate/paper',
        'src/waltz/game/rollout',
        'src/task/task',
        'src/task/task-tag',
        'src/tasks/masquerade/aliases',
        'src/tasks/masquerade/truth',
        'src/waltz/game/roles',
      ],
      'workers/protocol',
    ],
    types: ['src'],
  },
  workers: { values: ['src/lab', 'src/hub', 'package', ...algorithmAndBelow, ...backends] },
  // Strangers' words run in a thread by the same calls as in the page's workers.
  cli: {
    values: [
      ...['src/lab', 'src/hub', 'scripts', 'package', ...algorithmAndBelow, ...backends],
      ...['workers/protocol', 'workers/chat', 'workers/answering', 'workers/time-limit'],
    ],
  },
  'scripts/results': { values: ['src/lab', 'cli', 'scripts', ...algorithmAndBelow, ...backends] },
  // They drive the page as the end-to-end tests do.
  'scripts/reliability': {
    values: ['src/lab', 'cli', 'scripts', 'e2e/train-page', ...algorithmAndBelow],
    types: ['workers/protocol'],
  },
  scripts: { values: [] },
  bench: { values: ['src/lab', 'workers', 'cli', 'scripts', 'package', ...algorithmAndBelow, ...backends] },
  tests: { values: ['src', 'workers', 'cli', 'scripts', 'bench', 'package'] },
  e2e: { values: ['src', 'workers', 'tests', 'scripts', 'package', 'cli/page-headers'] },
};

/** @type {import('eslint').Rule.RuleModule} */
export const oneWay = {
  meta: {
    type: 'problem',
    docs: { description: 'imports between folders point one way' },
    messages: { against: '{{folder}} must not import {{target}}: imports point one way (scripts/lint/one-way.js).' },
    schema: [],
  },
  create(context) {
    const file = inRepository(context.filename);
    const folder = Object.keys(folders).find((name) => file.startsWith(`${name}/`));
    if (folder === undefined) return {};
    const { values, types = [] } = folders[folder];

    function check(node) {
      if (!node.source || typeof node.source.value !== 'string') return;
      const resolved = resolveImport(context.filename, node.source.value);
      if (resolved === null) return;
      const target = inRepository(resolved);
      const erased = node.importKind === 'type' || node.exportKind === 'type';
      const allowed = [folder, ...values, ...(erased ? types : [])];
      if (allowed.some((path) => target.startsWith(`${path}/`) || target.startsWith(`${path}.`))) return;
      context.report({ node, messageId: 'against', data: { folder, target } });
    }
    return {
      ImportDeclaration: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
      ImportExpression: check,
    };
  },
};
